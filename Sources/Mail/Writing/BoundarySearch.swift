// A boundary for a new multipart, which must not stand in what is put into it (RFC 2046 section 5.1.1).
// Must not roll dice: the same message gets the same boundary.

/// Looks for boundaries of ours in octets that may come in pieces.
struct BoundarySearch {
    private static let prefix = "=_popsieve_"
    private static let mark = Array(prefix.utf8)
    /// Digits that are looked at: more than a message can have made us count to.
    private static let digits = 18

    /// Numbers of boundaries that stand in what was looked at.
    private var taken: Set<Int> = []
    /// How many octets of `mark` were seen last, and the number behind it, if it is whole.
    private var seen = 0
    private var number = 0
    private var digitCount = 0

    /// Looks at the next octets.
    mutating func look(at octets: Span<UInt8>) {
        for index in octets.indices { take(octets[index]) }
    }

    /// The smallest number that makes a boundary which begins no line.
    var free: String { Self.prefix + String((1...).first { !taken.contains($0) } ?? 0) }

    @inline(__always)
    private mutating func take(_ octet: UInt8) {
        if seen < Self.mark.count, octet != Self.mark[seen] {
            // Only its first octet can begin it again: no other is the same.
            seen = octet == Self.mark[0] ? 1 : 0
        } else {
            takePart(octet)
        }
    }

    private mutating func takePart(_ octet: UInt8) {
        if seen < Self.mark.count {
            seen += 1
            (number, digitCount) = (0, 0)
        } else if octet &- 0x30 < 10, digitCount < Self.digits {
            number = number * 10 + Int(octet - 0x30)
            digitCount += 1
            // Any beginning of the digits would make a reader see the boundary that it is.
            taken.insert(number)
        } else {
            seen = octet == Self.mark[0] ? 1 : 0
        }
    }
}
