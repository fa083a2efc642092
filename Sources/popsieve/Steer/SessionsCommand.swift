// `popsieve sessions`: those that run now, and the end of one.
// Must not show a name as a terminal would obey it.

import ArgumentParser
import Audit
import AuditReading
import Foundation

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List the sessions of a running relay, or end some.",
        discussion: """
            Examples:
              popsieve sessions                     # the oldest first
              popsieve sessions --json | jq -r 'select(.seconds > 600).session'
              popsieve sessions end k3f9w2m7qa

            Exit codes: 0 all is well; 64 the command line is wrong; 69 the relay can't be reached, or has no such session.
            """,
        subcommands: [List.self, End.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List sessions, the oldest first.")

        @OptionGroup(title: "Relay") var relay: ControlOptions
        @Flag(help: "One JSON object a line.") var json = false

        func run() async throws {
            StandardOutput.outlivesItsReader()
            let client = try relay.client()
            let sessions = try await Exit.steering(client) { try await client.sessions() }
                .sorted { $0.seconds > $1.seconds }
            if json {
                try StandardOutput.write(sessions.map { JSONText.line($0) + "\n" }.joined())
            } else {
                try StandardOutput.write(SessionTable(sessions).lines().map { $0 + "\n" }.joined())
            }
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End sessions; nothing is deleted that was not delivered.",
            discussion: "The client is told to come back later, unless it is in the middle of a message."
        )

        @OptionGroup(title: "Relay") var relay: ControlOptions
        @Argument(help: "As the list and the audit log name it.") var sessions: [String]

        func run() async throws {
            StandardOutput.outlivesItsReader()
            let client = try relay.client()
            for session in sessions {
                let answers = try await Exit.steering(client) {
                    try await client.answers(to: .end(session: session, by: Person.name()))
                }
                guard case .ended(let ended)? = answers.last else { throw Exit.endedWithoutAnswer(client) }
                let user = ended.user.map { " of \($0)" } ?? ""
                try StandardOutput.write("ended: \(ended.session)\(user), \(ended.phase)\n".printableLine)
            }
        }
    }
}

extension String {
    /// One line, with its end.
    fileprivate var printableLine: String { String(dropLast()).printable + "\n" }
}

extension ControlClient {
    func sessions() async throws -> [SessionLine] {
        try await answers(to: .sessions).compactMap { if case .session(let line) = $0 { line } else { nil } }
    }

    func status() async throws -> RelayStatus? {
        try await answers(to: .status).compactMap { if case .status(let status) = $0 { status } else { nil } }.last
    }
}

/// Who gives commands, for the audit log.
enum Person {
    static func name(
        _ user: String = NSUserName(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        environment["SUDO_USER"].map { "\(user) for \($0)" } ?? user
    }
}
