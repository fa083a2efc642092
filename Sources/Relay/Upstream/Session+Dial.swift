// Opening the upstream's connection, on the client's event loop.
// Must not choose a host by anything but the settings.

import NIOCore
import NIOPosix
import POP3
import TLS

extension Session {
    func dial(user: [UInt8]?) {
        guard let configuration = loop.configuration.upstream(for: user) else { return upstreamFailed(.noRoute) }
        ledger.upstreamChosen(configuration.name)
        upstream = Wire(now: loop.now)
        let dialling = Dialling()
        dialled = Upstream(configuration: configuration, dialling: dialling)
        connect(to: configuration).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel) where dialling.isGivenUp: channel.close(promise: nil)
            case .failure where dialling.isGivenUp: break
            case .success(let channel):
                let handler = try? channel.pipeline.syncOperations.handler(type: UpstreamHandler.self)
                // From here on its channel's events are the session's.
                handler?.attach(self)
                self.take(handler.map { .upstreamConnected($0) } ?? .upstreamUnreachable(ChannelError.eof))
            case .failure(let error): self.take(.upstreamUnreachable(error))
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

    func upstreamConnected(_ handler: UpstreamHandler) {
        guard let configuration = dialled.configuration, let context = handler.context, !machine.isClosed else {
            return handler.detach()
        }
        dialled.handler = handler
        upstream.context = context
        if loop.shared.isOwnListener(remote: context.channel.remoteAddress, local: context.channel.localAddress) {
            return upstreamFailed(.loop)
        }
        if configuration.encryption == .none { ledger.upstreamConnected(to: context.channel.remoteAddress, nil) }
        machine.upstreamConnected(SessionMachine.UpstreamEncryption(configuration.encryption))
    }

    func upstreamSecured(_ handshake: TLSHandshakeCompleted) {
        ledger.upstreamConnected(to: upstream.context?.channel.remoteAddress, handshake)
        machine.upstreamSecured()
    }

    func upstreamUnreachable(_ error: any Error) {
        upstreamFailed(Self.leadsBack(error) ? .loop : .unreachable(NetworkReason(error).description))
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        machine.upstreamFailed(failure)
    }

    /// The session has no use for it any more.
    func closeUpstream() {
        dialled.dialling?.isGivenUp = true
        dialled.handler?.detach()
        dialled = Upstream(configuration: dialled.configuration)
        // Nothing that it has not taken yet matters any more, and it may never take it.
        upstream.abort()
        upstream = Wire(now: loop.now)
        reading = .nothing
    }

    private static func leadsBack(_ error: any Error) -> Bool {
        if let error = error as? NIOConnectionError { return error.connectionErrors.contains { leadsBack($0.error) } }
        return error is UpstreamHandler.OwnListenerError
    }
}

/// An attempt to connect. A class, since it is given up while others hold it.
final class Dialling {
    /// The session has moved on: nobody waits for this one.
    var isGivenUp = false
}

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
