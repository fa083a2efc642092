// A script of a hundred regular expressions that both engines take: what unwanted mail says of itself.
// Must not match most messages: a test that fails early is not the common case.

extension Script {
    /// One test for each phrase, on subject and sender.
    static let hundredPatterns: Script = {
        let tests = phrases.map { phrase in
            """
            if header :regex ["subject", "from"] "\(pattern(phrase))" { addheader "X-Phrase" "\(phrase)"; }
            """
        }
        return Script(
            name: "100 regular expressions",
            source: "require [\"regex\", \"editheader\"];\n" + tests.joined(separator: "\n")
        )
    }()

    /// The words of a phrase with anything but letters between them, digits allowed for some letters.
    private static func pattern(_ phrase: String) -> String {
        phrase.split(separator: " ").map { word in
            word.map { letter in
                switch letter {
                case "a": "[a4@]"
                case "e": "[e3]"
                case "i": "[i1!]"
                case "o": "[o0]"
                default: "\(letter)"
                }
            }.joined()
        }.joined(separator: "[^a-z]+")
    }

    private static let phrases = ["free", "cheap", "best", "secret", "instant"].flatMap { adjective in
        [
            "offer", "loan", "pills", "credit", "money", "degree", "gift", "watches", "software", "insurance",
            "mortgage",
            "cartridges", "traffic", "prize", "quote", "trial", "bonus", "shipping", "prescription", "membership",
        ].map { "\(adjective) \($0)" }
    }
}
