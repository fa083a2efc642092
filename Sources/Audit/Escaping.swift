// Text of any origin as the inside of a JSON string that is safe to read, to parse and to show on a terminal.
// Must not let through a byte that ends a line, a string or an escape, nor a character that turns or hides text.

extension [UInt8] {
    /// Appends a text with everything escaped that is not a plain character.
    ///
    /// Invalid UTF-8 becomes U+FFFD, one for each maximal part (Unicode 16, section 3.9). A text of more than `limit`
    /// octets is cut between two characters and ends in `…+N`, N being the octets left out; since such a text is the
    /// only one longer than the limit, the mark can't be forged.
    mutating func append(escaping text: borrowing Span<UInt8>, limit: Int) {
        var position = 0
        while position < text.count {
            position = append(plain: text, from: position, to: Swift.min(text.count, limit))
            guard position < text.count else { return }
            let (scalar, length) = text.scalar(at: position)
            guard position + length <= limit else { return append(leftOut: text.count - position) }
            append(scalar: scalar)
            position += length
        }
    }

    /// Appends the printable ASCII from `start` on that needs no escape; returns where it ends.
    private mutating func append(plain text: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int {
        var position = start
        append(addingCapacity: end - start) { (output: inout OutputSpan<UInt8>) in
            while position < end, text[position].isPlain {
                output.append(text[position])
                position += 1
            }
        }
        return position
    }

    private mutating func append(leftOut count: Int) {
        append(contentsOf: "…+".utf8)
        append(decimal: count.magnitude, digits: 1)
    }

    private mutating func append(scalar: Unicode.Scalar) {
        switch scalar {
        case "\"", "\\":
            append(UInt8(ascii: "\\"))
            append(UInt8(truncatingIfNeeded: scalar.value))
        case _ where scalar.isTreacherous:
            for unit in String(scalar).utf16 { append(escape: unit) }
        default:
            append(contentsOf: String(scalar).utf8)
        }
    }

    /// As JSON has it (RFC 8259 section 7): four digits, two of these beyond the Basic Multilingual Plane.
    private mutating func append(escape unit: UInt16) {
        append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension [UInt8] {
    /// JSON that others have written, as it may be shown on a terminal: what is treacherous in its texts is escaped, as
    /// in audit lines, and what is no UTF-8 is U+FFFD. It means the same.
    package var shownAsJSON: [UInt8] {
        guard contains(where: { $0 >= 0x7F }) else { return self }
        var shown: [UInt8] = []
        shown.reserveCapacity(count + 64)
        let text = span
        var position = 0
        while position < text.count {
            let (scalar, length) = text.scalar(at: position)
            // Below are the blanks between values, which can't be escaped, and what no JSON has in a text.
            if scalar.value >= 0x7F, scalar.isTreacherous {
                shown.append(scalar: scalar)
            } else {
                shown.append(contentsOf: String(scalar).utf8)
            }
            position += length
        }
        return shown
    }
}

extension Unicode.Scalar {
    /// Whether a terminal, an editor or a log collector may do something else with it than show it: controls, line
    /// and paragraph separators, and what is invisible or changes the direction of text.
    package var isTreacherous: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F: true  // C0, DEL, C1
        case 0xAD, 0x61C, 0x180E, 0xFEFF: true  // soft hyphen, Arabic letter mark, vowel separator, byte order mark
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F: true  // zero width, separators, bidi
        case 0xFFF9...0xFFFB, 0xE0000...0xE007F: true  // interlinear annotation, tags
        default: false
        }
    }
}

extension UInt8 {
    fileprivate var isPlain: Bool {
        self >= 0x20 && self < 0x7F && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}
