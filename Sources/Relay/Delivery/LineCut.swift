// Where a message that streams is cut: behind so many lines of its body.
// Must not look at lines that are not wanted.

/// Counts lines as they go over the wire, dot-stuffed (RFC 1939 section 3).
struct LineCut {
    /// Lines that are still wanted.
    private(set) var left: UInt64
    /// Lines for people; nil where the client has asked for so many lines.
    let note: [String]?
    /// What stands behind them, with the last line of the reply.
    let ending: [UInt8]
    /// Octets of the message as the client gets it, with the note.
    private(set) var octets: Int
    private var isAtLineStart: Bool
    private var previous: UInt8 = 0x0A

    /// - Parameters:
    ///   - sent: octets of the message that the client has
    ///   - isInsideLine: whether the last line of those has no end
    init(lines: UInt64, note: [String]?, behind sent: Int, isInsideLine: Bool = false) {
        left = lines
        self.note = note
        let text = note.map { ([""] + $0).map { Array("\($0)\r\n".utf8) } } ?? []
        let stuffed = text.flatMap { ($0.first == 0x2E ? [0x2E] : []) + $0 }
        ending = stuffed + Array(".\r\n".utf8)
        octets = sent + text.reduce(0) { $0 + $1.count }
        isAtLineStart = !isInsideLine
    }

    var isOver: Bool { left == 0 }

    /// Where the wanted part of a range ends.
    mutating func end(of range: Range<Int>, in octets: Span<UInt8>) -> Int {
        var index = range.lowerBound
        while index < range.upperBound, !isOver {
            if !isAtLineStart || octets[index] != 0x2E { self.octets += 1 }
            // A bare LF ends no line for POP3, and what ends the reply would not end it behind one.
            isAtLineStart = octets[index] == 0x0A && previous == 0x0D
            previous = octets[index]
            if isAtLineStart { left -= 1 }
            index += 1
        }
        return index
    }
}
