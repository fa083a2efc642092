// One header field as ranges of the bytes that it stands in.
// Must not hold bytes of its own: a header has many fields, and most of them nobody asks for.

/// A field of a `HeaderBlock`: a name, a colon, a body, and the line ends (RFC 5322 section 2.2).
///
/// The ranges count octets of the block's `bytes`, or of what was added to it; the block gives the octets
/// themselves.
public struct HeaderField: Sendable, Hashable {
    private(set) var start: Int
    private(set) var nameEnd: Int
    private(set) var bodyStart: Int
    var bodyEnd: Int
    var end: Int
    /// Whether it was added to the block by `HeaderBlock.add`, and so did not come with the message.
    public internal(set) var isAdded = false

    init(start: Int, nameEnd: Int, bodyStart: Int, bodyEnd: Int, end: Int, isAdded: Bool = false) {
        (self.start, self.nameEnd, self.bodyStart, self.bodyEnd, self.end) = (start, nameEnd, bodyStart, bodyEnd, end)
        self.isAdded = isAdded
    }

    /// Counts from `offset` on what was counted from the beginning.
    mutating func count(from offset: Int) {
        start -= offset
        nameEnd -= offset
        bodyStart -= offset
        bodyEnd -= offset
        end -= offset
    }

    /// The whole field with its line ends.
    public var range: Range<Int> { start..<end }
    /// The name, without white space before the colon.
    public var name: Range<Int> { start..<nameEnd }
    /// What is between the colon and the last line end, folded as it came.
    public var body: Range<Int> { bodyStart..<bodyEnd }
}
