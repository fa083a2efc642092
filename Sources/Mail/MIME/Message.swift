// A whole message: its bytes and the tree of its parts (RFC 2045 to 2049).
// Must not fail, recurse, or decode what nobody asks for.

/// A message, read without ever failing.
///
/// ```swift
/// let message = Message(bytes)
/// for part in message.leaves where part.contentType.matches("text") {
///     let text = message.text(of: part)
///     …
/// }
/// for defect in message.defects { print(defect.name, defect.offset) }
/// ```
public struct Message: Sendable {
    /// How boundary lines are told from text that looks like them.
    public enum BoundaryReading: Sendable {
        /// As RFC 2046 section 5.1.1 says: the whole line, nothing behind it but white space, CRLF around it.
        case strict
        /// As many mail programs do: any line end will do, and so does a line that only begins like the boundary.
        case lenient
    }

    /// The message as it came.
    public let octets: MessageOctets
    /// All parts. The first is the message itself; the others come behind the part that they are in.
    public let parts: [Part]
    /// What is wrong with it, each kind once. Offsets in a message that had to be decoded are those of the part that
    /// holds it.
    public let defects: [Defect]
    let limits: Limits

    /// Reads the octets in `bytes`.
    public init(_ bytes: [UInt8], boundaries: BoundaryReading = .lenient, limits: Limits = Limits()) {
        self.init(MessageOctets(bytes), boundaries: boundaries, limits: limits)
    }

    /// Reads `octets` where they lie.
    public init(_ octets: MessageOctets, boundaries: BoundaryReading = .lenient, limits: Limits = Limits()) {
        self.octets = octets
        self.limits = limits
        var tree = PartTree(reading: boundaries, limits: limits)
        tree.read(octets)
        parts = tree.parts
        defects = tree.defects.list
    }

    /// The message's own header.
    public var header: HeaderBlock { parts[0].header }

    /// Whether anything ended the header: an empty line, or a multipart's first boundary. Without it there is no body.
    public var hasBody: Bool { header.isTerminated || parts[0].headerRange.upperBound < octets.count }

    /// Whether no limit was exceeded; false if there is more in it than `parts`, or than their headers and parameters
    /// have. Whoever judges the message by them has not seen it then.
    public var isComplete: Bool { !defects.contains(where: \.kind.exceedsLimit) }

    /// The parts in the order in which they stand: each before those that are in it.
    public var inOrder: [Part] {
        var order: [Part] = []
        order.reserveCapacity(parts.count)
        var next = [0]
        while let index = next.popLast() {
            order.append(parts[index])
            next += parts[index].children.reversed()
        }
        return order
    }

    /// The parts that hold content: those without parts in them, in the order in which they stand.
    public var leaves: [Part] { inOrder.filter { !$0.isContainer } }
}
