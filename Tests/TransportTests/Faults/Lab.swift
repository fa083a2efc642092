// Two loops, a listener on one, clients on the other: what befalls the calls of each is a test's to say.
// Must not disturb another test's loops: calls are disturbed by thread.

import CallFaults
import NIOCore
import Synchronization
import Testing

@testable import Transport

/// Where connections are made whose calls fail.
final class Lab: Sendable {
    typealias Owner = @Sendable (Connection) throws -> any Connection.Owner

    /// Of the two ends of a connection.
    enum Side: String, CaseIterable {
        case accepted
        case dialled
    }

    private let groups: [LoopGroup]
    private let hasAccepted = Mutex<(@Sendable (Connection) -> Void)?>(nil)
    /// What the listener has told: `short: ERROR`, `failed: ERROR`.
    var told: [String] { list.withLock { $0 } }
    private let list = Mutex<[String]>([])

    private init() throws { groups = try [LoopGroup(count: 1), LoopGroup(count: 1)] }

    func loop(_ side: Side) -> Loop { groups[side == .accepted ? 0 : 1].loops[0] }

    /// Stands while `body` runs.
    static func open(_ body: (Lab, _ port: Int, Listener) async throws -> Void) async throws {
        let lab = try Lab()
        let settings = Listener.Settings(
            pause: .milliseconds(5),
            isShort: { error in lab.list.withLock { $0.append("short: \(error.errnoCode)") } },
            failed: { error in lab.list.withLock { $0.append("failed: \(error.errnoCode)") } },
            accepted: { connection in lab.hasAccepted.withLock { $0 }?(connection) }
        )
        let listener = try await Listener.bind(
            host: "127.0.0.1",
            port: 0,
            backlog: 64,
            on: lab.groups[0],
            settings
        )
        for side in Side.allCases { try await lab.on(side) { faults_begin() } }
        await listener.accept()
        try await body(lab, listener.localAddress?.port ?? 0, listener)
        await listener.close()
        for group in lab.groups { try await group.shutdownGracefully() }
    }

    /// Does something in a side's thread, such as to say what befalls its calls.
    func on<Value: Sendable>(_ side: Side, _ body: @escaping @Sendable () -> Value) async throws -> Value {
        try await loop(side).submit { body() }.get()
    }

    /// From now on this is what clients get.
    func accepting(_ accepted: @escaping @Sendable (Connection) -> Void) {
        hasAccepted.withLock { $0 = accepted }
    }

    /// Connects, and gives both ends recorders.
    func pair(_ port: Int) async throws -> Pair {
        let first = Mutex<End?>(nil)
        accepting { connection in
            let seen = Recorder()
            connection.owner = seen
            let bound = NIOLoopBound(connection, eventLoop: connection.loop)
            first.withLock { $0 = End(connection: bound, seen: seen) }
        }
        let dialled = try await Dialled.to(port: port, on: loop(.dialled)).get()
        try await eventually("the client") { first.withLock { $0 != nil } }
        guard let accepted = first.withLock({ $0 }) else { throw Missing(description: "the client") }
        return Pair(accepted: accepted, dialled: dialled)
    }

    /// Nothing is left open of what this side has had, nothing was closed that was another's, and its loop lives on.
    func checkLeft(_ side: Side, _ what: String) async throws {
        try await eventually("the end of all sockets of \(what)") { try await on(side) { faults_left_open() } == 0 }
        #expect(try await on(side) { faults_strange() } == 0, "\(what)")
    }
}

extension Pair {
    func end(_ side: Lab.Side) -> (own: End, peer: End) {
        side == .accepted ? (accepted, dialled) : (dialled, accepted)
    }

    func abort() async throws {
        for end in [accepted, dialled] { try await end.on { $0.abort() } }
    }
}
