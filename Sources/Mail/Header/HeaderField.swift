// One header field as ranges of the bytes that it stands in.
// Must not hold bytes of its own: a header has many fields, and most of them nobody asks for.

/// A field of a `HeaderBlock`: a name, a colon, a body, and the line ends (RFC 5322 section 2.2).
///
/// The ranges count octets of the block's `bytes`, or of what was added to it; the block gives the octets
/// themselves.
public struct HeaderField: Sendable, Hashable {
    let start: Int
    let nameEnd: Int
    let bodyStart: Int
    var bodyEnd: Int
    var end: Int
    /// Whether it was added to the block by `HeaderBlock.add`, and so did not come with the message.
    public internal(set) var isAdded = false

    /// The whole field with its line ends.
    public var range: Range<Int> { start..<end }
    /// The name, without white space before the colon.
    public var name: Range<Int> { start..<nameEnd }
    /// What is between the colon and the last line end, folded as it came.
    public var body: Range<Int> { bodyStart..<bodyEnd }
}
