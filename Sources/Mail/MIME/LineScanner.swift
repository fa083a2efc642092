// The lines of a message, one after the other, and what is wrong with their ends.
// Must not know what lines mean.

import Octets

/// A line by its offsets.
struct Line {
    let start: Int
    /// Behind its text.
    let end: Int
    /// Behind its line end.
    let next: Int
    /// Behind the text of the line before it.
    let endOfPrevious: Int
    let beginsWithDashes: Bool

    var isEmpty: Bool { start == end }
}

/// Walks over lines. Any of CRLF, CR and LF ends one; the last two are defects.
struct LineScanner {
    private var position: Int
    private var endOfPrevious: Int
    private(set) var defects = Defects()

    init(from start: Int) {
        position = start
        endOfPrevious = start
    }

    /// Goes on at `offset`, not backwards; what is before it is no line of its own.
    mutating func skip(to offset: Int) {
        guard offset >= position else { return }
        position = offset
        endOfPrevious = offset
    }

    /// The next line, be it empty; nil at the end.
    mutating func next(in octets: Span<UInt8>) -> Line? {
        guard position < octets.count else { return nil }
        let start = position
        var end = octets.firstOffset(of: .cr, .lf, .nul, from: start) ?? octets.count
        while end < octets.count, octets[end] == .nul {
            defects.note(.nul, at: end)
            end = octets.firstOffset(of: .cr, .lf, .nul, from: end + 1) ?? octets.count
        }
        var index = end
        if index < octets.count {
            index += 1
            if octets[end] == .lf {
                defects.note(.bareLF, at: end)
            } else if index < octets.count, octets[index] == .lf {
                index += 1
            } else {
                defects.note(.bareCR, at: end)
            }
        }
        position = index
        defer { endOfPrevious = end }
        let beginsWithDashes = end - start >= 2 && octets[start] == 0x2D && octets[start + 1] == 0x2D
        return Line(
            start: start,
            end: end,
            next: index,
            endOfPrevious: endOfPrevious,
            beginsWithDashes: beginsWithDashes
        )
    }
}
