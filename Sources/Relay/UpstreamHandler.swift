// The upstream's channel: hands what happens there to the session.
// Must not decide anything.

import NIOCore
import TLS

/// The end of the pipeline of an upstream's channel.
final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Nil when the session has no use for this upstream any more.
    private var session: Session?

    init(session: Session) {
        self.session = session
    }

    /// What still happens on this channel does not concern the session.
    func detach() {
        session = nil
    }

    func handlerAdded(context: ChannelHandlerContext) {
        session?.upstream.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        session?.upstream.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session?.upstreamRead(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        session?.settle()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session?.writabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: session?.upstreamSecured(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session?.upstreamFailed(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        session?.upstreamLeft()
    }
}
