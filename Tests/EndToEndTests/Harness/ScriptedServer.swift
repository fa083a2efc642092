// A server that plays a part: it sends what a test says, when the test says, and closes where it says.
// Must not answer by itself.

import NIOCore
import NIOPosix
import TLS
import TLSChannel

/// What a server does with a connection; behind it the connection is closed.
struct Script: Sendable {
    let play: @Sendable (Peer) async throws -> Void

    init(_ play: @escaping @Sendable (Peer) async throws -> Void) {
        self.play = play
    }
}

/// An upstream as no honest server would be.
enum ScriptedServer {
    /// Each connection is played by `script` while `body` runs.
    ///
    /// - Parameters:
    ///   - pair: where there is one, connections are in TLS from the first byte
    ///   - space: where it listens, if not where the tests are, and on which address
    static func serving<Result>(
        _ script: Script,
        showing pair: Certificates.Pair? = nil,
        in space: (namespace: Namespace, host: String)? = nil,
        _ body: (Address) async throws -> Result
    ) async throws -> Result {
        let context = try pair.map {
            try ServerContext(certificateChainFile: $0.certificate, privateKeyFile: $0.key)
        }
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let server =
            if let space {
                try await bootstrap.bind(try space.namespace.listeningSocket(space.host)) { wrap($0, context) }
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0) { wrap($0, context) }
            }
        let accepting = Task {
            try await withThrowingDiscardingTaskGroup { group in
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask {
                            // What breaks a connection is for the test to see at its own end.
                            try? await connection.executeThenClose { inbound, outbound in
                                try await script.play(Peer(connection.channel, inbound, outbound))
                            }
                        }
                    }
                }
            }
        }
        defer { accepting.cancel() }
        return try await body(Address(host: space?.host ?? "127.0.0.1", port: server.channel.localAddress?.port ?? 0))
    }

    private static func wrap(
        _ channel: any Channel,
        _ context: ServerContext?
    ) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture {
            if let context { try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context)) }
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }
}
