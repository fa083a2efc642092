// Makes parts and messages to put in the place of others: for replace and enclose (RFC 5703), and for notices.
// Must not read a clock or roll dice: dates come from the caller, boundaries from what must not hold them.

/// Writes MIME.
public enum MIMEWriter {
    /// A text/plain part: header, empty line, body, all line ends CRLF.
    ///
    /// - Parameter text: UTF-8; what is not becomes U+FFFD.
    public static func textPart(_ text: [UInt8]) -> [UInt8] {
        let (text, _) = UTF8Text.repaired(text)
        let isPlain = text.allSatisfy { $0.isVisible || $0.isWhiteSpace } && !hasLongLine(text)
        let charset = text.allSatisfy { $0 < 0x80 } ? "us-ascii" : "utf-8"
        let encoding = isPlain ? "7bit" : "quoted-printable"
        let header = "Content-Type: text/plain; charset=\(charset)\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
        return Array(header.utf8) + (isPlain ? withCRLF(text) : QuotedPrintable.encode(text))
    }

    /// An HTML part with `html`, UTF-8, in it: header and body.
    public static func htmlPart(_ html: [UInt8]) -> [UInt8] {
        let header = "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        return Array(header.utf8) + QuotedPrintable.encode(UTF8Text.repaired(html).text)
    }

    /// A message with `text` before `message`, which is attached as it came (RFC 5703 section 6).
    ///
    /// - Parameters:
    ///   - fields: The new message's header fields, but those of MIME: whole fields with their line ends.
    ///   - text: UTF-8.
    ///   - message: Any octets.
    public static func enclosing(_ message: MessagePieces, text: [UInt8], fields: [UInt8]) -> MessagePieces {
        let first = textPart(text)
        let (boundary, hasEightBit) = boundary(notIn: message, nor: first)
        let mime = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"\(boundary)\"\r\n"
        // An attached message needs 8bit or binary if it has such octets; its own encoding is forbidden.
        let encoding = hasEightBit ? "8bit" : "7bit"
        let delimiter = "\r\n--\(boundary)\r\n"
        let attached = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
        // The last field of a message that ends with it may lack its line end.
        let lineEnd: [UInt8] = fields.last.map(\.isLineEnd) ?? true ? [] : [.cr, .lf]
        let opening =
            fields + lineEnd + Array("\(mime)Content-Transfer-Encoding: \(encoding)\r\n\r\n--\(boundary)\r\n".utf8)
        var output = MessagePieces()
        output.append(opening + first + Array((delimiter + attached).utf8))
        output.append(message)
        output.append(Array("\r\n--\(boundary)--\r\n".utf8))
        return output
    }

    /// A boundary that begins no line of a message, nor of its first part, and whether the message has octets above 127.
    private static func boundary(
        notIn message: MessagePieces,
        nor first: [UInt8]
    ) -> (boundary: String, hasEightBit: Bool) {
        var search = BoundarySearch()
        search.look(at: first.span)
        var hasEightBit = false
        for piece in message.pieces {
            piece.withOctets { octets in
                search.look(at: octets)
                hasEightBit = hasEightBit || octets.hasEightBit
            }
        }
        return (search.free, hasEightBit)
    }

    private static func hasLongLine(_ text: [UInt8]) -> Bool {
        text.split(whereSeparator: \.isLineEnd).contains { $0.count > Limits.textLineLength }
    }

    private static func withCRLF(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 32)
        for (index, octet) in text.enumerated() {
            switch octet {
            case .lf: if index == 0 || text[index - 1] != .cr { output += [.cr, .lf] }
            case .cr: output += [.cr, .lf]
            default: output.append(octet)
            }
        }
        return output
    }
}
