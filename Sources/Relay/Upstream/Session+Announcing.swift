// What an upstream is told of the client: by a header before everything else, or by Dovecot's XCLIENT before the login.
// Must not name anybody whom the relay does not know itself.

import NIOCore
import ProxyProtocol
import Transport

extension Session.Origin {
    /// The client's address; nil where its proxy has not said who it is, or it came by a socket of this machine.
    private var source: IPEndpoint? {
        guard proxy == nil || destination != nil else { return nil }
        return (try? SocketAddress(ipAddress: clientAddress, port: clientPort)).flatMap(IPEndpoint.init)
    }

    /// - Parameter address: what the client has connected to, as far as this machine knows
    func header(destination address: SocketAddress?) -> ProxyHeader {
        guard let source, let destination = destination ?? address.flatMap(IPEndpoint.init) else {
            return ProxyHeader(.unknown)
        }
        return ProxyHeader(.known(source: source, destination: destination))
    }

    /// Relays that pass a client on to one another end so.
    private static let hops = 5

    /// For XCLIENT, in Dovecot's words: its log has the session by the name that ours gives it.
    var announcement: [UInt8]? {
        guard source != nil else { return nil }
        return Array("ADDR=\(clientAddress) PORT=\(clientPort) SESSION=\(id) TTL=\(Self.hops)".utf8)
    }
}

extension IPEndpoint {
    init?(_ address: SocketAddress) {
        guard let port = address.port, let bits = IPAddress(address) else { return nil }
        let words = bits.isIPv4 ? [(bits.low, 4)] : [(bits.high, 8), (bits.low, 8)]
        let octets = words.flatMap { word, count in
            (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * (count - 1 - $0))) }
        }
        self.init(octets: octets, port: UInt16(port))
    }
}
