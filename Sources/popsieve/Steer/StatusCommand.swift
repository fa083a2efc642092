// `popsieve status`: a running relay in some lines.

import ArgumentParser
import Audit
import AuditReading
import Foundation

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how a running relay does.",
        discussion: "Exit codes: 0 it runs; 64 the command line is wrong; 69 it can't be reached."
    )

    @OptionGroup(title: "Relay") var relay: ControlOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let client = try relay.client()
        guard let status = try await Exit.steering(client, { try await client.status() }) else {
            throw Exit.endedWithoutAnswer(client)
        }
        try StandardOutput.write(
            json ? JSONText.line(status) + "\n" : status.lines.map { $0.printable + "\n" }.joined()
        )
    }
}

extension RelayStatus {
    /// For people.
    var lines: [String] {
        let scanners = scanners.map { "scanner   \($0.name)  \($0.up ? "answers" : "is down")" }
        let inForce = since.map {
            "in force  since \($0)\(reloadFailed == true ? "; the last reload was rejected" : "")"
        }
        return [
            "popsieve \(version), process \(process), \(state) for \(SessionTable.age(seconds))",
            "sessions  \(sessions) of \(sessionsAllowed), \(sessionsServed) since the start",
            "mail      \(logins) logins, \(messages) messages, \(Double(octetsOut).asOctets)",
            "rules     \(rules) files",
        ] + (inForce.map { [$0] } ?? []) + listeners.map { "listener  \($0)" } + scanners + [
            "store     \(store)", "audit     \(audit)",
        ]
    }
}

extension RelayStatus {
    /// When what is in force was read.
    var since: String? { loaded.map { "\(AuditTime(seconds: $0, microseconds: 0).text.prefix(19)) UTC" } }
}
