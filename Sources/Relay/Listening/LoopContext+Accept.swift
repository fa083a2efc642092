// From an accepted connection to a session.
// Must not serve anybody: the session does.

import Audit
import NIOCore
import POP3
import ProxyProtocol
import TLS
import Transport

/// Who a client is, as far as it is known.
struct ClientPlace {
    var address: SocketAddress?
    /// What is counted for it; nil where it is trusted, or nobody knows who it is.
    var block: AddressBlock?
    /// It is on this machine: nobody listens on the way.
    var isHere: Bool
    /// The address of the proxy that has said so.
    var proxy: String?
    /// What it has connected to, as its proxy says.
    var destination: IPEndpoint?
}

extension LoopContext {
    /// Begins a session with a new client, behind a proxy's header where the listener is for proxies.
    ///
    /// - Parameters:
    ///   - number: of the listener
    ///   - ended: called when the connection is closed
    func accept(_ connection: Connection, listener number: Int, ended: @escaping () -> Void) {
        // Closed by a reload since the client was accepted.
        guard let listener = listener(number) else { return drop(connection, ended) }
        if listener.setting.takesProxyHeader { return awaitHeader(connection, number, listener, ended) }
        let address = connection.remoteAddress
        let place = ClientPlace(address: address, block: countedBlock(address), isHere: address?.isLoopback == true)
        begin(connection, place, listener, ended)
    }

    /// The session of a client that is known.
    func begin(_ connection: Connection, _ place: ClientPlace, _ listener: OpenListener, _ ended: @escaping () -> Void)
    {
        if let excess = shared.admitSession(place.block, perAddress: limits.sessionsPerAddress) {
            return refuse(connection, place.address, listener, excess, ended)
        }
        var origin = Session.Origin(
            id: identifiers.next(),
            serverContext: listener.setting.serverContext,
            listenerAddress: listener.address,
            clientAddress: place.address?.name ?? "",
            clientPort: place.address?.port ?? 0,
            addressBlock: place.block,
            sizePolicy: listener.setting.sizePolicy
        )
        origin.proxy = place.proxy
        origin.destination = place.destination
        let session = Session(loop: self, origin: origin, policy: policy(for: place, on: listener.setting))
        connection.owner = ClientEvents(of: session) { [self] in
            // Also where the connection is gone before it was anything.
            remove(session)
            ended()
        }
        connection.backlog = limits.clientBacklog
        session.client.connection = connection
        if listener.setting.encryption == .implicit, let context = listener.setting.serverContext {
            secure(connection, context)
        }
        session.take(.clientAccepted)
    }

    /// Nil where nobody is counted.
    func countedBlock(_ address: SocketAddress?) -> AddressBlock? {
        guard let address = address.flatMap(IPAddress.init), !configuration.trustedNetworks.contains(address) else {
            return nil
        }
        return AddressBlock(address)
    }

    private func secure(_ connection: Connection, _ context: ServerContext) {
        do {
            connection.secure(with: try TLSConnection(server: context))
        } catch {
            connection.abort()
        }
    }

    func drop(_ connection: Connection, _ ended: @escaping () -> Void) {
        connection.owner = Refusal(of: connection, within: limits.refusalTime, ended: ended)
        connection.abort()
    }

    /// Tells a client that there are too many: never in plain text where TLS is due.
    private func refuse(
        _ connection: Connection,
        _ address: SocketAddress?,
        _ listener: OpenListener,
        _ reason: RelayState.RefusalReason,
        _ ended: @escaping () -> Void
    ) {
        noteRefusal(address, listener, reason)
        guard listener.setting.encryption == .implicit, let context = listener.setting.serverContext else {
            let refusal = Refusal(of: connection, within: limits.refusalTime, ended: ended)
            connection.owner = refusal
            return refusal.tell()
        }
        // Not a word where there is no TLS to say it in.
        guard shared.admitRefusalHandshake(limits) else { return drop(connection, ended) }
        connection.owner = Refusal(of: connection, within: limits.refusalTime) { [shared] in
            shared.refusalHandshakeEnded()
            ended()
        }
        secure(connection, context)
    }

    func noteRefusal(_ address: SocketAddress?, _ listener: OpenListener, _ reason: RelayState.RefusalReason) {
        switch reason {
        case .sessions: counts.refusedAsFull += 1
        case .ofAddress: counts.refusedForAddress += 1
        case .untrustedProxy, .noProxyHeader, .lateProxyHeader: counts.refusedProxies += 1
        }
        let event = shared.refused(
            client: address?.name ?? "",
            port: address?.port ?? 0,
            listener: listener.address,
            reason,
            at: now
        )
        guard let event else { return }
        auditLines.append(event, at: WallClock.now())
        writeAudit()
    }
}

extension LoopContext {
    /// With routes or accounts the user decides what is done, so Popsieve is the server until it knows him. Without, the only
    /// upstream answers itself, and every mechanism it offers can be used.
    fileprivate func policy(
        for client: ClientPlace,
        on listener: RelayConfiguration.Listener
    ) -> SessionMachine.Policy {
        let mechanisms = inForce.mechanisms
        var policy = SessionMachine.Policy(
            choosesUpstreamByUser: mechanisms != nil,
            greetsItself: mechanisms != nil,
            logsInItself: mechanisms != nil,
            clientEncryption: SessionMachine.Policy.ClientEncryption(listener.encryption),
            allowsPlaintextLogin: configuration.allowPlaintextLogin || client.isHere,
            countsLogins: client.block != nil,
            passThrough: configuration.passThrough,
            rejected: configuration.rejected == .notice ? .notice : .error
        )
        if let mechanisms { policy.mechanisms = mechanisms }
        return policy
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
