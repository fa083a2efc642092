// UTF-16 and UTF-32 whose order of octets the text tells, or does not (RFC 2781).
// Must not ask iconv to guess: it takes the order of the machine that it runs on.

/// Text in units of two or four octets.
enum WideText: Equatable {
    case utf16
    case utf32

    private var name: String { self == .utf16 ? "utf-16" : "utf-32" }
    private var bigEndianMark: [UInt8] { self == .utf16 ? [0xFE, 0xFF] : [0, 0, 0xFE, 0xFF] }

    /// Appends `octets` as UTF-8: in the order that a byte order mark tells, else with the highest octet first (RFC
    /// 2781 section 4.3), and then it is said if the other order gives another text.
    func decode(_ octets: ArraySlice<UInt8>, into text: inout [UInt8]) -> Charset.Outcome {
        let mark = bigEndianMark
        if octets.starts(with: mark) { return Self.decode(octets.dropFirst(mark.count), name + "be", into: &text) }
        if octets.starts(with: mark.reversed()) {
            return Self.decode(octets.dropFirst(mark.count), name + "le", into: &text)
        }
        var (big, little): ([UInt8], [UInt8]) = ([], [])
        let outcome = Self.decode(octets, name + "be", into: &big)
        _ = Self.decode(octets, name + "le", into: &little)
        text += big
        return big == little ? outcome : .unordered
    }

    private static func decode(
        _ octets: ArraySlice<UInt8>,
        _ name: String,
        into text: inout [UInt8]
    ) -> Charset.Outcome { Charset.other(name).decode(octets, into: &text) }
}
