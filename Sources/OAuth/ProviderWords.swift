// What providers say, made fit for a line that people read.
// Must not be used for what is compared.

enum ProviderWords {
    /// One line of printable ASCII; the rest is cut.
    static func line(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(4 * Limits.words).map { ("!"..."~").contains($0) ? Character($0) : " " }
        // What is longer than any word, and than an identifier of a request, may be a token.
        let words = String(shown).split(separator: " ").map { $0.count > 36 ? "[…]" : $0 }.joined(separator: " ")
        return words.count > Limits.words ? words.prefix(Limits.words) + "…" : words
    }
}
