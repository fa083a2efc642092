// One character out of bytes that may be anything (RFC 3629).
// Must not trap, and must say U+FFFD where a strict decoder would.

extension Span<UInt8> {
    /// The character that begins at `position`, which is within bounds, and how many octets it takes; U+FFFD and the
    /// maximal part that no decoder can go on from where they are no character.
    func scalar(at position: Int) -> (scalar: Unicode.Scalar, length: Int) {
        let first = self[position]
        guard first >= 0x80 else { return (Unicode.Scalar(first), 1) }
        guard let form = UTF8Form(first: first) else { return (.replacement, 1) }
        var value = UInt32(first & form.mask)
        var length = 1
        while length < form.length {
            guard position + length < count else { return (.replacement, length) }
            let next = self[position + length]
            guard length == 1 ? form.second.contains(next) : (0x80...0xBF).contains(next) else {
                return (.replacement, length)
            }
            value = value << 6 | UInt32(next & 0x3F)
            length += 1
        }
        return (Unicode.Scalar(value) ?? .replacement, length)
    }
}

extension Unicode.Scalar {
    fileprivate static let replacement: Unicode.Scalar = "\u{FFFD}"
}

/// What a first octet of 80 or more promises (RFC 3629 section 4).
private struct UTF8Form {
    /// Octets in all.
    var length: Int
    /// The first octet's bits that belong to the value.
    var mask: UInt8
    /// What the second octet may be: no overlong form, no surrogate, nothing beyond U+10FFFF.
    var second: ClosedRange<UInt8>

    /// Nil where no character begins so.
    init?(first: UInt8) {
        switch first {
        case 0xC2...0xDF: (length, mask, second) = (2, 0x1F, 0x80...0xBF)
        case 0xE0: (length, mask, second) = (3, 0x0F, 0xA0...0xBF)
        case 0xED: (length, mask, second) = (3, 0x0F, 0x80...0x9F)
        case 0xE1...0xEF: (length, mask, second) = (3, 0x0F, 0x80...0xBF)
        case 0xF0: (length, mask, second) = (4, 0x07, 0x90...0xBF)
        case 0xF1...0xF3: (length, mask, second) = (4, 0x07, 0x80...0xBF)
        case 0xF4: (length, mask, second) = (4, 0x07, 0x80...0x8F)
        default: return nil
        }
    }
}
