// The client's channel: hands what happens there to the session.
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
        session.clientAccepted()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.clientRead(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        session.settle()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session.writabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: session.clientSecured(event)
        case ChannelEvent.inputClosed: session.clientInputEnded()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session.clientFailed(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        session.clientLeft()
    }
}
