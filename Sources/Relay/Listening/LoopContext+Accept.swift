// From an accepted connection to a session.
// Must not serve anybody: the session does.

import Audit
import NIOCore
import POP3
import TLS

extension LoopContext {
    /// Puts the handlers of a new client's channel in place.
    ///
    /// - Parameter number: of the listener
    func accept(_ channel: any Channel, listener number: Int) throws {
        // Closed by a reload since the client was accepted.
        guard let listener = listener(number) else { return channel.close(promise: nil) }
        guard shared.admitSession() else { return try refuse(channel, listener) }
        let address = channel.remoteAddress
        let origin = Session.Origin(
            id: identifiers.next(),
            serverContext: listener.setting.serverContext,
            listenerAddress: listener.address,
            clientAddress: address?.ipAddress ?? "",
            clientPort: address?.port ?? 0,
            sizePolicy: listener.setting.sizePolicy
        )
        let policy = policy(for: address, on: listener.setting)
        let session = Session(loop: self, origin: origin, policy: policy)
        let (this, bound) = (NIOLoopBound(self, eventLoop: eventLoop), NIOLoopBound(session, eventLoop: eventLoop))
        // Also where the channel is gone before it was anything.
        channel.closeFuture.whenComplete { _ in this.value.remove(bound.value) }
        let pipeline = channel.pipeline.syncOperations
        if listener.setting.encryption == .implicit, let context = listener.setting.serverContext {
            try pipeline.addHandler(TLSHandler(server: context))
        }
        try pipeline.addHandler(ClientHandler(session: session))
    }

    /// Tells a client that there are too many: never in plain text where TLS is due.
    private func refuse(_ channel: any Channel, _ listener: OpenListener) throws {
        let address = channel.remoteAddress
        let event = shared.refused(
            client: address?.ipAddress ?? "",
            port: address?.port ?? 0,
            listener: listener.address,
            at: now
        )
        if let event {
            auditLines.append(event, at: WallClock.now())
            writeAudit()
        }
        let pipeline = channel.pipeline.syncOperations
        guard listener.setting.encryption == .implicit, let context = listener.setting.serverContext else {
            return try pipeline.addHandler(RefusalHandler(way: .plain))
        }
        guard shared.admitRefusalHandshake(limits) else { return try pipeline.addHandler(RefusalHandler(way: .silent)) }
        channel.closeFuture.whenComplete { [shared] _ in shared.refusalHandshakeEnded() }
        try pipeline.addHandler(TLSHandler(server: context))
        try pipeline.addHandler(RefusalHandler(way: .secured(within: limits.refusalTime)))
    }
}

extension LoopContext {
    /// With routes the user decides about the upstream, so Popsieve is the server until it knows the user. Without, the only
    /// upstream answers itself, and every mechanism it offers can be used.
    fileprivate func policy(
        for client: SocketAddress?,
        on listener: RelayConfiguration.Listener
    ) -> SessionMachine.Policy {
        SessionMachine.Policy(
            choosesUpstreamByUser: !configuration.routes.isEmpty,
            greetsItself: !configuration.routes.isEmpty,
            logsInItself: !configuration.routes.isEmpty,
            clientEncryption: SessionMachine.Policy.ClientEncryption(listener.encryption),
            allowsPlaintextLogin: configuration.allowPlaintextLogin || client?.isLoopback == true,
            passThrough: configuration.passThrough,
            rejected: configuration.rejected == .notice ? .notice : .error
        )
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
