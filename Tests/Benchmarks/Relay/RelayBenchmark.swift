// The relay beside its peers: every cell of every path, in rounds in which the contenders take turns.
// Must not leave anything behind, also where it is interrupted.

import ArgumentParser
import Foundation
import UnixSignals

/// What can be chosen.
struct RelayOptions: ParsableArguments {
    @Option(parsing: .upToNextOption, help: "What is measured.")
    var cells = Cell.allCases

    @Option(parsing: .upToNextOption, help: "How octets travel: from the client, and to the upstream.")
    var paths = Path.allCases

    @Option(parsing: .upToNextOption, help: "Who is measured; direct is the load without a relay.")
    var only = Contender.usual

    @Option(help: "How long one measurement takes.")
    var seconds = 0.5

    @Option(help: "The program that is measured, where it is not the one of this build.")
    var popsieve: String?

    func validate() throws {
        guard (0.05...60).contains(seconds) else { throw ValidationError("--seconds must be from 0.05 to 60") }
    }
}

struct RelayBenchmark {
    let options: RelayOptions
    let rounds: Int
    /// A folder.
    let rules: String

    struct Interrupted: Error, CustomStringConvertible {
        var description: String { "interrupted" }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/relay-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = try await withThrowingTaskGroup(of: Table.self) { group in
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
            group.addTask {
                for await _ in signals { throw Interrupted() }
                throw CancellationError()
            }
            group.addTask { try await measure(in: folder) }
            defer { group.cancelAll() }
            return try await group.next()
        }
        guard let table else { return }
        Streams.say("\(table.markdown)\n\n\(legend)")
        if table.hasFailures { throw ExitCode.failure }
    }

    private var legend: String {
        """
        Medians of \(rounds) rounds of \(options.seconds) s in which all take turns, on \
        \(ProcessInfo.processInfo.activeProcessorCount) cores that upstream, load and relay share; memory taken once, \
        with \(Table.text(Double(Cell.memory.sessions))) sessions. RSA 2048, certificates verified upstream. RETR: with a login for 100 \
        messages of 4 KiB, 20 of 100 KiB, 2 of 10 MiB. × nginx, × HAProxy: how many times as good Popsieve is.
        """
    }

    private func measure(in folder: String) async throws -> Table {
        let arena = try await Arena(in: folder, options, rules: rules)
        let contenders = Contender.allCases.filter { options.only.contains($0) && isThere($0) }
        let paths = Path.allCases.filter(options.paths.contains)
        let rows = Cell.allCases.filter(options.cells.contains).flatMap { cell in paths.map { (cell: cell, path: $0) } }
        var table = Table(contenders: contenders, paths: paths)
        try await finally {
            for (number, row) in rows.enumerated() {
                let able = contenders.filter { $0.knows(row.path) }
                Streams.tell("\(number + 1) of \(rows.count): \(row.cell.title), \(row.path.title)")
                table.measurements[row.cell, default: [:]][row.path] = try await arena.measure(
                    row.cell,
                    row.path,
                    able,
                    rounds: rounds,
                    seconds: options.seconds
                )
                for line in table.summary(of: row.cell, row.path) { Streams.tell("    \(line)") }
            }
        } then: {
            await arena.stop()
        }
        return table
    }

    private func isThere(_ contender: Contender) -> Bool {
        if contender.isInstalled { return true }
        Streams.tell("\(contender.title) is not here: apt-get install -y --no-install-recommends \(contender.packages)")
        return false
    }
}
