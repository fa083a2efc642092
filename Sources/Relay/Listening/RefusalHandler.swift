// The end of a connection that there is no room for.
// Must not listen to the client.

import NIOCore
import POP3
import TLS

/// Tells one client too many that it should come back later, and closes.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Way {
        case plain
        /// Once TLS stands; a client that lets that wait is cut off.
        case secured(within: TimeAmount)
        /// Not a word: there is no TLS to say it in.
        case silent
    }

    private let way: Way
    private var patience: Scheduled<Void>?

    init(way: Way) {
        self.way = way
    }

    func channelActive(context: ChannelHandlerContext) {
        switch way {
        case .plain: tell(context)
        case .secured(let time):
            let channel = context.channel
            patience = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        case .silent: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { tell(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        patience?.cancel()
        patience = nil
    }

    private func tell(_ context: ChannelHandlerContext) {
        let reply = OwnReply.error(.systemTemporary, "Too many sessions, come back later")
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply.octets)), promise: nil)
        let channel = context.channel
        // Not from within: the handshake is still being reported.
        context.eventLoop.execute { channel.close(promise: nil) }
    }
}
