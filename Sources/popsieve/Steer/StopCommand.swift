// `popsieve stop`: a relay that runs ends, in order or at once, and the command ends when it has.

import ArgumentParser
import AuditReading
import Foundation
import Glibc

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Have a running relay end, and wait for it.",
        discussion: """
            Does what SIGTERM does: nobody is accepted any more, and sessions end when nothing is owed to their clients, \
            after 30 s anyway. It tells how many are left.

            Exit codes: 0 it has ended; 64 the command line is wrong; 69 it can't be reached, or went without a word; 74 it \
            has ended, but audit lines are lost.
            """
    )

    @OptionGroup(title: "Relay") var relay: ControlOptions
    @Flag(help: "Cut sessions off, without deleting what was not delivered.") var now = false

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let client = try relay.client()
        var progress = DrainProgress(isTerminal: isatty(STDERR_FILENO) == 1)
        var stopped: StoppedLine?
        try await Exit.steering(client) {
            try await client.ask(.stop(now: now)) { answer in
                switch answer {
                case .draining(let sessions): progress.show(sessions, at: .now)
                case .stopped(let line): stopped = line
                default: break
                }
            }
        }
        progress.end()
        guard let stopped else { throw Exit.endedWithoutAnswer(client) }
        let cut = stopped.cut > 0 ? ", \(stopped.cut) cut off" : ""
        try StandardOutput.write("ended: \(stopped.served.of("session")) served\(cut)\n")
        guard stopped.lost > 0 else { return }
        throw Exit.saying(Finding(.program, .error, "\(stopped.lost.of("audit line")) lost"), Exit.notWritten)
    }
}

/// How many sessions are left, on standard error, for whoever waits longer than two seconds.
struct DrainProgress {
    private static let patience = Duration.seconds(2)

    let isTerminal: Bool
    private let begin = ContinuousClock.now
    private var told: Int?

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    mutating func show(_ sessions: Int, at now: ContinuousClock.Instant) {
        guard now - begin >= Self.patience, sessions != told else { return }
        told = sessions
        let text = "\(sessions.of("session")) left"
        StandardError.write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
    }

    func end() {
        if isTerminal, told != nil { StandardError.write("\r\u{1B}[K") }
    }
}
