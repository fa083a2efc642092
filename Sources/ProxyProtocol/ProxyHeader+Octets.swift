// The header as it is sent.
// Must not say more than it knows: who has no IP address is unknown.

extension ProxyHeader {
    /// The header in octets.
    package func octets(_ version: Version) -> [UInt8] {
        switch version {
        case .v1: Array(line.utf8)
        case .v2: binary
        }
    }

    private var line: String {
        guard case .known(let source, let destination) = client else { return "PROXY UNKNOWN\r\n" }
        // Both are of one family; an IPv4 address among IPv6 ones is written as one of these.
        let isIPv4 = source.isIPv4 && destination.isIPv4
        func text(_ end: IPEndpoint) -> String {
            !isIPv4 && end.isIPv4 ? "::ffff:\(end.addressText)" : end.addressText
        }
        let addresses = "\(text(source)) \(text(destination)) \(source.port) \(destination.port)"
        return "PROXY \(isIPv4 ? "TCP4" : "TCP6") \(addresses)\r\n"
    }

    private var binary: [UInt8] {
        switch client {
        case .proxyItself: return Self.signature + [0x20, 0x00, 0, 0]
        case .unknown: return Self.signature + [0x21, 0x00, 0, 0]
        case .known(let source, let destination):
            let isIPv4 = source.isIPv4 && destination.isIPv4
            let addresses =
                isIPv4 ? source.octets + destination.octets : source.octetsOfIPv6 + destination.octetsOfIPv6
            let ports = [source.port, destination.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            let length = UInt8(addresses.count + ports.count)
            return Self.signature + [0x21, isIPv4 ? 0x11 : 0x21, 0, length] + addresses + ports
        }
    }
}
