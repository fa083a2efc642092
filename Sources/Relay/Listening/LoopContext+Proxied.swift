// From the connection of a proxy to the session of whoever is behind it.
// Must not believe anybody whom the settings don't trust.

import NIOCore
import ProxyProtocol
import Transport

extension LoopContext {
    func awaitHeader(
        _ connection: Connection,
        _ number: Int,
        _ listener: OpenListener,
        _ ended: @escaping () -> Void
    ) {
        let address = connection.remoteAddress
        guard isTrustedProxy(address) else {
            noteRefusal(address, listener, .untrustedProxy)
            return drop(connection, ended)
        }
        let proxy = ProxiedClient(
            of: connection,
            within: configuration.timeouts.proxyHeader,
            ended: ended,
            decided: { [self] proxy, outcome in
                proxies[ObjectIdentifier(proxy)] = nil
                decided(connection, number, outcome, ended)
            }
        )
        proxies[ObjectIdentifier(proxy)] = proxy
        connection.owner = proxy
    }

    /// Who may open a Unix socket is said by its file.
    private func isTrustedProxy(_ address: SocketAddress?) -> Bool {
        if case .unixDomainSocket = address { return true }
        return address.flatMap(IPAddress.init).map(configuration.trustedProxies.contains) == true
    }

    private func decided(
        _ connection: Connection,
        _ number: Int,
        _ outcome: ProxiedClient.Outcome,
        _ ended: @escaping () -> Void
    ) {
        // Whoever comes to a relay that ends is as good as refused by the kernel.
        guard let listener = listener(number), !isDraining else { return connection.abort() }
        switch outcome {
        case .named(let client): begin(connection, place(of: client, by: connection), listener, ended)
        case .malformed: refuse(connection, listener, .noProxyHeader)
        case .late: refuse(connection, listener, .lateProxyHeader)
        case .left: connection.abort()
        }
    }

    private func refuse(_ connection: Connection, _ listener: OpenListener, _ reason: RelayState.RefusalReason) {
        noteRefusal(connection.remoteAddress, listener, reason)
        connection.abort()
    }

    /// Whom nobody names has the proxy's address and is not counted: it would be all of its clients who have to wait.
    private func place(of client: ProxyHeader.Client, by connection: Connection) -> ClientPlace {
        let proxy = connection.remoteAddress
        switch client {
        case .proxyItself, .unknown:
            return ClientPlace(address: proxy, block: nil, isHere: false, proxy: proxy?.name ?? "")
        case .known(let source, let destination):
            let address = SocketAddress(source)
            return ClientPlace(
                address: address,
                block: countedBlock(address),
                isHere: address?.isLoopback == true,
                proxy: proxy?.name ?? "",
                destination: destination
            )
        }
    }
}

extension SocketAddress {
    init?(_ endpoint: IPEndpoint) {
        let octets = ByteBuffer(bytes: endpoint.octets)
        guard let address = try? SocketAddress(packedIPAddress: octets, port: Int(endpoint.port)) else { return nil }
        self = address
    }
}
