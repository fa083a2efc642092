// The lines of a listing that passes by in parts, and the words of a line.
// Must not know what they mean.

import Octets

/// Puts together the lines of a listing that is cut anywhere; what no line of a listing is long enough for is dropped.
struct ListingLines: Sendable {
    /// The start of a line whose end has not come yet.
    private var rest: [UInt8] = []

    /// Hands over each line that ends in this part, with its CR and without its LF.
    mutating func append(_ part: Span<UInt8>, line: (Span<UInt8>) -> Void) {
        var start = 0
        while let end = part.firstOffset(of: 0x0A, from: start) {
            if rest.isEmpty {
                line(part.extracting(start..<end))
            } else {
                keep(part.extracting(start..<end))
                let whole = rest
                rest.removeAll(keepingCapacity: true)
                line(whole.span)
            }
            start = end + 1
        }
        keep(part.extracting(start..<part.count))
    }

    /// A number, blanks and a unique-id (RFC 1939 section 7) are far below 128 octets.
    private mutating func keep(_ octets: Span<UInt8>) {
        for index in octets.indices where rest.count < 128 { rest.append(octets[index]) }
    }
}

/// The words of a reply's line; blanks and tabs in a row count as one.
enum ListingWords {
    /// The words from an offset on, at most so many.
    static func ranges(of line: Span<UInt8>, from start: Int, upTo limit: Int) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var index = start
        while index < line.count, words.count < limit {
            while index < line.count, isBlank(line[index]) { index += 1 }
            let first = index
            while index < line.count, !isBlank(line[index]) { index += 1 }
            if first < index { words.append(first..<index) }
        }
        return words
    }

    /// The first words as numbers, up to three; nil for one that is none. Without an offset the line begins with `+OK`.
    static func numbers(of line: Span<UInt8>, from start: Int? = nil) -> [UInt64?] {
        guard start != nil || line.begins("+OK") else { return [] }
        return ranges(of: line, from: start ?? 3, upTo: 3).map { parseDecimal(line.extracting($0)) }
    }

    private static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 || octet == 0x0D }
}
