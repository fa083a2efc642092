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
        let address = channel.remoteAddress
        let origin = Session.Origin(
            id: identifiers.next(),
            listener: index,
            listenerAddress: listenerNames[index],
            clientAddress: address?.ipAddress ?? "",
            clientPort: address?.port ?? 0
        )
        let policy = SessionMachine.Policy(
            isRouted: configuration.isRouted,
            clientEncryption: SessionMachine.Policy.ClientEncryption(listener.encryption),
            allowsPlaintextLogin: configuration.allowPlaintextLogin || address?.isLoopback == true,
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

/// Names that tell sessions apart in logs; nobody is kept from guessing them.
struct SessionIdentifiers {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    /// Seeded once: asking the kernel for each session would cost a system call.
    private var state = UInt64.random(in: .min ... .max)

    /// Ten characters of Crockford's base 32: 50 bits of SplitMix64.
    mutating func next() -> String {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        var name: [UInt8] = []
        name.reserveCapacity(10)
        for _ in 0..<10 {
            name.append(Self.alphabet[Int(bits & 31)])
            bits >>= 5
        }
        return String(decoding: name, as: UTF8.self)
    }
}
