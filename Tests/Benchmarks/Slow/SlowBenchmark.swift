// Slow clients, more than there is room for, and who else can log in meanwhile: relays side by side.
// Must not judge.

import ArgumentParser
import Foundation
import NIOCore
import TLS
import Transport

/// What can be chosen.
struct SlowOptions: ParsableArguments {
    @Option(help: "Slow clients.")
    var clients = 10_000

    @Option(help: "Sessions that each relay has room for.")
    var room = 4_000

    @Option(help: "Logins that are tried meanwhile, one behind the other.")
    var visits = 40

    @Option(parsing: .upToNextOption, help: "How clients are slow.")
    var slowness = Slowness.allCases

    func validate() throws {
        guard clients > 0, room > 0, visits > 0 else { throw ValidationError("at least one of each") }
    }
}

struct SlowBenchmark {
    let options: SlowOptions
    let relay: RelayOptions
    /// A folder.
    let rules: String

    /// What came of one relay and one kind of slow clients.
    private struct Outcome {
        var connected = 0
        /// How long each login took that was possible.
        var logins: [TimeAmount] = []
        /// MiB.
        var memory = 0
        var failure: String?
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/slow-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arena = try await Arena(in: folder, relay, rules: rules)
        let contenders = Contender.allCases.filter { relay.only.contains($0) && $0 != .direct && $0.isInstalled }
        Streams.say("| slow clients | relay | connected | logins of others | median, ms | longest, ms | MiB |")
        Streams.say("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        try await finally {
            for slowness in Slowness.allCases.filter(options.slowness.contains) {
                for contender in contenders { try await show(slowness, contender, arena) }
            }
        } then: {
            await arena.stop()
        }
    }

    private func show(_ slowness: Slowness, _ contender: Contender, _ arena: Arena) async throws {
        Streams.tell("\(contender.title): \(slowness.title)")
        let outcome = try await measure(slowness, contender, arena)
        if let failure = outcome.failure { Streams.tell("    \(contender.title) failed: \(failure)") }
        let times = outcome.logins.sorted()
        let text = { (time: TimeAmount?) in time.map { Table.text(Double($0.nanoseconds) / 1e6) } ?? "–" }
        let columns = [
            slowness.title, contender.title, "\(outcome.connected)", "\(times.count) of \(options.visits)",
            text(times.median), text(times.last), "\(outcome.memory)",
        ]
        Streams.say("| \(columns.joined(separator: " | ")) |")
    }

    private func measure(_ slowness: Slowness, _ contender: Contender, _ arena: Arena) async throws -> Outcome {
        let running = try await arena.start(contender, slowness.path, room: options.room)
        let input = Pipe()
        let arguments = [
            "--slowness", slowness.rawValue, "--port", "\(running.port)", "--clients", "\(options.clients)",
        ]
        let clients = try Program(
            [Program.own, SlowClients.word] + arguments,
            named: "slow",
            in: running.folder,
            input: input.fileHandleForReading
        )
        var outcome = Outcome()
        try await finally {
            _ = try await clients.waits(seconds: 60) { tally(clients).tried >= options.clients }
            outcome.logins = try await visits(running.port, slowness.path)
            outcome.connected = tally(clients).connected
            outcome.memory = running.memory / 1_024
            if !running.isRunning { outcome.failure = "it has ended" }
        } then: {
            try? input.fileHandleForWriting.close()
            await clients.stop()
            await running.stop()
        }
        return outcome
    }

    /// The last line that it has said in full.
    private func tally(_ clients: Program) -> (tried: Int, connected: Int) {
        let figures = clients.said.split(separator: "\n").last?.split(separator: " ").compactMap { Int($0) } ?? []
        return figures.count == 2 ? (figures[0], figures[1]) : (0, 0)
    }

    private func visits(_ port: Int, _ path: Path) async throws -> [TimeAmount] {
        let loop = try LoopGroup(count: 1).loops[0]
        let context = try ClientContext(verification: .acceptAnyCertificate, resumption: false)
        let target = LoadTarget(port: port, tls: path.clientHasTLS ? context : nil)
        var times: [TimeAmount] = []
        for _ in 0..<options.visits {
            if let time = try await Visitor.visit(target, on: loop) { times.append(time) }
            try await Task.sleep(for: .milliseconds(250))
        }
        return times
    }
}
