// The upstream, and one row of measurements after the other before it.
// Must not run two loads at once.

import Foundation

/// Belongs to one task.
struct Arena {
    private let folder: String
    private let certificates: Certificates
    private let upstream: Program
    /// Whose end the upstream waits for.
    private let upstreamInput = Pipe()
    private let upstreamPorts: [Int]
    private let ports: Ports
    private let popsieve: String
    private let rules: String

    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    init(in folder: String, _ options: RelayOptions, rules: String) async throws {
        self.folder = folder
        ports = try Ports()
        self.rules = URL(fileURLWithPath: rules).path
        popsieve = options.popsieve ?? (Program.own as NSString).deletingLastPathComponent + "/popsieve"
        guard FileManager.default.isExecutableFile(atPath: popsieve) else {
            throw NotReady(description: "\(popsieve) is not here: swift build -c release --product popsieve")
        }
        certificates = try await Certificates(in: folder)
        let files = ["--certificate", certificates.chain, "--key", certificates.key]
        let program = try Program(
            [Program.own, Upstream.word] + files,
            named: "upstream",
            in: folder,
            input: upstreamInput.fileHandleForReading
        )
        guard try await program.waits(until: { program.said.contains("\n") }) else {
            throw NotReady(description: "the upstream does not start: \(program.complaint)")
        }
        upstream = program
        upstreamPorts = program.said.split { $0.isWhitespace }.compactMap { Int($0) }
    }

    func stop() async {
        try? upstreamInput.fileHandleForWriting.close()
        await upstream.end()
    }

    /// The contenders take turns, each freshly started for this row.
    func measure(
        _ cell: Cell,
        _ path: Path,
        _ contenders: [Contender],
        rounds: Int,
        seconds: Double
    ) async throws -> [Contender: [Measurement]] {
        var measurements: [Contender: [Measurement]] = [:]
        var running: [RunningContender] = []
        try await finally {
            for contender in contenders {
                do {
                    running.append(try await start(contender, path))
                } catch let error as RunningContender.NotStarted {
                    measurements[contender] = [Measurement(failure: error.description)]
                }
            }
            for round in 0..<rounds where cell != .memory || round == 0 {
                for one in running where measurements[one.contender]?.last?.load.failure == nil {
                    try Task.checkCancellation()
                    // The first sessions are not like those that come later.
                    if round == 0, cell != .memory { _ = try await one.measure(cell, seconds: 0.2) }
                    measurements[one.contender, default: []].append(try await one.measure(cell, seconds: seconds))
                }
            }
        } then: {
            for one in running { await one.stop() }
        }
        return measurements
    }

    /// Another program may take the port before the contender does.
    func start(_ contender: Contender, _ path: Path, room: Int? = nil) async throws -> RunningContender {
        for _ in 0..<3 {
            let started = try await RunningContender.start(contender, await site(contender, path, room), ports)
            // Whoever finds its port taken says so, and ends.
            try await Task.sleep(for: .milliseconds(500))
            if started.isRunning { return started }
            await started.stop()
        }
        return try await .start(contender, await site(contender, path, room), ports)
    }

    private func site(_ contender: Contender, _ path: Path, _ room: Int?) async -> Site {
        Site(
            folder: "\(folder)/\(contender.rawValue)",
            path: path,
            // Without a relay the load goes to the upstream.
            port: contender == .direct ? upstreamPorts[path.clientHasTLS ? 1 : 0] : await ports.free(),
            sparePort: await ports.free(),
            upstreamPort: upstreamPorts[path.upstreamHasTLS ? 1 : 0],
            certificates: certificates,
            popsieve: popsieve,
            rules: rules,
            room: room
        )
    }
}
