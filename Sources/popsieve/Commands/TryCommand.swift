// `popsieve try`: what rule files do to messages, without a server.
// Must not do anything that the relay would not do with the same message.

import ArgumentParser
import Filtering
import Foundation
import Glibc

struct TryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Run rule files on messages and show what they do, and why.",
        discussion: """
            RULES is a directory or a *.sieve file; MESSAGE is a file as mail programs save it (.eml).

              popsieve try Rules message.eml
              popsieve try Rules/10-spam.sieve --json *.eml

            Exit codes: 0 the rules ran; 1 a rule failed while it ran; 66 a message can't be read; 78 the rules don't
            compile.
            """
    )

    @Argument(help: "A rule directory or rule file.", completion: .file())
    var rules: String

    @Argument(help: "Messages.", completion: .file(extensions: ["eml"]))
    var messages: [String]

    @Option(help: "The user that the rules see.")
    var user: String?

    @Flag(help: "Print one JSON object a message, one a line.")
    var json = false

    func run() throws {
        let list = FindingList()
        let (ruleSet, _) = SettingsLoader.compile(RuleDirectory(findings: list).read(rules), list)
        FindingPrinter().print(list.findings)
        guard !list.hasErrors else { throw Exit.config }
        var hasFailed = false
        for path in messages {
            guard let data = FileManager.default.contents(atPath: path) else {
                FindingPrinter.write("popsieve: \(path): the message can't be read\n")
                throw Exit.noInput
            }
            let trial = Trial(path: path, message: [UInt8](data), ruleSet: ruleSet, user: user)
            hasFailed = hasFailed || trial.verdict.failure != nil
            print(json ? trial.json : trial.text(Terminal(descriptor: STDOUT_FILENO)))
        }
        if hasFailed { throw ExitCode.failure }
    }
}
