// Clients that keep a relay busy for a time: a process of its own, which prints what it counted.
// Must not know what is between it and the upstream.

import ArgumentParser
import Foundation
import NIOCore
import Synchronization
import TLS
import Transport

struct Load: AsyncParsableCommand {
    static let word = "relay-load"

    @Option
    var cell: Cell

    @Option
    var port: Int

    @Option
    var seconds: Double

    @Flag
    var tls = false

    func run() async throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let sessions = cell.sessions
        // One of two: the upstream and what is measured need theirs.
        let group = try LoopGroup(count: min(max(1, cores / 2), sessions))
        let target = LoadTarget(
            port: port,
            // The relay is measured, and not how long a client takes to verify it; nor how sessions are resumed.
            tls: tls ? try ClientContext(verification: .acceptAnyCertificate, resumption: false) : nil
        )
        let plan = LoadPlan(cell.work, seconds: seconds)
        let crowds = try await withThrowingTaskGroup { tasks in
            for (index, loop) in group.loops.enumerated() {
                let share = sessions / group.loops.count + (index < sessions % group.loops.count ? 1 : 0)
                tasks.addTask { try await Crowd.start(share, plan, target, on: loop) }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        if case .hold = cell.work { await hold(crowds) }
        var result = LoadResult()
        for crowd in crowds { result.add(try await crowd.result()) }
        Streams.say(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }

    /// Says when all are there, and lets them go when it is told to.
    private func hold(_ crowds: [Crowd.Handle]) async {
        for crowd in crowds { await crowd.gathered() }
        Streams.say("held")
        await Streams.inputEnded()
        for crowd in crowds { crowd.dismiss() }
    }
}

/// Whom a load connects to.
struct LoadTarget: Sendable {
    let port: Int
    let tls: ClientContext?

    func engine() throws -> TLSConnection? {
        guard let tls, let name = ServerName("localhost") else { return nil }
        return try TLSConnection(client: tls, serverName: name)
    }
}

/// What each session of a load does, made ready before the first one begins.
struct LoadPlan: Sendable {
    let work: Work
    /// For how long sessions begin, each behind another's end; those that have begun come to their end.
    let seconds: Double
    /// Of each message that is fetched: the command, and the octets behind the first line of its reply.
    let fetches: [(command: ByteBuffer, octets: Int)]

    init(_ work: Work, seconds: Double) {
        self.work = work
        self.seconds = seconds
        fetches =
            if case .fetch(let numbers, _) = work {
                numbers.map { (ByteBuffer(string: "RETR \($0)\r\n"), Maildrop.message($0).readableBytes) }
            } else {
                []
            }
    }
}

/// What a load has seen.
struct LoadResult: Codable {
    /// Sessions that came to their end.
    var sessions = 0
    /// Of messages.
    var octets = 0
    /// From the first session's beginning to the last one's end.
    var seconds = 0.0
    /// Of each NOOP until its reply, in nanoseconds.
    var roundTrips: [Int64] = []
    /// What went wrong first; nothing counts then.
    var failure: String?

    mutating func add(_ other: LoadResult) {
        sessions += other.sessions
        octets += other.octets
        seconds = max(seconds, other.seconds)
        roundTrips += other.roundTrips
        failure = failure ?? other.failure
    }
}
