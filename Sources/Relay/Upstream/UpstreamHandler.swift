// The upstream's channel: what happens there becomes events of the session.
// Must not decide anything.

import NIOCore
import TLS

/// The end of the pipeline of an upstream's channel. A name may stand for several addresses, each tried with a channel of
/// its own: the session is attached to the one that connects.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// The connection would lead back to this relay.
    struct OwnListenerError: Error {}

    private let shared: RelayState
    private(set) var context: ChannelHandlerContext?
    /// Nil while the session does not know this channel yet, and when it has no use for it any more.
    private var session: Session?

    init(shared: RelayState) {
        self.shared = shared
    }

    func attach(_ session: Session) {
        self.session = session
    }

    /// What still happens on this channel does not concern the session.
    func detach() {
        session = nil
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        session?.upstream.context = nil
    }

    /// Before the connection is made: the relay at its other end would make one more, and so on.
    func connect(context: ChannelHandlerContext, to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        guard !shared.isOwnListener(remote: address) else {
            promise?.fail(OwnListenerError())
            return context.close(promise: nil)
        }
        context.connect(to: address, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session?.take(.upstreamReceived(unwrapInboundIn(data)))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        session?.take(.writabilityChanged)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: session?.take(.upstreamSecured(event))
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session?.take(.upstreamFailed(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        session?.take(.upstreamClosed)
    }
}
