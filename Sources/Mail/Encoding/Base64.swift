// Base64 (RFC 2045 section 6.8), read as leniently as mail programs do, and written.
// Must not know where the text stands.

/// Base64 as it comes from the network.
enum Base64 {
    /// The value of each octet; 64 for `=`, 65 for white space, 66 for what does not belong.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 66, count: 256)
        for (value, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(value) }
        values[Int(UInt8.equals)] = 64
        for octet: UInt8 in [.space, .tab, .cr, .lf] { values[Int(octet)] = 65 }
        return values
    }()

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends what `text` stands for.
    ///
    /// White space is skipped, so is what does not belong (RFC 2045 section 6.8); text goes on behind padding.
    ///
    /// - Returns: Whether it was well formed: nothing in it that does not belong, padded where it must be, nowhere else.
    @discardableResult
    static func decode(_ text: ArraySlice<UInt8>, into output: inout [UInt8]) -> Bool {
        output.reserveCapacity(output.count + text.count / 4 * 3 + 3)
        let values = values.span
        var isValid = true
        var missingPadding = 0
        var isPadded = false
        var bits: UInt32 = 0
        var count = 0
        for octet in text {
            let value = values[Int(octet)]
            if value < 64 {
                if isPadded { isValid = false }
                bits = bits << 6 | UInt32(value)
                count += 1
                if count == 4 {
                    output.append(UInt8(truncatingIfNeeded: bits >> 16))
                    output.append(UInt8(truncatingIfNeeded: bits >> 8))
                    output.append(UInt8(truncatingIfNeeded: bits))
                    (bits, count) = (0, 0)
                }
            } else if value == 64 {
                if count > 0 {
                    isValid = finish(bits, count, into: &output) && isValid
                    missingPadding = 4 - count
                    isPadded = true
                    (bits, count) = (0, 0)
                }
                missingPadding -= 1
                if missingPadding < 0 { isValid = false }
            } else if value == 66 {
                isValid = false
            }
        }
        if count > 0 {
            _ = finish(bits, count, into: &output)
            isValid = false
        }
        return isValid && missingPadding == 0
    }

    /// Appends the octets that two or three last characters stand for; one alone stands for nothing.
    private static func finish(_ bits: UInt32, _ count: Int, into output: inout [UInt8]) -> Bool {
        switch count {
        case 2: output.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            output.append(UInt8(truncatingIfNeeded: bits >> 10))
            output.append(UInt8(truncatingIfNeeded: bits >> 2))
        default: return false
        }
        return true
    }

    /// `octets` as Base64, padded, in one line.
    static func encode(_ octets: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 1
            if count == 3 {
                for shift: UInt32 in [18, 12, 6, 0] { text.append(alphabet[Int(bits >> shift & 63)]) }
                (bits, count) = (0, 0)
            }
        }
        if count > 0 {
            bits <<= count == 1 ? 16 : 8
            for shift: UInt32 in [18, 12, 6].prefix(count + 1) { text.append(alphabet[Int(bits >> shift & 63)]) }
            text += repeatElement(.equals, count: 3 - count)
        }
        return text
    }
}
