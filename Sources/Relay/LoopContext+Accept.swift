// From an accepted connection to a session.
// Must not serve anybody: the session does.

import NIOCore
import POP3
import TLS

extension LoopContext {
    /// Puts the handlers of a new client's channel in place.
    func accept(_ channel: any Channel, listener index: Int) throws {
        let pipeline = channel.pipeline.syncOperations
        guard shared.admitSession() else { return try pipeline.addHandler(RefusalHandler()) }
        let listener = configuration.listeners[index]
        let origin = Session.Origin(
            id: SessionIdentifier.make(),
            listener: index,
            listenerAddress: listenerNames[index],
            clientAddress: channel.remoteAddress?.ipAddress ?? "",
            clientPort: channel.remoteAddress?.port ?? 0
        )
        let policy = SessionMachine.Policy(
            isRouted: configuration.isRouted,
            clientEncryption: SessionMachine.Policy.ClientEncryption(listener.encryption),
            allowsPlaintextLogin: configuration.allowPlaintextLogin || channel.remoteAddress?.isLoopback == true,
            passThrough: configuration.passThrough
        )
        let session = Session(loop: self, origin: origin, policy: policy)
        if listener.encryption == .implicit, let context = listener.serverContext {
            try pipeline.addHandler(TLSHandler(server: context))
        }
        try pipeline.addHandler(ClientHandler(session: session))
    }
}

extension SessionMachine.Policy.ClientEncryption {
    init(_ encryption: RelayConfiguration.Encryption) {
        switch encryption {
        case .none: self = .none
        case .implicit: self = .implicit
        case .starttls: self = .starttls
        }
    }
}

/// Tells one client too many that it should come back later.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let reply = OwnReply.error(.systemTemporary, "Too many sessions, come back later")
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply.octets))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}

/// Names that tell sessions apart in logs.
enum SessionIdentifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Ten characters of Crockford's base 32: 50 random bits.
    static func make() -> String {
        var bits = UInt64.random(in: 0..<(1 << 50))
        var name: [UInt8] = []
        for _ in 0..<10 {
            name.append(alphabet[Int(bits & 31)])
            bits >>= 5
        }
        return String(decoding: name, as: UTF8.self)
    }
}
