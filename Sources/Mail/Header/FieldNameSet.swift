// Which names of fields a header may have: most rules ask for fields that most messages have not.
// Must not be taken for an answer when it says yes.

/// A set of field names that forgets which they were. What was put in is in it; what was not may be, too.
package struct FieldNameSet: Sendable {
    /// 512, since a header has some thirty names, and a rule file asks for ten: where it has none of them, that is to show.
    private var bits = SIMD8<UInt64>()

    package init(_ names: [[UInt8]] = []) {
        for name in names { insert(name) }
    }

    /// Puts in the name in `range` of `octets`. The case of letters does not count.
    ///
    /// - Returns: Whether it was not in it.
    @discardableResult
    mutating func insert(_ range: Range<Int>, of octets: Span<UInt8>) -> Bool {
        if range.isEmpty { return false }
        // Some octets tell nearly all names apart that mail has.
        var sum = UInt64(octets[range.lowerBound].lowercased)
        sum = sum << 8 | UInt64(octets[range.lowerBound + range.count / 2].lowercased)
        sum = sum << 8 | UInt64(octets[range.upperBound - 1].lowercased)
        sum = sum << 8 | UInt64(truncatingIfNeeded: range.count)
        // With this factor the names that are frequent, and those that rules ask for, have bits of their own.
        let hash = Int((sum &* 0x301B_A988_0A3E_FB81) >> 55)
        let bit: UInt64 = 1 << UInt64(hash & 63)
        let isNew = bits[hash >> 6] & bit == 0
        bits[hash >> 6] |= bit
        return isNew
    }

    /// Puts in a name.
    package mutating func insert(_ name: [UInt8]) { insert(0..<name.count, of: name.span) }

    /// Puts in all names of another set.
    package mutating func formUnion(_ other: FieldNameSet) { bits |= other.bits }

    /// False if no name is in both.
    package func mayShare(with other: FieldNameSet) -> Bool { bits & other.bits != .zero }
}
