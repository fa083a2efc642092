// Base64 (RFC 2045 section 6.8), read as leniently as mail programs do, and written.
// Must not know where the text stands.

/// Base64 as it comes from the network.
package enum Base64 {
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
    static func decode(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        var decoder = Base64Decoder()
        let values = values.span
        let room = text.count / 4 * 3 + 3
        if output.isEmpty { output.reserveCapacity(room) }
        output.append(addingCapacity: room) { output in
            for index in text.indices { decoder.decode(values[Int(text[index])], into: &output) }
            decoder.finish(into: &output)
        }
        return decoder.isValid
    }

    /// `octets` as Base64, padded, in one line.
    package static func encode(_ octets: some Collection<UInt8>) -> [UInt8] {
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

/// What is known between two characters of Base64.
private struct Base64Decoder {
    private(set) var isValid = true
    private var missingPadding = 0
    private var isPadded = false
    private var bits: UInt32 = 0
    private var count = 0

    /// Takes the value of one character.
    @inline(__always)
    mutating func decode(_ value: UInt8, into output: inout OutputSpan<UInt8>) {
        if value < 64 {
            bits = bits << 6 | UInt32(value)
            count += 1
            if count == 4 {
                output.append(UInt8(truncatingIfNeeded: bits >> 16))
                output.append(UInt8(truncatingIfNeeded: bits >> 8))
                output.append(UInt8(truncatingIfNeeded: bits))
                (bits, count) = (0, 0)
                if isPadded { isValid = false }
            }
        } else if value == 64 {
            pad(into: &output)
        } else if value == 66 {
            isValid = false
        }
    }

    private mutating func pad(into output: inout OutputSpan<UInt8>) {
        if count > 0 {
            if isPadded { isValid = false }
            missingPadding = 4 - count
            isPadded = true
            flush(into: &output)
        }
        missingPadding -= 1
        if missingPadding < 0 { isValid = false }
    }

    mutating func finish(into output: inout OutputSpan<UInt8>) {
        if count > 0 || missingPadding > 0 { isValid = false }
        flush(into: &output)
    }

    /// Appends the octets that two or three last characters stand for; one alone stands for nothing.
    private mutating func flush(into output: inout OutputSpan<UInt8>) {
        switch count {
        case 2: output.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            output.append(UInt8(truncatingIfNeeded: bits >> 10))
            output.append(UInt8(truncatingIfNeeded: bits >> 2))
        case 1: isValid = false
        default: break
        }
        (bits, count) = (0, 0)
    }
}
