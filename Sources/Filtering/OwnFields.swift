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
        field.name.count >= Self.ownPrefix.count && beginsAsOwn(field.name)
    }

    // MARK: What other readers make of lines

    private static let oddNames: Set<Defect.Kind> = [.invalidFieldName, .emptyFieldName, .spaceBeforeColon]

    /// Whether a reader that skips the field because of its name would find one of ours in what continues it.
    private func isOddAndHoldsOwn(_ field: HeaderField) -> Bool {
        let isOdd = field.body.lowerBound - field.name.upperBound > 1 || !Self.isFieldName(Array(bytes[field.name]))
        return isOdd && lines(in: field.range).contains { beginsAsOwn($0) }
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

    /// Whether a line or a name begins with the prefix. Asked for many fields of each message: no array is made.
    private func beginsAsOwn(_ range: Range<Int>) -> Bool {
        var matched = 0
        for octet in bytes[range] where Self.isOfName(octet) {
            if Self.lowercased(octet) != Self.ownPrefix[matched] { return false }
            matched += 1
            if matched == Self.ownPrefix.count { return true }
        }
        return false
    }

    /// What a line begins with, in small letters, as long as the prefix.
    private func beginning(of line: Range<Int>) -> [UInt8] {
        bytes[line].lazy.filter(Self.isOfName).prefix(Self.ownPrefix.count).map(Self.lowercased)
    }

    /// Whether an octet can be in a name. Some readers skip the others: blanks, control characters, what is no US-ASCII.
    private static func isOfName(_ octet: UInt8) -> Bool { octet > 0x20 && octet < 0x7F }

    private static func lowercased(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
    }
}
