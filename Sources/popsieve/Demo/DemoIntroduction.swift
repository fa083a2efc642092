// What the demo says: what is there and how to look at it, and at the end what is left of it.

import Foundation

/// The demo's first and last words.
struct DemoIntroduction: Sendable {
    let folder: DemoFolder
    let terminal: Terminal

    /// Everything a person needs to begin; `address` is the relay's, as `host:port`.
    func text(address: String) -> String {
        let port = address.split(separator: ":").last.map(String.init) ?? ""
        let messages = SampleMessage.all.enumerated().map { index, message in
            let number = String(index + 1)
            return "\(String(repeating: " ", count: 2 - number.count))\(number)  \(message.about)"
        }
        return [
            section("Popsieve is between you and a maildrop with these messages:", messages),
            section(
                "Look at them in another terminal:",
                [
                    "curl --user demo:demo pop3://\(address)/    # the list",
                    "curl --user demo:demo pop3://\(address)/2   # message 2, with its new subject",
                    "curl --user demo:demo pop3://\(address)/10  # message 10 is rejected: a notice tells why",
                    "curl --user demo:demo pop3://\(address)/15  # a scanner finds something in message 15",
                    "curl --user demo:demo pop3://\(address)/16  # the program attached to message 16 is replaced",
                ]
            ),
            section(
                "or with a mail program:",
                ["POP3, server 127.0.0.1, port \(port), no encryption; user demo, any password"]
            ),
            section(
                "Change the rules; they are in force when the file is saved, and yours are kept at the end:",
                [folder.rules.path, "popsieve demo --rules DIR begins with rules of your own."]
            ),
            section(
                "The scanner is a few lines of shell. What it finds is in the quarantine, and released from there:",
                [
                    folder.scanner.path,
                    "popsieve quarantine list --folder \(folder.quarantine.path)",
                    "popsieve quarantine release --folder \(folder.quarantine.path) ID",
                ]
            ),
            heading("The audit log, readably (\(folder.auditLog.path)). Ctrl-C ends the demo."),
        ].joined()
    }

    /// Where the rules are that a person has changed; nil if nothing is left.
    func farewell(keptRules: URL?) -> String? {
        guard let keptRules else { return nil }
        return section("Your rules are kept:", [keptRules.path, "popsieve demo --rules \(keptRules.path)"])
    }

    private func section(_ title: String, _ lines: [String]) -> String {
        heading(title) + lines.map { "  \($0)\n" }.joined() + "\n"
    }

    private func heading(_ title: String) -> String { terminal.paint(title, .bold) + "\n\n" }
}
