// Puts lines of Popsieve's own (an edited header block, a notice) into the form in which POP3 sends them.
// Must not be used for what came from the upstream: that is stuffed already.

extension Array where Element == UInt8 {
    /// Appends whole lines that end in CRLF, each that begins with a dot with one more (RFC 1939 section 3).
    package mutating func append(dotStuffing lines: [UInt8]) {
        reserveCapacity(count + lines.count + 8)
        var atLineStart = true
        for octet in lines {
            if atLineStart, octet == 0x2E { append(0x2E) }
            append(octet)
            atLineStart = octet == 0x0A
        }
    }
}
