// A contender at work for one row of the table: started, loaded, measured, stopped.
// Must not judge what is measured.

import Foundation

/// One figure's measurement.
struct Measurement {
    var load: LoadResult
    /// Seconds that the contender has needed for all that the load did; nil where there is no relay.
    var processorTime: Double?
    /// KiB that it has grown by, for each session that was held.
    var memory: Double?

    /// Nothing counts where something went wrong.
    init(load: LoadResult) { self.load = load }

    init(failure: String) {
        load = LoadResult()
        load.failure = failure
    }
}

struct RunningContender {
    let contender: Contender
    private let site: Site
    /// None where there is no relay.
    private let program: Program?

    struct NotStarted: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `NotStarted` with what it has complained about
    static func start(_ contender: Contender, _ site: Site, _ ports: Ports) async throws -> RunningContender {
        try FileManager.default.createDirectory(atPath: site.folder, withIntermediateDirectories: true)
        let command = try contender.prepare(site)
        guard !command.isEmpty else { return RunningContender(contender: contender, site: site, program: nil) }
        let program = try Program(command, named: "relay", in: site.folder)
        do {
            guard try await program.waits(until: { await ports.isListening(site.port) }) else {
                throw NotStarted(description: "it does not start: \(program.complaint)")
            }
        } catch {
            await program.stop()
            throw error
        }
        return RunningContender(contender: contender, site: site, program: program)
    }

    var port: Int { site.port }
    var folder: String { site.folder }
    /// KiB.
    var memory: Int { program?.tree.memory ?? 0 }
    var isRunning: Bool { program?.isRunning ?? true }

    func stop() async {
        await program?.stop()
        try? FileManager.default.removeItem(atPath: site.folder)
    }

    func measure(_ cell: Cell, seconds: Double) async throws -> Measurement {
        if case .hold = cell.work { return try await measureMemory(cell.sessions) }
        let before = program?.tree.processorTime ?? 0
        let load = try load(cell, seconds)
        await load.end()
        var measurement = Measurement(load: result(of: load))
        measurement.processorTime = (program?.tree.processorTime).map { $0 - before }
        return check(measurement)
    }

    private func measureMemory(_ sessions: Int) async throws -> Measurement {
        // What is needed once, by whoever comes first, is there then.
        await (try load(.logins, 0.3)).end()
        try await Task.sleep(for: .milliseconds(500))
        let before = program?.tree.memory ?? 0
        let input = Pipe()
        let load = try load(.memory, 0, input: input.fileHandleForReading)
        try input.fileHandleForReading.close()
        let areHeld = try await load.waits(seconds: 90) { load.said.contains("held") }
        try await Task.sleep(for: .milliseconds(500))
        let after = program?.tree.memory
        try input.fileHandleForWriting.close()
        await load.end()
        var measurement = Measurement(load: result(of: load))
        if !areHeld { measurement.load.failure = measurement.load.failure ?? "the sessions did not come" }
        measurement.memory = after.map { Double($0 - before) / Double(sessions) }
        return check(measurement)
    }

    private func load(_ cell: Cell, _ seconds: Double, input: FileHandle = .nullDevice) throws -> Program {
        let port = ["--cell", cell.rawValue, "--seconds", "\(seconds)", "--port", "\(site.port)"]
        let tls = site.path.clientHasTLS ? ["--tls"] : []
        return try Program([Program.own, Load.word] + port + tls, named: "load", in: site.folder, input: input)
    }

    /// The last line that it has printed.
    private func result(of load: Program) -> LoadResult {
        let line = load.said.split(separator: "\n").last ?? ""
        if let result = try? JSONDecoder().decode(LoadResult.self, from: Data(line.utf8)) { return result }
        var nothing = LoadResult()
        nothing.failure = "the load has ended: \(load.complaint)"
        return nothing
    }

    /// A relay that ends is no faster for it; one that fails may say why.
    private func check(_ measurement: Measurement) -> Measurement {
        guard let program else { return measurement }
        if !program.isRunning { return Measurement(failure: "it has ended: \(program.complaint)") }
        guard let failure = measurement.load.failure, !program.complaint.isEmpty else { return measurement }
        return Measurement(failure: "\(failure); it says: \(program.complaint)")
    }
}
