// A message as rewriting leaves it: ranges of the octets that came, and new ones between them.
// Must not copy what did not change.

/// A message in pieces, to be sent or written one after the other.
public struct MessagePieces: Sendable {
    /// Some octets of the message that came, or new ones.
    public struct Piece: Sendable {
        /// What it is a range of.
        public let octets: MessageOctets
        /// Which of them it is; not empty.
        public let range: Range<Int>

        /// Calls `body` with the piece, where it lies.
        public func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
            try octets.withOctets(in: range, body)
        }
    }

    /// The pieces in order.
    public private(set) var pieces: [Piece] = []
    /// The octets of all pieces.
    public private(set) var count = 0

    /// No octets yet.
    public init() {}

    /// All of a message as it is.
    public init(_ octets: MessageOctets) { append(octets, 0..<octets.count) }

    /// Appends new octets.
    public mutating func append(_ array: [UInt8]) { append(MessageOctets(array), 0..<array.count) }

    /// Appends some of a message's octets.
    public mutating func append(_ octets: MessageOctets, _ range: Range<Int>) {
        if range.isEmpty { return }
        pieces.append(Piece(octets: octets, range: range))
        count += range.count
    }

    /// Appends what `other` has from its octet `start` on.
    public mutating func append(_ other: MessagePieces, from start: Int = 0) {
        var skipped = start
        for piece in other.pieces {
            let skip = min(skipped, piece.range.count)
            skipped -= skip
            append(piece.octets, piece.range.lowerBound + skip..<piece.range.upperBound)
        }
    }

    /// All octets in one place: where they lie if that is one, else in a new array.
    public var octets: MessageOctets {
        if pieces.count == 1, pieces[0].range == 0..<pieces[0].octets.count { return pieces[0].octets }
        return MessageOctets(joined())
    }

    /// A copy of all octets in one array.
    public func joined() -> [UInt8] {
        [UInt8](capacity: count) { output in
            for piece in pieces { piece.withOctets { output.append(copying: $0) } }
        }
    }

    /// The header block at the beginning. What lies in one piece is not copied.
    public func header(limits: Limits = Limits()) -> HeaderBlock {
        guard let first = pieces.first else { return HeaderBlock([], limits: limits) }
        let isWhole = first.range == 0..<first.octets.count
        let header = HeaderBlock(isWhole ? first.octets.array() : first.octets.array(in: first.range), limits: limits)
        // Without an empty line it goes on in the next piece, and that line's end may be cut in two.
        let isWithin = header.isTerminated && (header.range.upperBound < header.bytes.count || header.bytes.last == .lf)
        return isWithin || pieces.count == 1 ? header : HeaderBlock(joined(), limits: limits)
    }
}
