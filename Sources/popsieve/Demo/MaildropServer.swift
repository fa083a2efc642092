// The demo's maildrop on a loopback port.
// Must not listen anywhere else.

import NIOCore
import NIOPosix

/// A running maildrop.
struct MaildropServer {
    private let channel: any Channel
    /// The port on 127.0.0.1 that it got.
    let port: Int

    /// Listens on 127.0.0.1; port 0 lets the system choose.
    static func start(_ maildrop: Maildrop, port: Int = 0) async throws -> MaildropServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(MaildropHandler(maildrop))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return MaildropServer(channel: channel, port: channel.localAddress?.port ?? port)
    }

    func stop() async throws {
        try await channel.close()
    }
}

/// Cuts what comes into lines and sends the session's replies.
private final class MaildropHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Octets of a command line (RFC 2449 section 4), generously.
    private static let lineLimit = 1024

    private var session: MaildropSession
    private var received = ByteBuffer()

    init(_ maildrop: Maildrop) {
        session = MaildropSession(maildrop)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: MaildropSession.greeting)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        received.writeBuffer(&data)
        while let end = received.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            var line = received.readBytes(length: end - received.readerIndex + 1) ?? []
            line.removeLast(line.suffix(2) == [0x0D, 0x0A] ? 2 : 1)
            let reply = session.reply(to: line)
            context.write(wrapOutboundOut(ByteBuffer(bytes: reply.bytes)), promise: nil)
            if reply.endsSession { return close(context) }
        }
        received.discardReadBytes()
        if received.readableBytes > Self.lineLimit { context.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    private func close(_ context: ChannelHandlerContext) {
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }
}
