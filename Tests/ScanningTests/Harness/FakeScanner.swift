// A server that does what a test tells it, on a port of loopback.
// Must not know any protocol.

import NIOCore
import NIOPosix
import ScannerDaemons
import Synchronization

@testable import Scanning

/// A scanner with faults.
struct FakeScanner: Sendable {
    let address: ScannerAddress
    private let counts: Counts

    /// Connections that were made, and those that its clients have ended.
    var connections: Int { counts.values.withLock { $0.made } }
    var ended: Int { counts.values.withLock { $0.ended } }

    private final class Counts: Sendable {
        let values = Mutex((made: 0, ended: 0))
        let scripts = Mutex<[Task<Void, Never>]>([])
    }

    /// One connection. Nothing is read from it but on demand, so that a peer can be deaf.
    final class Peer {
        /// Which one, from 1 on.
        let number: Int
        private let channel: any Channel
        private let wire: Wire<ByteBuffer, ByteBuffer>
        private var pending: [UInt8] = []

        init(_ number: Int, _ channel: any Channel, _ wire: Wire<ByteBuffer, ByteBuffer>) {
            self.number = number
            self.channel = channel
            self.wire = wire
        }

        private func receive() async -> ByteBuffer? {
            channel.read()
            return await wire.receive()
        }

        /// What came up to and with `end`.
        @discardableResult
        func hear(_ end: String) async throws -> [UInt8] {
            let end = Array(end.utf8)
            while true {
                if let range = pending.firstRange(of: end) {
                    defer { pending.removeSubrange(..<range.upperBound) }
                    return Array(pending[..<range.upperBound])
                }
                guard let more = await receive() else { throw InVain(what: "the client says its words") }
                pending += more.readableBytesView
            }
        }

        /// Everything until the client ends.
        func hearAll() async throws { while await receive() != nil {} }

        func say(_ words: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: words)).get() }

        /// Octet by octet, each in a packet of its own.
        func saySlowly(_ words: String) async throws {
            for octet in words.utf8 { try await channel.writeAndFlush(ByteBuffer(bytes: [octet])).get() }
        }
    }

    typealias Script = @Sendable (Peer) async throws -> Void

    /// Starts the script when the connection stands.
    private final class Starter: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let start: @Sendable (any Channel) -> Void

        init(start: @escaping @Sendable (any Channel) -> Void) { self.start = start }

        func channelActive(context: ChannelHandlerContext) {
            context.fireChannelActive()
            start(context.channel)
        }
    }

    /// Serves while `body` runs. A connection is closed when its script ends.
    static func serving<Result>(
        _ script: @escaping Script,
        _ body: (FakeScanner) async throws -> Result
    ) async throws -> Result {
        let counts = Counts()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let wire = Wire<ByteBuffer, ByteBuffer> { $0.readableBytes }
                    let starter = Starter { run(script, $0, wire, counts) }
                    try channel.pipeline.syncOperations.addHandlers([starter, wire])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        defer {
            server.close(promise: nil)
            for script in counts.scripts.withLock(\.self) { script.cancel() }
        }
        let port = server.localAddress?.port ?? 0
        return try await body(FakeScanner(address: .host("127.0.0.1", port: port), counts: counts))
    }

    private static func run(
        _ script: @escaping Script,
        _ channel: any Channel,
        _ wire: Wire<ByteBuffer, ByteBuffer>,
        _ counts: Counts
    ) {
        let number = counts.values.withLock { values in
            values.made += 1
            return values.made
        }
        channel.closeFuture.whenComplete { _ in counts.values.withLock { $0.ended += 1 } }
        let task = Task {
            await withTaskCancellationHandler {
                try? await script(Peer(number, channel, wire))
            } onCancel: {
                wire.close()
            }
            wire.close()
        }
        counts.scripts.withLock { $0.append(task) }
    }

    /// Until the test is over.
    static func hang() async throws { try await Task.sleep(for: .seconds(3_600)) }
}
