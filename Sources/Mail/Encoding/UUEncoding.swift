// Uuencode, older than MIME and in no RFC; POSIX describes it.
// Must not decode it where no header announces it.

/// Uuencoded text as it comes from the network.
enum UUEncoding {
    /// Appends the first file in `text`.
    ///
    /// - Returns: Whether it had a beginning, an end, and lines as long as they say.
    @discardableResult
    static func decode(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        var isValid = true
        var hasBegun = false
        var start = 0
        while start < text.count {
            var stop = start
            while stop < text.count, !text[stop].isLineEnd { stop += 1 }
            let line = text.extracting(start..<stop)
            start = stop + 1
            if line.isEmpty { continue }
            if !hasBegun {
                hasBegun = line.stands(begin, at: 0)
            } else if line.count == end.count, line.stands(end, at: 0) {
                return isValid
            } else {
                isValid = decode(line: line, into: &output) && isValid
            }
        }
        return false
    }

    /// Whether a file begins in `text`: `begin`, a mode and a name, and a line of as many octets as it says.
    static func isEmbedded(in text: [UInt8]) -> Bool {
        var isBehindBegin = false
        for line in text.split(whereSeparator: \.isLineEnd) {
            if isBehindBegin, isWhole(line) { return true }
            isBehindBegin = begins(line)
        }
        return false
    }

    private static let begin = Array("begin ".utf8)
    private static let end = Array("end".utf8)

    private static func begins(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: begin) else { return false }
        let mode = line.dropFirst(begin.count).prefix { $0 &- 0x30 < 8 }
        return (3...4).contains(mode.count) && line.endIndex > mode.endIndex + 1 && line[mode.endIndex] == .space
    }

    /// Whether the octets that `line` says it has are there, but for spaces that got lost at its end.
    private static func isWhole(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first, let length = value(first), length > 0 else { return false }
        let expected = 1 + (Int(length) + 2) / 3 * 4
        return line.count <= expected + 1 && line.count > 1 && line.allSatisfy { value($0) != nil }
    }

    private static func decode(line: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard let length = value(line[0]) else { return false }
        var missing = Int(length)
        var isValid = true
        var index = 1
        while missing > 0, index < line.count {
            var bits: UInt32 = 0
            for offset in index..<index + 4 {
                // Spaces at a line's end get lost on the way; they are zeros.
                let octet = offset < line.count ? line[offset] : .space
                let value = value(octet)
                if value == nil { isValid = false }
                bits = bits << 6 | UInt32(value ?? 0)
            }
            for shift: UInt32 in [16, 8, 0].prefix(missing) {
                output.append(UInt8(truncatingIfNeeded: bits >> shift))
                missing -= 1
            }
            index += 4
        }
        return isValid && missing == 0
    }

    private static func value(_ octet: UInt8) -> UInt8? {
        octet >= 0x20 && octet <= 0x60 ? (octet - 0x20) & 63 : nil
    }
}
