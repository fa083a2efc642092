// What a multi-line reply means, written down anew from RFC 1939 section 3 and the design's fourth invariant.
// Must not share code with the relay: it is what the relay is compared with.

import Foundation

/// Octets of a multi-line reply behind its status line.
enum Wire {
    /// The message that a strict client reads: no stuffing dots, no last line.
    static func content(of body: Data) -> Data {
        var content = Data()
        var isLineStart = true
        for octet in body.dropLast(3) {
            if isLineStart, octet == 0x2E {
                isLineStart = false
                continue
            }
            content.append(octet)
            isLineStart = content.suffix(2) == Data([0x0D, 0x0A])
        }
        return content
    }

    /// Bare CR and LF made CRLF.
    static func normalised(_ content: Data) -> Data {
        var result = Data()
        var isBehindCarriageReturn = false
        for octet in content {
            if octet == 0x0A, !isBehindCarriageReturn { result.append(0x0D) }
            if octet != 0x0A, isBehindCarriageReturn { result.append(0x0A) }
            result.append(octet)
            isBehindCarriageReturn = octet == 0x0D
        }
        if isBehindCarriageReturn { result.append(0x0A) }
        return result
    }

    /// As a server sends it.
    static func stuffed(_ content: Data) -> Data {
        var body = Data()
        var isLineStart = true
        for octet in content {
            if isLineStart, octet == 0x2E { body.append(0x2E) }
            body.append(octet)
            isLineStart = body.suffix(2) == Data([0x0D, 0x0A])
        }
        if !isLineStart { body.append(contentsOf: [0x0D, 0x0A]) }
        return body + Data(".\r\n".utf8)
    }

    /// A message without oddities as it goes over the wire; fast, for large ones.
    static func whole(_ message: Message) -> Data {
        message.bytes + Data(".\r\n".utf8)
    }

    /// Whether nobody can read it in two ways: no bare CR or LF, and each line with a dot at its start has another.
    static func isUnambiguous(_ body: Data) -> Bool {
        normalised(body) == body && stuffed(content(of: body)) == body
    }
}

extension Data {
    /// A reply in two: its status line with CRLF, and what is behind.
    var statusAndBody: (status: Data, body: Data) {
        let end = firstIndex(of: 0x0A).map { $0 + 1 } ?? endIndex
        return (Data(self[..<end]), Data(self[end...]))
    }

    /// To look at in a failed expectation; short.
    var shown: String {
        let text = String(decoding: prefix(400), as: UTF8.self).debugDescription
        return count > 400 ? "\(text)… (\(count) octets)" : text
    }
}
