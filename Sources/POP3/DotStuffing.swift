// Puts lines of Popsieve's own (an edited header block, a notice) into the form in which POP3 sends them.
// Must not be used for what came from the upstream: that is stuffed already.

extension Array where Element == UInt8 {
    /// Whole lines that end in CRLF, each that begins with a dot with one more (RFC 1939 section 3).
    package var dotStuffed: [UInt8] { dotStuffed(behindBareLineFeeds: true) }

    /// - Parameter behindBareLineFeeds: whether a bare LF ends a line; where the settings keep it, it ends none.
    package func dotStuffed(behindBareLineFeeds: Bool) -> [UInt8] {
        var stuffed: [UInt8] = []
        var copiedUpTo = 0
        for index in indices where self[index] == 0x2E {
            let isLineStart =
                index == 0
                || (self[index - 1] == 0x0A && (behindBareLineFeeds || (index > 1 && self[index - 2] == 0x0D)))
            guard isLineStart else { continue }
            stuffed.append(contentsOf: self[copiedUpTo...index])
            copiedUpTo = index
        }
        return copiedUpTo == 0 && stuffed.isEmpty ? self : stuffed + self[copiedUpTo...]
    }
}
