// Reading octets out of spans: prefixes, decimal numbers.
// Must not know what the octets mean.

extension Span where Element == UInt8 {
    package func begins(_ prefix: String) -> Bool {
        var index = 0
        for octet in prefix.utf8 {
            guard index < count, self[index] == octet else { return false }
            index += 1
        }
        return true
    }
}

extension Array where Element == UInt8 {
    package init(copying octets: Span<UInt8>) {
        self.init()
        reserveCapacity(octets.count)
        for index in octets.indices { append(octets[index]) }
    }
}

extension String {
    /// The octets as text; what is not UTF-8 becomes U+FFFD.
    package init(copying octets: Span<UInt8>) {
        self.init(decoding: [UInt8](copying: octets), as: UTF8.self)
    }
}

/// The value of nothing but ASCII digits, nil for anything else and for what does not fit.
package func parseDecimal(_ digits: Span<UInt8>) -> UInt64? {
    guard digits.count > 0, digits.count <= 19 else { return nil }
    var value: UInt64 = 0
    for index in digits.indices {
        let digit = digits[index] &- 0x30
        guard digit <= 9 else { return nil }
        value = value * 10 + UInt64(digit)
    }
    return value
}
