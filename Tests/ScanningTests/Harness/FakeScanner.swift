// A server that does what a test tells it, on a port of loopback.
// Must not know any protocol.

import NIOCore
import NIOPosix
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
    }

    /// One connection.
    final class Peer {
        /// Which one, from 1 on.
        let number: Int
        private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
        private var pending: [UInt8] = []

        init(
            _ number: Int,
            _ input: NIOAsyncChannelInboundStream<ByteBuffer>,
            _ output: NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) {
            self.number = number
            self.input = input.makeAsyncIterator()
            self.output = output
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
                guard let more = try await input.next(isolation: #isolation) else {
                    throw InVain(what: "the client says its words")
                }
                pending += more.readableBytesView
            }
        }

        /// Everything until the client ends; returns how much.
        @discardableResult
        func hearAll() async throws -> Int {
            var count = pending.count
            while let more = try await input.next(isolation: #isolation) { count += more.readableBytes }
            return count
        }

        func say(_ words: String) async throws { try await output.write(ByteBuffer(string: words)) }

        /// Octet by octet, each in a packet of its own.
        func saySlowly(_ words: String) async throws {
            for octet in words.utf8 { try await output.write(ByteBuffer(bytes: [octet])) }
        }
    }

    typealias Script = @Sendable (Peer) async throws -> Void

    /// Serves while `body` runs. A connection is closed when its script ends.
    static func serving<Result>(
        _ script: @escaping Script,
        _ body: (FakeScanner) async throws -> Result
    ) async throws -> Result {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let counts = Counts()
        let port = server.channel.localAddress?.port ?? 0
        let service = Task { try await serve(server, script, counts) }
        defer { service.cancel() }
        return try await body(FakeScanner(address: .host("127.0.0.1", port: port), counts: counts))
    }

    private static func serve(
        _ server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>,
        _ script: @escaping Script,
        _ counts: Counts
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { clients in
                for try await client in clients {
                    let number = counts.values.withLock { values in
                        values.made += 1
                        return values.made
                    }
                    client.channel.closeFuture.whenComplete { _ in counts.values.withLock { $0.ended += 1 } }
                    group.addTask {
                        try? await client.executeThenClose { input, output in
                            try await script(Peer(number, input, output))
                        }
                    }
                }
            }
        }
    }

    /// Until the test is over.
    static func hang() async throws { try await Task.sleep(for: .seconds(3_600)) }
}
