// `popsieve reload`: a relay that runs reads everything again, and says what came of it.

import ArgumentParser
import Audit
import AuditReading
import Foundation

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running relay read everything again.",
        discussion: """
            Does what SIGHUP does, waits for it, and prints what has changed; or each fault as `popsieve check` does, and \
            then everything stays as it was.

            Exit codes: 0 everything is in force; 64 the command line is wrong; 69 the relay can't be reached; 78 settings, \
            certificates or rules are wrong, and nothing has changed.
            """
    )

    @OptionGroup(title: "Relay") var relay: ControlOptions

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let client = try relay.client()
        let here = FileManager.default.currentDirectoryPath
        var findings: [Finding] = []
        var changes: [String] = []
        var outcome: ControlAnswer?
        try await Exit.steering(client) {
            try await client.ask(.reload) { answer in
                switch answer {
                case .finding(let line): findings.append(line.finding(in: here))
                case .change(let text): changes.append(text)
                default: outcome = answer
                }
            }
        }
        FindingPrinter().print(findings)
        switch outcome {
        case .reloaded(let rules):
            let lines = ["reloaded: \(rules.of("rule file")) in force"] + changes.map { "  \($0)" }
            try StandardOutput.write(lines.map { $0.printable + "\n" }.joined())
        case .rejected: throw Exit.faulty(findings, "everything stays as it was")
        default: throw Exit.endedWithoutAnswer(client)
        }
    }
}

extension Exit {
    /// It was there, and is not any more, or is too busy.
    static func endedWithoutAnswer(_ client: ControlClient) -> ExitCode {
        let message = "the relay has not said what came of it"
        return saying(Finding(Place(file: client.path), .error, message, "see its log, or if it runs"), unavailable)
    }
}
