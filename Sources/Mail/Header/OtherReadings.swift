// Where readers that know fewer line ends than we do see a header end.
// Must not change the block: it says whether it may be judged by its fields.

extension HeaderBlock {
    /// What ends a line for a reader. We take both for line ends, and a bare CR too: no reader sees a line where we don't.
    private enum LineEnd: CaseIterable {
        /// CRLF alone (RFC 5322 section 2.1).
        case crlf
        /// LF, with or without a CR before it.
        case lf
    }

    /// Whether some reader sees lines of a header behind the empty line at which this block ends: fields that nobody has
    /// judged. It happens where bare CR and LF were left as they are; `bytes` has to hold what follows.
    package var isReadInTwoWays: Bool {
        guard range.upperBound < bytes.count, hasBareLineEnds else { return false }
        return LineEnd.allCases.contains { hasLine(behind: fieldsEnd, for: $0) }
    }

    private var hasBareLineEnds: Bool { defects.contains { $0.kind == .bareCR || $0.kind == .bareLF } }

    /// Whether the header of this reader has a line that begins at `end` or later.
    private func hasLine(behind end: Int, for reader: LineEnd) -> Bool {
        var start = range.lowerBound
        while start < bytes.count {
            let (text, next) = line(at: start, for: reader)
            if text.isEmpty { return false }
            if start >= end { return true }
            start = next
        }
        return false
    }

    /// The text of the line that begins at `start`, and where the next one begins.
    private func line(at start: Int, for reader: LineEnd) -> (text: Range<Int>, next: Int) {
        var index = start
        while index < bytes.count {
            if bytes[index] == .lf {
                let isCRLF = index > start && bytes[index - 1] == .cr
                if isCRLF || reader == .lf { return (start..<index - (isCRLF ? 1 : 0), index + 1) }
            }
            index += 1
        }
        return (start..<index, index)
    }
}
