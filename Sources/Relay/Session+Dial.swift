// Opening the upstream's connection, on the client's event loop.
// Must not choose a host by anything but the settings.

import NIOCore
import NIOPosix
import POP3
import TLS

extension Session {
    func dial(user: [UInt8]?) {
        guard let configuration = loop.configuration.upstream(for: user) else { return upstreamFailed(.noRoute) }
        upstreamConfiguration = configuration
        upstream = Wire(now: .now())
        dials += 1
        let dial = dials
        connect(to: configuration).assumeIsolated().whenComplete { result in
            guard self.dials == dial else {
                // The session has moved on: nobody waits for this one.
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            switch result {
            case .success(let channel): self.connected(channel, configuration)
            case .failure(let error) where Self.leadsBack(error): self.upstreamFailed(.loop)
            case .failure(let error): self.upstreamFailed(.unreachable(NetworkReason(error).description))
            }
        }
    }

    private func connect(to configuration: RelayConfiguration.Upstream) -> EventLoopFuture<any Channel> {
        let shared = loop.shared
        let limits = loop.limits
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(loop.configuration.timeouts.connect)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.prepareForSession(limits, backlog: limits.upstreamBacklog)
                    let pipeline = channel.pipeline.syncOperations
                    if configuration.encryption == .implicit, let context = configuration.clientContext,
                        let name = configuration.serverName
                    {
                        try pipeline.addHandler(TLSHandler(client: context, serverName: name))
                    }
                    try pipeline.addHandler(UpstreamHandler(shared: shared))
                }
            }
        if let address = try? SocketAddress(ipAddress: configuration.host, port: configuration.port) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.connect(host: configuration.host, port: configuration.port)
    }

    private func connected(_ channel: any Channel, _ configuration: RelayConfiguration.Upstream) {
        do {
            let handler = try channel.pipeline.syncOperations.handler(type: UpstreamHandler.self)
            upstreamHandler = handler
            handler.attach(self)
        } catch {
            return upstreamFailed(.closed(.connect))
        }
        if loop.shared.isOwnListener(remote: channel.remoteAddress, local: channel.localAddress) {
            return upstreamFailed(.loop)
        }
        // With implicit TLS the session goes on when the handshake is complete.
        guard configuration.encryption != .implicit else { return }
        upstreamConnected(startsTLS: configuration.encryption == .starttls)
    }

    private static func leadsBack(_ error: any Error) -> Bool {
        if let error = error as? NIOConnectionError { return error.connectionErrors.contains { leadsBack($0.error) } }
        return error is UpstreamHandler.OwnListenerError
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
