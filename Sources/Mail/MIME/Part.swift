// One part of a message: its header, where its body is, and its place in the tree.
// Must not hold decoded content: whoever asks for it gets it made.

/// A part of a `Message`; the message itself is the first.
public struct Part: Sendable {
    /// Its place in `Message.parts`.
    public let index: Int
    /// The part that it is in; nil for the message itself.
    public let parent: Int?
    /// The parts in it, in order: those of a multipart, or the one message of a message/rfc822.
    public internal(set) var children: [Int] = []
    /// How many parts it is in.
    public let depth: Int
    /// Its header, as a copy that stands by itself.
    public let header: HeaderBlock
    /// What `headerRange` and `body` are ranges of: the message, or what was decoded to find the part.
    public let octets: MessageOctets
    /// Where its header is, with the empty line.
    public let headerRange: Range<Int>
    /// Where its body is, without the line end that belongs to a boundary.
    public internal(set) var body: Range<Int>
    /// Where the text before the first boundary is, if it is a multipart.
    public internal(set) var preamble: Range<Int>?
    /// Where the text behind the last boundary is, if it is a multipart that was closed.
    public internal(set) var epilogue: Range<Int>?
    /// What it says it is, or what it is by default; application/octet-stream if nobody knows its encoding.
    public internal(set) var contentType: ContentType
    /// What its Content-Disposition says; nil without one.
    public let disposition: ParameterizedValue?
    /// How its body is encoded.
    public let encoding: TransferEncoding
    /// Whether it, or a message that it is in, had to be decoded to be found; its octets are not the message's then.
    public let isFromDecoded: Bool

    /// Whether there are parts in it.
    public var isContainer: Bool { !children.isEmpty || preamble != nil }

    /// A copy of the octets of the body, as they came.
    public var bodyBytes: [UInt8] { octets.array(in: body) }

    /// The name of the file that it is meant to be: `filename` of Content-Disposition, else `name` of Content-Type.
    public var fileName: [UInt8]? { fileNames.first }

    /// All names of that file that a reader may take; where there are two, readers differ.
    public var fileNames: [[UInt8]] {
        let name = contentType.value["name"]
        guard let fileName = disposition?["filename"] else { return name.map { [$0] } ?? [] }
        return [fileName] + (name.map { $0 == fileName ? [] : [$0] } ?? [])
    }
}
