// The header of the PROXY protocol, versions 1 and 2: who is behind the proxy that has connected.
// Must not decide whom to believe. Reads no more than the header: what follows is somebody else's.

/// What a proxy says of the connection that it passes on (HAProxy's proxy-protocol.txt).
package struct ProxyHeader: Equatable, Sendable {
    package enum Version: String, Sendable, CaseIterable {
        case v1
        case v2
    }

    /// Whose connection it is.
    package enum Client: Equatable, Sendable {
        /// The proxy's own: it looks whether somebody is there.
        case proxyItself
        /// Somebody's without an IP address, or whom the proxy does not name.
        case unknown
        case known(source: IPEndpoint, destination: IPEndpoint)
    }

    package var client: Client

    package init(_ client: Client) { self.client = client }

    /// How far the octets so far go.
    package enum Progress: Equatable, Sendable {
        case incomplete
        /// - Parameter length: octets of the header; those behind it are the client's
        case complete(ProxyHeader, length: Int)
        case malformed
    }

    /// Octets of a header that is taken. Version 1 has 107 at most; version 2 has 52, and what proxies add: the longest
    /// that they do are the names of a certificate and of a host.
    package static let most = 4_096

    /// The beginning of version 2.
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    static let opening = Array("PROXY ".utf8)
    /// Of version 1, with its CRLF.
    static let mostOfLine = 107

    /// - Parameter octets: from the first one of the connection on
    package static func read(_ octets: [UInt8]) -> Progress {
        if octets.isPrefix(of: signature) || octets.isPrefix(of: opening) { return .incomplete }
        if octets.starts(with: signature) { return readBinary(octets) }
        if octets.starts(with: opening) { return readLine(octets) }
        return .malformed
    }

    // MARK: Version 1

    private static func readLine(_ octets: [UInt8]) -> Progress {
        guard let end = octets.prefix(mostOfLine).firstIndex(of: 0x0A) else {
            return octets.count < mostOfLine ? .incomplete : .malformed
        }
        guard octets[end - 1] == 0x0D, let client = client(ofLine: octets[opening.count..<(end - 1)]) else {
            return .malformed
        }
        return .complete(ProxyHeader(client), length: end + 1)
    }

    private static func client(ofLine line: ArraySlice<UInt8>) -> Client? {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        // Whatever stands behind it is to be ignored.
        if words[0].elementsEqual("UNKNOWN".utf8) { return .unknown }
        guard words.count == 5 else { return nil }
        let parse: (ArraySlice<UInt8>) -> [UInt8]?
        if words[0].elementsEqual("TCP4".utf8) {
            parse = IPEndpoint.ipv4
        } else if words[0].elementsEqual("TCP6".utf8) {
            parse = IPEndpoint.ipv6
        } else {
            return nil
        }
        guard let source = endpoint(parse(words[1]), words[3]), let destination = endpoint(parse(words[2]), words[4])
        else { return nil }
        return .known(source: source, destination: destination)
    }

    private static func endpoint(_ address: [UInt8]?, _ port: ArraySlice<UInt8>) -> IPEndpoint? {
        guard let address, let port = IPEndpoint.number(port, most: 65_535) else { return nil }
        return IPEndpoint(octets: address, port: UInt16(port))
    }

    // MARK: Version 2

    private static func readBinary(_ octets: [UInt8]) -> Progress {
        // What is wrong is told as soon as it is there.
        guard octets.count > 12 else { return .incomplete }
        guard octets[12] == 0x20 || octets[12] == 0x21 else { return .malformed }
        guard octets.count >= 16 else { return .incomplete }
        let length = 16 + (Int(octets[14]) << 8 | Int(octets[15]))
        guard length <= most else { return .malformed }
        guard octets.count >= length else { return .incomplete }
        // LOCAL: whatever else it says is to be ignored.
        guard octets[12] == 0x21 else { return .complete(ProxyHeader(.proxyItself), length: length) }
        guard let client = client(family: octets[13], octets[16..<length]) else { return .malformed }
        return .complete(ProxyHeader(client), length: length)
    }

    /// - Parameter addresses: and behind them what proxies add, which is skipped
    private static func client(family: UInt8, _ addresses: ArraySlice<UInt8>) -> Client? {
        switch family {
        // TCP over IPv4 and IPv6.
        case 0x11: known(addresses, octets: 4)
        case 0x21: known(addresses, octets: 16)
        // Unspecified, and sockets of Unix.
        case 0x00: .unknown
        case 0x31: addresses.count >= 216 ? .unknown : nil
        // Datagrams are no connections, and the rest is nothing.
        default: nil
        }
    }

    private static func known(_ addresses: ArraySlice<UInt8>, octets count: Int) -> Client? {
        guard addresses.count >= 2 * count + 4 else { return nil }
        let start = addresses.startIndex
        func port(at offset: Int) -> UInt16 {
            UInt16(addresses[start + offset]) << 8 | UInt16(addresses[start + offset + 1])
        }
        let source = Array(addresses[start..<(start + count)])
        let destination = Array(addresses[(start + count)..<(start + 2 * count)])
        guard let source = IPEndpoint(octets: source, port: port(at: 2 * count)),
            let destination = IPEndpoint(octets: destination, port: port(at: 2 * count + 2))
        else { return nil }
        return .known(source: source, destination: destination)
    }
}

extension [UInt8] {
    /// Whether this is the beginning of `whole`, and not all of it.
    fileprivate func isPrefix(of whole: [UInt8]) -> Bool { count < whole.count && whole.starts(with: self) }
}
