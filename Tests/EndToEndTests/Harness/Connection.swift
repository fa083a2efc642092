// A connection that outlives the call which made it, and a server that hands its connections to who asks for them.
// Must not play a part: whoever takes a connection does.

import NIOCore
import NIOPosix
import Synchronization

/// A connection that is open until it is told otherwise.
struct Connection: Sendable {
    let channel: any Channel
    private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let end: AsyncStream<Void>.Continuation

    /// Keeps `connection` open.
    static func keeping(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async -> Connection {
        await withCheckedContinuation { continuation in
            Task {
                // What breaks a connection is for the test to see at its own end.
                try? await connection.executeThenClose { inbound, outbound in
                    let (ended, end) = AsyncStream.makeStream(of: Void.self)
                    let kept = Connection(channel: connection.channel, inbound: inbound, outbound: outbound, end: end)
                    continuation.resume(returning: kept)
                    for await _ in ended {}
                }
            }
        }
    }

    /// Connects as a client.
    ///
    /// - Parameter receiveBuffer: how much the kernel holds for a client that does not read.
    static func made(to address: Address, receiveBuffer: Int? = nil) async throws -> Connection {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return await keeping(
            try await bootstrap.connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(halfClosing: channel) }
            }
        )
    }

    func peer() -> Peer { Peer(channel, inbound, outbound) }

    func close() { end.finish() }
}

/// A server whose connections wait, unread, until somebody takes them.
final class Entrance: Sendable {
    let address: Address
    private let waiting: Mutex<[Connection]>

    private init(_ address: Address) {
        self.address = address
        waiting = Mutex([])
    }

    /// The connection that came first.
    func next() async throws -> Connection {
        try await eventually("a connection to the server", within: 30) {
            waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    /// Closes all that wait.
    ///
    /// - Returns: how many they were.
    func forgetAll() -> Int {
        let forgotten = waiting.withLock { waiting in
            defer { waiting.removeAll() }
            return waiting
        }
        for connection in forgotten { connection.close() }
        return forgotten.count
    }

    static func serving<Result>(_ body: (Entrance) async throws -> Result) async throws -> Result {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(halfClosing: channel) }
            }
        let entrance = Entrance(Address(port: server.channel.localAddress?.port ?? 0))
        let accepting = Task {
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    let kept = await Connection.keeping(connection)
                    entrance.waiting.withLock { $0.append(kept) }
                }
            }
        }
        defer { accepting.cancel() }
        return try await body(entrance)
    }
}

extension NIOAsyncChannel where Inbound == ByteBuffer, Outbound == ByteBuffer {
    fileprivate init(halfClosing channel: any Channel) throws {
        try self.init(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}
