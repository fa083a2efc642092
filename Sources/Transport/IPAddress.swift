// An IP address as bits.
// Must not look anything up.

package import NIOCore

/// An IPv4 or IPv6 address; IPv4 written as IPv6 (RFC 4291 section 2.5.5.2) is IPv4.
package struct IPAddress: Hashable, Sendable {
    /// All of an IPv6 address; of an IPv4 address the first is 0.
    package let high: UInt64
    package let low: UInt64
    package let isIPv4: Bool

    /// Nil for a Unix socket.
    package init?(_ address: SocketAddress) {
        switch address {
        case .v4: self.init(high: 0, low: UInt64(Self.word(of: address, at: 4)), isIPv4: true)
        case .v6:
            let high = UInt64(Self.word(of: address, at: 8)) << 32 | UInt64(Self.word(of: address, at: 12))
            let low = UInt64(Self.word(of: address, at: 16)) << 32 | UInt64(Self.word(of: address, at: 20))
            let isIPv4 = high == 0 && low >> 32 == 0xFFFF
            self.init(high: high, low: isIPv4 ? low & 0xFFFF_FFFF : low, isIPv4: isIPv4)
        case .unixDomainSocket: return nil
        }
    }

    /// Nil where the text is no address.
    package init?(_ text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    private init(high: UInt64, low: UInt64, isIPv4: Bool) {
        self.high = high
        self.low = low
        self.isIPv4 = isIPv4
    }

    /// Bits from the first one on.
    package var width: Int { isIPv4 ? 32 : 128 }

    /// Of `sockaddr_in`, whose address is behind four octets, and `sockaddr_in6`, where it is behind eight; both in the order of
    /// the network.
    private static func word(of address: SocketAddress, at offset: Int) -> UInt32 {
        unsafe address.withSockAddr { pointer, _ in
            // Invariant: the kernel's structs of both families are longer than what is read of them.
            let octets = unsafe UnsafeRawPointer(pointer)
            return unsafe UInt32(bigEndian: octets.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }
}
