// A range of addresses, as people write it: 192.0.2.0/24, 2001:db8::/32, or one address.
// Must not decide what it is good for.

package import Transport

/// An IP network in CIDR notation (RFC 4632, RFC 4291 section 2.3).
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no network, and what would be right.
    package enum Fault: Error, Equatable {
        case notAnAddress
        /// The number behind the slash.
        case badPrefix(most: Int)
        /// There are bits behind the prefix: somebody has meant another network.
        case bitsBehindPrefix
    }

    /// As it was written.
    package let description: String
    private let address: IPAddress
    private let prefix: Int

    package init(_ text: String) throws(Fault) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { throw .notAnAddress }
        var prefix = address.width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...address.width).contains(number),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { throw .badPrefix(most: address.width) }
            prefix = number
        }
        self.address = address
        self.prefix = prefix
        description = text
        guard rest(of: address) == (0, 0) else { throw .bitsBehindPrefix }
    }

    /// Every address of its family.
    package var isAll: Bool { prefix == 0 }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.isIPv4 == address.isIPv4 else { return false }
        let mask = mask
        return other.high & mask.high == address.high & mask.high && other.low & mask.low == address.low & mask.low
    }

    /// Bits of the network; shifting by 64 and more gives 0.
    private var mask: (high: UInt64, low: UInt64) {
        if address.isIPv4 { return (0, 0xFFFF_FFFF & ~(0xFFFF_FFFF >> UInt64(prefix))) }
        return (~(UInt64.max >> UInt64(min(prefix, 64))), ~(UInt64.max >> UInt64(max(prefix - 64, 0))))
    }

    private func rest(of address: IPAddress) -> (UInt64, UInt64) {
        let mask = mask
        return (address.high & ~mask.high, address.low & ~mask.low & (address.isIPv4 ? 0xFFFF_FFFF : .max))
    }
}

extension [Network] {
    /// This machine itself.
    package static var loopback: [Network] { ["127.0.0.0/8", "::1"].compactMap { try? Network($0) } }

    /// This machine, and what is on the same wire (RFC 1122 section 3.2.1.3, RFC 3927, RFC 4291 section 2.5).
    package static var local: [Network] { localNetworks }

    func contains(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}

private let localNetworks = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/128", "::1", "fe80::/10"]
    .compactMap { try? Network($0) }
