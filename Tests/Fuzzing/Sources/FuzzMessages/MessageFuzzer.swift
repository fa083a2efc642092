// A whole message: its part tree, every part decoded, its text, and parts replaced.
// Must not look at what the parts are: only at where they are, and at what holds for every tree.

import FuzzInput

@testable import Mail

/// One message, read, decoded and rewritten; what must hold of all traps if it does not.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let subject = input.octet()
    let octets = input.rest()
    limited {
        switch subject % 4 {
        case 0: readMessage(octets, .strict)
        case 1: decode(octets)
        default: readMessage(octets, .lenient)
        }
    }
    return 0
}

private func readMessage(_ octets: [UInt8], _ reading: Message.BoundaryReading) {
    let message = Message(octets, boundaries: reading)
    precondition(Rewriting(message).rendered().joined() == octets)
    precondition(message.inOrder.count == message.parts.count)
    for part in message.parts {
        precondition(part.headerRange.upperBound <= part.body.lowerBound)
        precondition(part.body.upperBound <= part.octets.count)
        if let parent = part.parent.map({ message.parts[$0] }), !part.isFromDecoded {
            precondition(part.body.upperBound <= parent.body.upperBound)
            precondition(part.headerRange.lowerBound >= parent.body.lowerBound)
        }
        if !part.isContainer { precondition(isText(message.plainText(of: part)) || !part.contentType.matches("text")) }
    }
    for defect in message.allDefects() { precondition(defect.offset <= octets.count) }
    replaceParts(of: message)
}

private func replaceParts(of message: Message) {
    var rewriting = Rewriting(message)
    let text = MIMEWriter.textPart(Array("replaced".utf8))
    let count = message.parts.reversed().count { rewriting.replace($0, with: text) }
    let rendered = rewriting.rendered().joined()
    precondition(count > 0 || rendered == message.octets.array())
    _ = Message(rendered)
}

private func decode(_ octets: [UInt8]) {
    var defects = Defects()
    for encoding in [TransferEncoding.base64, .quotedPrintable, .uuencode] {
        let decoded = TransferDecoder.decode(octets.span, encoding, noting: &defects)
        precondition(decoded.count <= octets.count * 2 + 2)
    }
    let (text, _) = UTF8Text.repaired(octets)
    precondition(isText(HTMLText.plain(text)))
    var base64: [UInt8] = []
    precondition(Base64.decode(Base64.encode(octets).span, into: &base64) && base64 == octets)
    var quoted: [UInt8] = []
    precondition(QuotedPrintable.decode(QuotedPrintable.encode(octets).span, into: &quoted))
    let pieces = MIMEWriter.enclosing(MessagePieces(MessageOctets(octets)), text: octets, fields: [])
    let enclosed = Message(pieces.joined())
    precondition(enclosed.parts.count >= 3)
    // A line end before the boundary may end a header that had no end.
    let attached = enclosed.parts[2].bodyBytes
    precondition(attached.starts(with: octets) && attached.count <= octets.count + 2)
}

private func isText(_ octets: [UInt8]) -> Bool { String(validating: octets, as: UTF8.self) != nil }
