// The lines of a listing that passes by in parts, and the words of a line.
// Must not know what they mean.

import Octets

/// Puts together the lines of a listing that is cut anywhere. What is too long for a line of a listing is none, and is handed
/// over as it comes: its beginning could be another number or unique-id than the whole.
struct ListingLines: Sendable {
    /// A number, blanks and a unique-id (RFC 1939 section 7) are far below it.
    private static let longest = 128

    /// The start of a line whose end has not come yet.
    private var rest: [UInt8] = []
    /// The line whose end has not come yet is too long.
    private var isTooLong = false

    /// Hands over each line that ends in this part, with its CR and without its LF, and each piece of one that is too long.
    mutating func append(
        _ part: Span<UInt8>,
        line: (Span<UInt8>) -> Void,
        piece: (Span<UInt8>) -> Void = { _ in }
    ) {
        var start = 0
        while start < part.count {
            let end = part.firstOffset(of: 0x0A, from: start)
            let next = part.extracting(start..<(end ?? part.count))
            start = end.map { $0 + 1 } ?? part.count
            if isTooLong || rest.count + next.count > Self.longest {
                piece(rest.span)
                piece(next)
                if end != nil { piece([0x0A].span) }
                rest.removeAll(keepingCapacity: true)
                isTooLong = end == nil
            } else if end == nil {
                keep(next)
            } else if rest.isEmpty {
                line(next)
            } else {
                keep(next)
                let whole = rest
                rest.removeAll(keepingCapacity: true)
                line(whole.span)
            }
        }
    }

    private mutating func keep(_ octets: Span<UInt8>) {
        for index in octets.indices { rest.append(octets[index]) }
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
