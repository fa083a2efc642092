// The last octets of a multi-line reply that has not ended, to explain why.
// Must not end it: only CRLF, dot, CRLF does.

/// The last octets of a reply so far.
package struct ReplyTail: Sendable {
    private var octets: [UInt8] = []
    private static let length = 4

    package init() {}

    package mutating func append(_ part: Span<UInt8>) {
        let start = max(0, part.count - Self.length)
        octets += [UInt8](copying: part.extracting(start..<part.count))
        octets.removeFirst(max(0, octets.count - Self.length))
    }

    /// Whether these are a lone dot between line ends that are not both CRLF: a server that means to have ended its reply
    /// waits for the next command, and Popsieve for the end.
    package var isBareTerminator: Bool {
        var rest = octets[...]
        let isLineEnd = { (octet: UInt8?) in octet == 0x0A || octet == 0x0D }
        guard isLineEnd(rest.last) else { return false }
        if rest.suffix(2) == [0x0D, 0x0A] { rest = rest.dropLast() }
        rest = rest.dropLast()
        guard rest.last == 0x2E else { return false }
        rest = rest.dropLast()
        return rest.isEmpty || isLineEnd(rest.last)
    }
}
