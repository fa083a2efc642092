// Quotation marks and operators of other languages, told from octets that mean nothing anywhere.
// Must not be taken for Sieve's own: each is an error.

/// Text between quotation marks that are none of Sieve: 'a', “a”, «a».
struct ForeignQuote {
    /// What stands between them; nil where the line ends before the mark that closes it.
    let text: [UInt8]?
    /// Octets to skip, marks included.
    let length: Int

    /// Nil if no such mark stands here.
    init?(_ source: ArraySlice<UInt8>) {
        guard let opening = Self.mark(in: source) else { return nil }
        let start = source.startIndex + opening.length
        var index = start
        while index < source.endIndex, !source[index].isLineEnd {
            let closing = Self.mark(in: source[index...])
            let isClosed = closing.map { $0.isSingle == opening.isSingle } ?? false
            if isClosed || !opening.isSingle && source[index] == .doubleQuote {
                text = Array(source[start..<index])
                length = index + (closing?.length ?? 1) - source.startIndex
                return
            }
            index += 1
        }
        (text, length) = (nil, opening.length)
    }

    private static func mark(in source: ArraySlice<UInt8>) -> (isSingle: Bool, length: Int)? {
        let octets = Array(source.prefix(3))
        if octets.first == UInt8(ascii: "'") { return (true, 1) }
        // U+00AB, U+00BB.
        if octets.starts(with: [0xC2, 0xAB]) || octets.starts(with: [0xC2, 0xBB]) { return (false, 2) }
        // U+2018 to U+201B, U+201C to U+201F.
        guard octets.count == 3, octets.starts(with: [0xE2, 0x80]), (0x98...0x9F).contains(octets[2]) else {
            return nil
        }
        return (octets[2] < 0x9C, 3)
    }
}

/// An operator, and what Sieve has in its place.
struct ForeignOperator {
    /// As it stands in the script.
    let text: String
    let fix: String

    private static let fixes: [UInt8: String] = [
        UInt8(ascii: "&"): "write allof (test, test)", UInt8(ascii: "|"): "write anyof (test, test)",
        UInt8(ascii: "!"): "write not", UInt8(ascii: ">"): "write :over, as in size :over 10M",
        UInt8(ascii: "<"): "write :under, as in size :under 10M",
        UInt8(ascii: "="): "write :is, as in header :is \"Subject\" \"text\"",
    ]

    /// Nil if none stands here.
    init?(_ source: ArraySlice<UInt8>) {
        guard let first = source.first, let fix = Self.fixes[first] else { return nil }
        text = String(decoding: source.prefix(2).prefix { Self.fixes[$0] != nil }, as: UTF8.self)
        self.fix = fix
    }
}
