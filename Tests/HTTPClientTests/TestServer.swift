// A server that says what a test wants, in plain text or TLS.
// Must not know HTTP: it may say anything.

import NIOCore
import NIOPosix
import Synchronization
import TLS
import TLSChannel

/// Listens on a free port of the loopback interface; answers each connection's first octets.
final class TestServer: Sendable {
    /// What follows what was said.
    enum End {
        case closes
        case staysSilent
        /// Says the last piece again and again.
        case repeats
    }

    let port: Int
    private let channel: any Channel
    private let heard: Heard

    private final class Heard: Sendable {
        let all = Mutex<[String]>([])
    }

    init(_ pieces: [String], then end: End = .closes, context: ServerContext? = nil) async throws {
        let heard = Heard()
        self.heard = heard
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context { try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context)) }
                    try channel.pipeline.syncOperations.addHandler(
                        Script(pieces, end) { text in heard.all.withLock { $0.append(text) } }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var requests: [String] { heard.all.withLock { $0 } }

    func close() async { try? await channel.close() }
}

private final class Script: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let pieces: [String]
    private let end: TestServer.End
    private let tell: @Sendable (String) -> Void
    private var hasAnswered = false

    init(_ pieces: [String], _ end: TestServer.End, _ tell: @escaping @Sendable (String) -> Void) {
        self.pieces = pieces
        self.end = end
        self.tell = tell
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        tell(String(buffer: unwrapInboundIn(data)))
        guard !hasAnswered else { return }
        hasAnswered = true
        for piece in pieces { context.writeAndFlush(NIOAny(ByteBuffer(string: piece)), promise: nil) }
        switch end {
        case .closes: context.close(promise: nil)
        case .staysSilent: break
        case .repeats: again(context)
        }
    }

    private func again(_ context: ChannelHandlerContext) {
        let text = String(repeating: pieces.last ?? "", count: 64)
        // In a later turn: a write that succeeds at once calls back before it returns.
        context.writeAndFlush(NIOAny(ByteBuffer(string: text))).assumeIsolated().whenSuccess {
            context.eventLoop.assumeIsolated().execute { self.again(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
