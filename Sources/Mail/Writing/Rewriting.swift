// A message with parts replaced and its header edited, every other byte as it came.
// Must not make new contents: MIMEWriter does; nor copy what stays.

/// Changes to a message, collected and then carried out at once.
public struct Rewriting: Sendable {
    private let message: Message
    private var header: HeaderBlock?
    private var replacements: [(range: Range<Int>, octets: [UInt8])] = []

    /// No changes yet.
    public init(_ message: Message) { self.message = message }

    /// Puts `header`, which was read from the message's own octets and edited, in its place. Comes before `replace`.
    public mutating func replaceHeader(with header: HeaderBlock) { self.header = header }

    /// Puts `octets`, a header and a body, in the place of `part`, whose boundaries stay.
    ///
    /// - Returns: False, and nothing is changed, if the part had to be decoded to be found, is the message itself,
    ///   overlaps with one that was replaced already, or begins in the header that was put in the place of the message's.
    public mutating func replace(_ part: Part, with octets: [UInt8]) -> Bool {
        let range = part.headerRange.lowerBound..<part.body.upperBound
        // Parts may be empty, and between two of them is a boundary: those that touch are one in the other.
        let isFree = replacements.allSatisfy {
            $0.range.upperBound < range.lowerBound || range.upperBound < $0.range.lowerBound
        }
        let isBehindHeader = range.lowerBound >= (header?.range.upperBound ?? 0)
        guard part.parent != nil, !part.isFromDecoded, isFree, isBehindHeader else { return false }
        replacements.append((range, octets))
        return true
    }

    /// The message as it is now.
    public func rendered() -> MessagePieces {
        var output = MessagePieces()
        var position = 0
        if let header {
            output.append(header.rendered())
            position = header.range.upperBound
        }
        for change in replacements.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            output.append(message.octets, position..<change.range.lowerBound)
            output.append(change.octets)
            position = change.range.upperBound
        }
        output.append(message.octets, position..<message.octets.count)
        return output
    }
}
