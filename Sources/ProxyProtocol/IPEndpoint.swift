// An IP address with a port, as the PROXY protocol carries them.
// Must not look anything up.

/// One end of a TCP connection.
package struct IPEndpoint: Hashable, Sendable {
    /// In the order of the network: 4 of IPv4, 16 of IPv6.
    package let octets: [UInt8]
    package let port: UInt16

    /// Nil where there are neither 4 nor 16 octets. IPv4 written as IPv6 (RFC 4291 section 2.5.5.2) is IPv4.
    package init?(octets: [UInt8], port: UInt16) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        let isMapped = octets.count == 16 && octets.prefix(12).elementsEqual(Self.mapped)
        self.octets = isMapped ? Array(octets.suffix(4)) : octets
        self.port = port
    }

    private static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    package var isIPv4: Bool { octets.count == 4 }

    /// The same as 16 octets.
    package var octetsOfIPv6: [UInt8] { isIPv4 ? Self.mapped + octets : octets }
}

extension IPEndpoint {
    /// Four decimal numbers without leading zeros.
    static func ipv4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { number($0, most: 255).map(UInt8.init) }
        return octets.count == 4 ? octets : nil
    }

    /// The text of RFC 4291 section 2.2, without a zone.
    static func ipv6(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let gap = firstGap(in: text) else {
            let octets = groups(text)
            return octets?.count == 16 ? octets : nil
        }
        let (before, behind) = (text[..<gap], text[(gap + 2)...])
        guard let head = before.isEmpty ? [] : groups(before, isLast: false),
            let tail = behind.isEmpty ? [] : groups(behind), head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func firstGap(in text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") }
    }

    /// Groups between colons; the last may be an IPv4 address.
    private static func groups(_ text: ArraySlice<UInt8>, isLast: Bool = true) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var octets: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let last = ipv4(part) else { return nil }
                octets += last
            } else {
                guard (1...4).contains(part.count), let group = hexadecimal(part) else { return nil }
                octets += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return octets.count <= 16 ? octets : nil
    }

    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> Int? {
        text.reduce(0) { sum, digit in
            guard let sum else { return nil }
            return switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): sum << 4 | Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): sum << 4 | Int(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): sum << 4 | Int(digit - UInt8(ascii: "A") + 10)
            default: nil
            }
        }
    }

    /// Decimal, without leading zeros.
    static func number(_ text: ArraySlice<UInt8>, most: Int) -> Int? {
        guard (1...5).contains(text.count), text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
        var number = 0
        for digit in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number <= most ? number : nil
    }

    /// As version 1 has it. An IPv6 address is written in full: every reader knows that.
    package var addressText: String {
        if isIPv4 { return octets.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map {
            String(Int(octets[$0]) << 8 | Int(octets[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}
