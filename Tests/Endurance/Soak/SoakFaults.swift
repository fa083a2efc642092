// What befalls sessions of a soak, on one side or the other.
// Must not befall those that are to succeed.

import Glibc
import NIOCore

/// How a peer fails.
enum SoakFault: CaseIterable, Sendable {
    /// The connection ends in order.
    case cut
    case reset
    /// Nothing more comes, and the connection stands.
    case stall
    /// An alert of TLS, or what is taken for a line without TLS.
    case alert
    case garbage

    /// As TLS has it: a fatal alert, `handshake_failure` (RFC 8446, 6).
    static let alertRecord: [UInt8] = [0x15, 3, 3, 0, 2, 2, 40]
    static let rubbish = (0..<64).map { _ in UInt8.random(in: 0...255) }
}

/// Does the fault below TLS.
final class SoakFaulter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func fail(_ fault: SoakFault) {
        guard let context else { return }
        let channel = context.channel
        switch fault {
        case .cut: context.close(promise: nil)
        case .stall: channel.eventLoop.scheduleTask(in: .seconds(20)) { channel.close(promise: nil) }
        case .alert: context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: SoakFault.alertRecord)), promise: nil)
        case .garbage: context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: SoakFault.rubbish)), promise: nil)
        case .reset:
            let this = NIOLoopBound(context, eventLoop: context.eventLoop)
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                this.value.close(promise: nil)
            }
        }
        if fault == .alert || fault == .garbage {
            channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
        }
    }
}
