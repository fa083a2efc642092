// A message on its way to the client, chunk by chunk: stuffed with dots, and cut where TOP wants no more lines.
// Must not be used for what came from the upstream as it was: that is stuffed already.

import Octets

/// Walks through the octets of a message that is not dot-stuffed (RFC 1939 section 3), however it is cut into chunks.
package struct StuffedOutput: Sendable {
    /// What comes next.
    package enum Part: Equatable, Sendable {
        /// These octets of the chunk.
        case octets(Range<Int>)
        /// A dot that is not in the chunk.
        case dot
    }

    /// Lines that are still wanted; nil where all are.
    package private(set) var lines: UInt64?
    /// Whether a bare LF ends a line; where the settings keep it, it ends none.
    private let endsAtBareLineFeed: Bool
    private var isAtLineStart = true
    private var isStuffed = false
    private var last: UInt8 = 0

    /// - Parameters:
    ///   - lines: how many are wanted; nil where all are
    ///   - endsAtBareLineFeed: whether a bare LF ends a line
    package init(lines: UInt64? = nil, endsAtBareLineFeed: Bool = true) {
        self.lines = lines
        self.endsAtBareLineFeed = endsAtBareLineFeed
    }

    /// No more lines are wanted.
    package var isOver: Bool { lines == 0 }

    /// Whether the last line has no end so far.
    package var isInsideLine: Bool { !isAtLineStart }

    /// The next part of `chunk` from `offset` on, which the call moves; nil when nothing is left of it, or wanted.
    package mutating func next(in chunk: Span<UInt8>, at offset: inout Int) -> Part? {
        guard offset < chunk.count, !isOver else { return nil }
        if isAtLineStart, !isStuffed, chunk[offset] == 0x2E {
            isStuffed = true
            return .dot
        }
        let start = offset
        isAtLineStart = false
        isStuffed = false
        while let lineFeed = nextLineFeed(in: chunk, from: offset) {
            offset = lineFeed + 1
            let before = lineFeed > 0 ? chunk[lineFeed - 1] : last
            guard endsAtBareLineFeed || before == 0x0D else { continue }
            if let lines { self.lines = lines - 1 }
            if isOver || offset == chunk.count || chunk[offset] == 0x2E {
                isAtLineStart = true
                break
            }
        }
        if !isAtLineStart { offset = chunk.count }
        last = chunk[offset - 1]
        return .octets(start..<offset)
    }

    /// The next line end that something follows from: where lines are counted each one, else the last one of the chunk
    /// and those with a dot behind them.
    private func nextLineFeed(in chunk: Span<UInt8>, from offset: Int) -> Int? {
        if lines != nil { return chunk.firstOffset(of: 0x0A, from: offset) }
        if let dot = chunk.firstOffset(of: 0x2E, behind: 0x0A, from: offset + 1) { return dot - 1 }
        return chunk.count > offset && chunk[chunk.count - 1] == 0x0A ? chunk.count - 1 : nil
    }
}
