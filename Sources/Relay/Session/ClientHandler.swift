// The client's channel: what happens there becomes events of the session.
// Must not decide anything.

import NIOCore
import TLS

/// The end of the pipeline of a client's channel.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let session: Session

    init(session: Session) {
        self.session = session
    }

    func handlerAdded(context: ChannelHandlerContext) {
        session.client.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        session.client.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        session.take(.clientAccepted)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.take(.clientReceived(unwrapInboundIn(data)))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session.take(.writabilityChanged)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: session.take(.clientSecured(event))
        case ChannelEvent.inputClosed: session.take(.clientInputEnded)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session.take(.clientFailed(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        session.take(.clientClosed)
    }
}
