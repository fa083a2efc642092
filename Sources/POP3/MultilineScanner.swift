// Finds the end of a multi-line reply and what must be repaired on the way, in the octets as they came, without a copy.
// Must not hold content: it answers with ranges of what it was given and with the few octets to put between them.

/// Walks through a multi-line reply (RFC 1939 section 3), however it is cut into chunks.
///
/// Only CRLF, dot, CRLF ends a reply. What two clients could read in two ways is made unambiguous: a bare CR or LF
/// becomes CRLF, and a dot behind it is stuffed, so that nobody takes it for the end.
package struct MultilineScanner: Sendable {
    /// What is done with the octets of the reply.
    package enum Form: Sendable {
        /// As on the wire, repaired: stuffed dots stay, bare CR and LF become CRLF.
        case repaired
        /// As the message is: stuffing dots are left out, bare CR and LF become CRLF.
        case unstuffed
        /// As the message is, and not repaired.
        case unstuffedVerbatim
        /// As on the wire, octet for octet.
        case verbatim
    }

    /// What comes next. Ranges are offsets into the chunk.
    package enum Event: Equatable, Sendable {
        /// These octets belong to the reply.
        case content(Range<Int>)
        /// These octets, which are not in the chunk, belong to the reply.
        case insertion(Insertion)
        /// The same, for a stretch of the chunk that had many of them to be put in.
        case repaired([UInt8])
        /// The reply ends before this offset; what follows is the next reply.
        case end(Int)
        /// The chunk is used up.
        case needMore
    }

    package enum Insertion: Equatable, Sendable {
        case carriageReturn
        case lineFeed
        case lineEnd
        case dot
    }

    /// Where the next octet stands.
    private enum Position: Equatable {
        /// At the start of a line, behind a real CRLF: a dot here is stuffing or the end.
        case lineStart
        /// Behind a line end that was not CRLF: a dot here is content and must be stuffed.
        case repairedLineStart
        case insideLine
        /// Behind a CR that has not been passed on yet.
        case behindCarriageReturn
        /// Behind a dot at the start of a line, not passed on yet.
        case behindDot
        /// Behind a dot and a CR at the start of a line, neither passed on yet.
        case behindDotAndCarriageReturn
    }

    /// May be changed between two chunks; what was kept in mind of the last one is handed out in the new form.
    package var form: Form
    /// How many CR without LF and LF without CR the reply had so far.
    package private(set) var bareCarriageReturns = 0
    package private(set) var bareLineFeeds = 0
    /// How many octets of the reply, as received, were stuffing.
    package private(set) var stuffingDots = 0
    /// How many octets were taken that have not been handed out, since nobody can tell yet what they are.
    package var keptInMind: Int {
        switch position {
        case .lineStart, .repairedLineStart, .insideLine: 0
        case .behindCarriageReturn, .behindDot: 1
        case .behindDotAndCarriageReturn: 2
        }
    }
    private var position = Position.lineStart
    /// What is handed out before the walk goes on, in order; at most two.
    private var first: Event?
    private var second: Event?

    package init(form: Form) {
        self.form = form
    }

    private var repairs: Bool { form == .repaired || form == .unstuffed }
    private var unstuffs: Bool { form == .unstuffed || form == .unstuffedVerbatim }

    /// What comes next in `chunk` from `offset` on, which the call moves. Octets that can't be told yet (a CR at the end
    /// of a chunk) are kept in mind and handed out as insertions with the next one.
    package mutating func next(in chunk: Span<UInt8>, at offset: inout Int) -> Event {
        while true {
            if let event = first {
                first = second
                second = nil
                return event
            }
            guard offset < chunk.count else { return .needMore }
            switch position {
            case .insideLine:
                if let event = walk(chunk, &offset) { return event }
            case .lineStart:
                if chunk[offset] == 0x2E {
                    position = .behindDot
                    offset += 1
                } else {
                    position = .insideLine
                }
            case .repairedLineStart:
                position = .insideLine
                // The form may have been changed to verbatim since the line end was repaired: the dot is stuffed all the same.
                if chunk[offset] == 0x2E, !unstuffs { first = .insertion(.dot) }
            case .behindCarriageReturn:
                settleCarriageReturn(followedBy: chunk[offset], &offset)
            case .behindDot:
                settleDot(followedBy: chunk[offset], &offset)
            case .behindDotAndCarriageReturn:
                if chunk[offset] == 0x0A {
                    offset += 1
                    position = .lineStart
                    return .end(offset)
                }
                settleDotAndCarriageReturn()
            }
        }
    }

    /// From inside a line on to the next octet that needs a decision. The octets up to it are content.
    private mutating func walk(_ chunk: Span<UInt8>, _ offset: inout Int) -> Event? {
        let start = offset
        var index = start
        while true {
            // Invariant: octets are only read, and any octet is a valid UInt8.
            index = unsafe chunk.bytes.offsetOfDecision(from: index)
            guard index < chunk.count else {
                offset = chunk.count
                return .content(start..<offset)
            }
            let octet = chunk[index]
            if octet == 0x0A {
                // A proper CRLF never shows up here: its CR is seen first.
                guard repairs else {
                    bareLineFeeds += 1
                    index += 1
                    continue
                }
                if form == .repaired { return repair(chunk, &offset, from: start, at: index) }
                bareLineFeeds += 1
                position = .repairedLineStart
                offset = index + 1
                first = .insertion(.lineEnd)
                return start < index ? .content(start..<index) : nil
            }
            // A CR. Look ahead as far as the chunk goes, so that lines are passed on together.
            guard index + 1 < chunk.count else {
                position = .behindCarriageReturn
                offset = chunk.count
                return start < index ? .content(start..<index) : nil
            }
            guard chunk[index + 1] == 0x0A else {
                if form == .repaired { return repair(chunk, &offset, from: start, at: index) }
                bareCarriageReturns += 1
                index += 1
                guard repairs else { continue }
                position = .repairedLineStart
                offset = index
                first = .insertion(.lineFeed)
                return .content(start..<index)
            }
            index += 2
            if index < chunk.count, chunk[index] != 0x2E { continue }
            if !unstuffs, chunk.isStuffedLine(at: index) {
                stuffingDots += 1
                continue
            }
            position = .lineStart
            offset = index
            return .content(start..<index)
        }
    }

    /// Text as long as this goes on without a copy.
    private static let stretch = 64
    /// Octets that are repaired at once.
    private static let repairedAtOnce = 16_384

    /// What comes before the first bare line end goes as it is; then everything is copied, repaired, up to a proper line
    /// end or some text without any.
    private mutating func repair(
        _ chunk: Span<UInt8>,
        _ offset: inout Int,
        from start: Int,
        at bare: Int
    ) -> Event {
        guard start == bare else {
            offset = bare
            return .content(start..<bare)
        }
        var octets: [UInt8] = []
        octets.reserveCapacity(min(chunk.count - bare, Self.repairedAtOnce) * 2 + 2)
        var index = bare
        var text = 0
        while index < chunk.count, text < Self.stretch, octets.count < Self.repairedAtOnce {
            let octet = chunk[index]
            guard octet == 0x0A || octet == 0x0D else {
                octets.append(octet)
                index += 1
                text += 1
                continue
            }
            if octet == 0x0D {
                // One that can't be told yet, or a proper line end: others know what follows.
                guard index + 1 < chunk.count, chunk[index + 1] != 0x0A else { break }
                bareCarriageReturns += 1
            } else {
                bareLineFeeds += 1
            }
            index += 1
            text = 0
            octets.append(0x0D)
            octets.append(0x0A)
            guard index < chunk.count else {
                position = .repairedLineStart
                offset = index
                return .repaired(octets)
            }
            if chunk[index] == 0x2E { octets.append(0x2E) }
        }
        offset = index
        return .repaired(octets)
    }

    private mutating func settleCarriageReturn(followedBy octet: UInt8, _ offset: inout Int) {
        if octet == 0x0A {
            offset += 1
            first = .insertion(.lineEnd)
            position = .lineStart
        } else {
            bareCarriageReturns += 1
            first = .insertion(repairs ? .lineEnd : .carriageReturn)
            position = repairs ? .repairedLineStart : .insideLine
        }
    }

    private mutating func settleDot(followedBy octet: UInt8, _ offset: inout Int) {
        if octet == 0x0D {
            position = .behindDotAndCarriageReturn
            offset += 1
            return
        }
        stuffingDots += 1
        position = .insideLine
        // A dot before a bare LF would become a line with a lone dot once the LF is repaired: the stuffing goes.
        if form == .verbatim || (form == .repaired && octet != 0x0A) { first = .insertion(.dot) }
    }

    /// The CR is bare, or it is content and followed by another one.
    private mutating func settleDotAndCarriageReturn() {
        stuffingDots += 1
        bareCarriageReturns += 1
        if repairs {
            first = .insertion(.lineEnd)
            position = .repairedLineStart
        } else {
            (first, second) = (.insertion(.carriageReturn), nil)
            if !unstuffs { (first, second) = (.insertion(.dot), .insertion(.carriageReturn)) }
            position = .insideLine
        }
    }
}

extension Span where Element == UInt8 {
    /// Whether the dot here is followed by something that settles that it is stuffing and stays.
    fileprivate func isStuffedLine(at index: Int) -> Bool {
        index + 1 < count && self[index + 1] != 0x0D && self[index + 1] != 0x0A
    }
}

extension RawSpan {
    /// The offset of the first CR that is not the start of CRLF and something other than a dot, or of the first LF
    /// without a CR; in short, of the first octet at which a walk inside a line can't just go on. At worst it is early.
    fileprivate func offsetOfDecision(from start: Int) -> Int {
        var index = start
        let lanes = 32
        let carriageReturn = SIMD32<UInt8>(repeating: 0x0D)
        let lineFeed = SIMD32<UInt8>(repeating: 0x0A)
        let dot = SIMD32<UInt8>(repeating: 0x2E)
        // Lines as they should be are stepped over 32 octets at a time: each octet is compared together with the one
        // before it, which must therefore exist.
        // Invariant: every load lies in 0 ..< byteCount, since start >= 1 and index + 32 <= byteCount.
        while index >= 1, index &+ lanes < byteCount {
            let these = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD32<UInt8>.self)
            let before = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: index &- 1, as: SIMD32<UInt8>.self)
            let odd =
                ((these .== lineFeed) .^ (before .== carriageReturn)) .| ((these .== dot) .& (before .== lineFeed))
            // A mask's lanes are all ones or all zeros, 32 octets, so they can be tested as four words.
            let words = unsafe unsafeBitCast(odd, to: SIMD4<UInt64>.self)
            if words[0] | words[1] | words[2] | words[3] != 0 { break }
            index &+= lanes
        }
        // Invariant: start < index - 2 and index < byteCount where the octets before index are loaded, for a step is longer
        // than two; index < byteCount below.
        // A step may end inside a line end or right behind it: the walk must see all of it, and what it is followed by.
        if index > start, index < byteCount {
            let last = unsafe unsafeLoad(fromUncheckedByteOffset: index &- 1, as: UInt8.self)
            if last == 0x0D { return index &- 1 }
            if last == 0x0A { return index &- 2 }
        }
        // Invariant: index < byteCount.
        while index < byteCount {
            let octet = unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            if octet == 0x0D || octet == 0x0A { return index }
            index &+= 1
        }
        return byteCount
    }
}
