// Opening the upstream's connection, on the client's event loop.
// Must not choose a host by anything but the settings.

package import NIOCore
import POP3
import ProxyProtocol
package import TLS
package import Transport

extension Session {
    func dial(user: [UInt8]?) {
        guard let configuration = attempt?.upstream ?? loop.configuration.upstream(for: user) else {
            return upstreamFailed(.noRoute)
        }
        ledger.upstreamChosen(configuration.name)
        upstream = Wire(now: loop.now)
        dialled = Upstream(configuration: configuration)
        guard configuration.sessions != nil || configuration.dialsPerSecond != nil else { return dial(configuration) }
        queueUp(configuration)
    }

    // MARK: Its turn

    /// Where the settings bound the upstream's sessions, or how fast they are dialled.
    private func queueUp(_ configuration: RelayConfiguration.Upstream) {
        let this = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let (place, hasRoom) = loop.shared.upstreams[configuration.name].enter(most: configuration.sessions) {
            this.eventLoop.execute { this.value.take(.upstreamTurnCame) }
        }
        dialled.place = place
        if hasRoom { return take(.upstreamTurnCame) }
        dialled.timer = loop.eventLoop.after(loop.configuration.timeouts.connect) {
            self.take(.upstreamUnreachable(UpstreamIsBusy()))
        }
    }

    /// There is room for the session; the next connection may still be too soon.
    func upstreamTurnCame() {
        guard let configuration = dialled.configuration, dialled.place != nil, dialled.dial == nil,
            upstream.connection == nil
        else { return }
        dialled.timer?.cancel()
        dialled.timer = nil
        let queue = loop.shared.upstreams[configuration.name]
        let turn = queue.turn(perSecond: configuration.dialsPerSecond, at: loop.now)
        guard turn > loop.now else { return dial(configuration) }
        guard turn <= loop.now + loop.configuration.timeouts.connect else {
            return take(.upstreamUnreachable(UpstreamIsBusy()))
        }
        dialled.timer = loop.eventLoop.after(turn - loop.now) { self.take(.upstreamMayBeDialled) }
    }

    func dialUpstream() {
        dialled.timer = nil
        if let configuration = dialled.configuration { dial(configuration) }
    }

    private func dial(_ configuration: RelayConfiguration.Upstream) {
        let settings = Dial.Settings(
            timeout: loop.configuration.timeouts.connect,
            reachability: loop.shared.reachability,
            // Before the connection is made: the relay at its other end would make one more, and so on.
            isForbidden: { [shared = loop.shared] address in
                shared.isOwnListener(remote: address) || configuration.isMisled(to: address)
            }
        )
        let dial = Dial.begin(to: configuration.places, on: loop.eventLoop, settings) { result in
            switch result {
            case .success(let connection): self.take(.upstreamConnected(connection))
            case .failure(let error): self.take(.upstreamUnreachable(error))
            }
        }
        dialled.dial = dial
    }

    func upstreamConnected(_ connection: Connection) {
        // A session that waits would keep it for nothing.
        dialled.server = dialled.dial?.place
        dialled.dial = nil
        guard let configuration = dialled.configuration, !machine.isClosed else { return connection.abort() }
        // From here on what happens there are the session's events.
        let events = UpstreamEvents(of: self)
        connection.owner = events
        connection.backlog = loop.limits.upstreamBacklog
        dialled.events = events
        upstream.connection = connection
        let remote = connection.remoteAddress
        if loop.shared.isOwnListener(remote: remote, local: connection.localAddress) { return upstreamFailed(.loop) }
        if configuration.encryption == .none { ledger.upstreamConnected(to: remote, nil) }
        if let version = configuration.proxyHeader {
            let header = origin.header(destination: client.connection?.localAddress)
            connection.write(ByteBuffer(bytes: header.octets(version)))
            connection.flush()
        }
        machine.upstreamConnected(
            SessionMachine.UpstreamEncryption(configuration.encryption),
            announcement: configuration.announcesClients ? origin.announcement : nil
        )
        if configuration.encryption == .implicit { secureUpstream() }
    }

    /// From the start, or after STLS.
    func secureUpstream() {
        guard let connection = upstream.connection, let configuration = dialled.configuration,
            let context = configuration.clientContext, let serverName = configuration.serverName(at: dialled.server)
        else { return }
        do {
            connection.secure(with: try TLSConnection(client: context, serverName: serverName))
        } catch {
            take(.upstreamFailed(error))
        }
    }

    func upstreamSecured(_ handshake: TLSHandshakeCompleted) {
        ledger.upstreamConnected(to: upstream.connection?.remoteAddress, handshake)
        machine.upstreamSecured()
    }

    func upstreamUnreachable(_ error: any Error) {
        switch error as? DialError {
        case .forbidden(let address):
            let isLoop = loop.shared.isOwnListener(remote: address)
            return upstreamFailed(isLoop ? .loop : .misled(address.ipAddress ?? ""))
        case .unknownHost, .noService: loop.counts.namesUnknown += 1
        case .nameServiceFailed: loop.counts.namesUnanswered += 1
        case .timedOut, nil: break
        }
        if error is UpstreamIsBusy { return upstreamFailed(.busy) }
        upstreamFailed(.unreachable(NetworkReason(error).description))
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        machine.upstreamFailed(failure)
    }

    /// The session has no use for it any more.
    func closeUpstream() {
        dialled.dial?.giveUp()
        dialled.events?.detach()
        dialled.timer?.cancel()
        dialled.place?.giveBack(most: dialled.configuration?.sessions)
        dialled = Upstream(configuration: dialled.configuration)
        // Nothing that it has not taken yet matters any more, and it may never take it.
        upstream.abort()
        upstream = Wire(now: loop.now)
        reading = .nothing
        attempt = nil
    }
}

extension RelayConfiguration.Upstream {
    /// The name that the certificate must carry of whoever has answered there.
    package func serverName(at place: Endpoint?) -> ServerName? {
        if let serverName { return serverName }
        guard case .host(let host, _) = place else { return nil }
        return ServerName(host)
    }

    /// Whether its name leads to this machine or its neighbours, which nobody has said it may: whoever answers for the name
    /// could have us log in to what trusts them.
    package func isMisled(to address: SocketAddress) -> Bool {
        !mayBeLocal && IPAddress(address).map([Network].local.contains) == true
    }
}

/// There is no room for a session in time.
private struct UpstreamIsBusy: Error {}

extension SessionMachine.UpstreamEncryption {
    init(_ encryption: RelayConfiguration.Encryption) {
        switch encryption {
        case .none: self = .none
        case .implicit: self = .implicit
        case .starttls: self = .starttls
        }
    }
}

extension UpstreamFailure {
    /// Nil for what is no failure by itself.
    init?(_ error: any Error, at phase: UpstreamFailure.Phase) {
        switch error {
        case TLSError.certificateRejected(let problem): self = .certificateRejected(problem.description)
        // The end of the connection follows; whether something is missing, POP3's framing tells.
        case TLSError.closedWithoutNotify: return nil
        case let error as TLSError: self = .tlsFailed(error.description)
        default: self = phase == .connect ? .unreachable(NetworkReason(error).description) : .closed(phase)
        }
    }
}
