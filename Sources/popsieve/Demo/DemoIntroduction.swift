// What the demo says before it shows the audit log: what is there and how to look at it.
// Must not start anything.

import Foundation

/// The demo's first words.
struct DemoIntroduction: Sendable {
    let folder: DemoFolder
    let inColour: Bool

    /// Everything a person needs to begin; `address` is the relay's, as `host:port`.
    func text(address: String) -> String {
        let port = address.split(separator: ":").last.map(String.init) ?? ""
        var text = line("Popsieve is between you and a maildrop with these messages:\n", .strong)
        for (index, message) in SampleMessage.all.enumerated() {
            let number = String(index + 1)
            text += line("  \(String(repeating: " ", count: 2 - number.count))\(number)  \(message.about)")
        }
        text += "\n" + line("Look at them in another terminal:\n", .strong)
        text += line("  curl --user demo:demo pop3://\(address)/       # the list")
        text += line("  curl --user demo:demo pop3://\(address)/2      # message 2, with its new subject")
        text += line("  curl -v --user demo:demo pop3://\(address)/10  # message 10 is rejected")
        text += "\n" + line("or with a mail program:\n", .strong)
        text += line("  POP3, server 127.0.0.1, port \(port), no encryption; user demo, any password")
        text += "\n" + line("Change the rules; they are in force when the file is saved:\n", .strong)
        text += line("  \(folder.rules.path)")
        text += "\n" + line("The audit log, readably (\(folder.auditLog.path)). Ctrl-C ends the demo.\n", .strong)
        return text
    }

    private func line(_ words: String, _ tone: ConsoleText.Tone = .plain) -> String {
        var text = ConsoleText()
        let end = words.hasSuffix("\n") ? "\n\n" : "\n"
        text.add(words, tone)
        return text.rendered(inColour: inColour) + end
    }
}
