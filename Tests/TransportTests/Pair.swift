// Two ends of a connection, one accepted and one dialled, each with what it was told.
// Must not decide what is said.

import NIOCore
import Synchronization
import Transport

/// One end.
struct End: Sendable {
    let connection: NIOLoopBound<Connection>
    let seen: Recorder

    /// Does something on the connection's loop.
    func on<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await connection.eventLoop.submit { try body(connection.value) }.get()
    }

    func send(_ octets: some Sequence<UInt8> & Sendable) async throws {
        try await on { connection in
            connection.write(ByteBuffer(bytes: octets))
            connection.flush()
        }
    }
}

struct Pair: Sendable {
    let accepted: End
    let dialled: End

    /// Connected while `body` runs.
    static func connected(loops count: Int = 1, _ body: (Pair) async throws -> Void) async throws {
        let group = try LoopGroup(count: count)
        let first = Mutex<End?>(nil)
        let listener = try await Listener.bind(
            host: "127.0.0.1",
            port: 0,
            backlog: 16,
            on: group,
            .init(pause: .seconds(1)) { connection in
                let seen = Recorder()
                connection.owner = seen
                let bound = NIOLoopBound(connection, eventLoop: connection.loop)
                first.withLock { $0 = End(connection: bound, seen: seen) }
            }
        )
        await listener.accept()
        guard let port = listener.localAddress?.port else { throw Missing(description: "a port") }
        let dialled = try await Dialled.to(port: port, on: group.loops[0]).get()
        try await eventually("the client") { first.withLock { $0 != nil } }
        if let accepted = first.withLock({ $0 }) { try await body(Pair(accepted: accepted, dialled: dialled)) }
        await listener.close()
        try await group.shutdownGracefully()
    }
}

/// Dialling, for tests that wait.
enum Dialled {
    static func to(
        host: String = "127.0.0.1",
        port: Int,
        on loop: Loop,
        timeout: TimeAmount = .seconds(30),
        isForbidden: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }
    ) async -> Result<End, any Error> {
        await to([.host(host, port: port)], on: loop, timeout: timeout, isForbidden: isForbidden)
    }

    static func to(
        _ places: [Endpoint],
        on loop: Loop,
        timeout: TimeAmount = .seconds(30),
        isForbidden: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }
    ) async -> Result<End, any Error> {
        await withCheckedContinuation { continuation in
            loop.execute {
                let settings = Dial.Settings(timeout: timeout, isForbidden: isForbidden)
                let kept = Kept()
                kept.dial = Dial.begin(to: places, on: loop, settings) { result in
                    kept.dial = nil
                    continuation.resume(
                        returning: result.map { connection in
                            let seen = Recorder()
                            connection.owner = seen
                            return End(connection: NIOLoopBound(connection, eventLoop: loop), seen: seen)
                        }
                    )
                }
            }
        }
    }

    /// Keeps a dial until it is over.
    private final class Kept {
        var dial: Dial?
    }
}
