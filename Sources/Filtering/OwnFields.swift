// Popsieve's own header fields: what a message brings along under that name is forged, and goes.
// Must not remove a field of any other name.

import Mail

extension HeaderBlock {
    private static let ownPrefix = Array("x-popsieve-".utf8)

    /// Removes whatever a reader may take for a field whose name begins with `X-Popsieve-`, in any case.
    mutating func removeOwnFields() {
        removeOwnStrayLines()
        let hasOddNames = defects.contains { Self.oddNames.contains($0.kind) }
        let own = fields.filter { isOwn($0) || hasOddNames && isOddAndHoldsOwn($0) }
        if !own.isEmpty { delete(own) }
    }

    private func isOwn(_ field: HeaderField) -> Bool {
        // Most names are shorter than the prefix alone: they are not looked at.
        field.name.count >= Self.ownPrefix.count && beginning(of: field.name) == Self.ownPrefix
    }

    // MARK: What other readers make of lines

    private static let oddNames: Set<Defect.Kind> = [.invalidFieldName, .emptyFieldName, .spaceBeforeColon]

    /// Whether a reader that skips the field because of its name would find one of ours in what continues it.
    private func isOddAndHoldsOwn(_ field: HeaderField) -> Bool {
        let isOdd = field.body.lowerBound - field.name.upperBound > 1 || !Self.isFieldName(Array(bytes[field.name]))
        return isOdd && lines(in: field.range).contains { beginning(of: $0) == Self.ownPrefix }
    }

    /// Removes lines that belong to no field, but begin as ours do, with all that continues them.
    private mutating func removeOwnStrayLines() {
        var next: (line: Range<Int>, beginning: [UInt8], end: Int)?
        for line in strayLines.reversed() {
            let continued = next.flatMap { $0.line.lowerBound == line.upperBound && isContinuation($0.line) ? $0 : nil }
            var octets = beginning(of: line)
            // A name may go on in the next line.
            if !octets.isEmpty { octets += continued?.beginning ?? [] }
            let this = (line, Array(octets.prefix(Self.ownPrefix.count)), continued?.end ?? line.upperBound)
            if this.1 == Self.ownPrefix { deleteLines(line.lowerBound..<this.2) }
            next = this
        }
    }

    private func isContinuation(_ line: Range<Int>) -> Bool {
        bytes[line.lowerBound] == UInt8(ascii: " ") || bytes[line.lowerBound] == UInt8(ascii: "\t")
    }

    /// What a line or a name begins with, in small letters, as long as the prefix. Some readers skip what can't be in a
    /// name: blanks, control characters, what is not US-ASCII.
    private func beginning(of range: Range<Int>) -> [UInt8] {
        bytes[range].lazy.filter { $0 > 0x20 && $0 < 0x7F }.prefix(Self.ownPrefix.count).map { octet in
            octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
        }
    }
}
