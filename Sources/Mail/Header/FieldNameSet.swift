// Which names of fields a header may have: most rules ask for fields that most messages have not.
// Must not be taken for an answer when it says yes.

/// A set of field names that forgets which they were. What was put in is in it; what was not may be, too.
package struct FieldNameSet: Sendable {
    private var bits: UInt64 = 0
    /// Names of which one may have been put in twice.
    private var repeatedBits: UInt64 = 0

    package init(_ names: [[UInt8]] = []) {
        for name in names { insert(name) }
    }

    /// Puts in a name by its first and last octet and its length. The case of letters does not count.
    mutating func insert(first: UInt8, last: UInt8, length: Int) {
        let hash = UInt64(first.lowercased) &* 31 &+ UInt64(last.lowercased) &* 7 &+ UInt64(truncatingIfNeeded: length)
        let bit: UInt64 = 1 << (hash & 63)
        repeatedBits |= bits & bit
        bits |= bit
    }

    /// Puts in a name.
    package mutating func insert(_ name: [UInt8]) {
        guard let first = name.first, let last = name.last else { return }
        insert(first: first, last: last, length: name.count)
    }

    /// Puts in all names of another set.
    package mutating func formUnion(_ other: FieldNameSet) {
        repeatedBits |= other.repeatedBits | bits & other.bits
        bits |= other.bits
    }

    /// False if none of the names in the other set was put in twice.
    func mayRepeat(_ other: FieldNameSet) -> Bool { repeatedBits & other.bits != 0 }

    /// False if no name is in both.
    package func mayShare(with other: FieldNameSet) -> Bool { bits & other.bits != 0 }
}
