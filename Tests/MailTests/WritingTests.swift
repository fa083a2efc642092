// Rewritten messages: replaced parts, enclosed messages, and that every other byte stays.
// Must not test header edits by themselves: HeaderEditingTests do.

import Testing

@testable import Mail

@Suite struct WritingTests {
    private let text =
        "Subject: x\n A\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\n\r\none\r\n--b\r\n"
        + "Content-Type: message/rfc822\r\n\r\nA: 1\r\n\r\ninner\r\n--b--\r\nepi"

    private func message(_ text: String) -> Message { Message(Array(text.utf8)) }

    private func string(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    @Test func replacedPartsLeaveTheRest() {
        let message = message(text)
        var rewriting = Rewriting(message)
        let first = message.parts[message.parts[0].children[0]]
        let second = message.parts[message.parts[0].children[1]]
        let isReplaced = rewriting.replace(second, with: Array("B: 2\r\n\r\nnew".utf8))
        #expect(isReplaced)
        let isOtherReplaced = rewriting.replace(first, with: Array("\r\nother".utf8))
        #expect(isOtherReplaced)
        let expected = text.replacing("\r\n\r\none", with: "\r\n\r\nother")
            .replacing("Content-Type: message/rfc822\r\n\r\nA: 1\r\n\r\ninner", with: "B: 2\r\n\r\nnew")
        #expect(string(rewriting.rendered().joined()) == expected)
    }

    @Test func headerAndPartAtOnce() throws {
        let message = message(text)
        var rewriting = Rewriting(message)
        var header = message.header
        try header.add(name: Array("T".utf8), value: Array("1".utf8))
        rewriting.replaceHeader(with: header)
        let isReplaced = rewriting.replace(message.leaves[0], with: Array("\r\n2".utf8))
        #expect(isReplaced)
        #expect(string(rewriting.rendered().joined()) == "T: 1\r\n" + text.replacing("one", with: "2"))
    }

    @Test func whatOverlapsIsRefused() {
        let message = message(text)
        var rewriting = Rewriting(message)
        let inner = message.leaves[1]
        let isReplaced = rewriting.replace(inner, with: [])
        #expect(isReplaced)
        let isOtherReplaced = rewriting.replace(inner, with: [])
        #expect(!isOtherReplaced)
        let isAgainReplaced = rewriting.replace(message.parts[inner.parent ?? 0], with: [])
        #expect(!isAgainReplaced)
        let isWholeReplaced = rewriting.replace(message.parts[0], with: [])
        #expect(!isWholeReplaced)
    }

    /// Found by fuzzing: a part without any octets overlapped with nothing, not even with the one that it is in.
    @Test func emptyPartOverlapsWithWhatItIsIn() {
        let nested =
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=i\r\n"
            + "\r\n--i\r\n--i--\r\n--b--\r\n"
        let message = message(nested)
        var rewriting = Rewriting(message)
        for part in message.parts.reversed() where part.parent != nil {
            let isReplaced = rewriting.replace(part, with: [])
            #expect(isReplaced == (part.depth == 2))
        }
        #expect(string(rewriting.rendered().joined()) == nested)
    }

    /// Found by fuzzing: the line end between a header that a boundary cut off and that boundary belongs to the boundary.
    @Test func replacedPartWithoutEmptyLineKeepsTheBoundary() {
        let header = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        let message = message(header + "--b\r\nA: 1\r\n--b--\r\n")
        var rewriting = Rewriting(message)
        let isReplaced = rewriting.replace(message.leaves[0], with: Array("\r\nnew".utf8))
        #expect(isReplaced)
        #expect(string(rewriting.rendered().joined()) == header + "--b\r\n\r\nnew\r\n--b--\r\n")
    }

    @Test func partOfADecodedMessageIsRefused() {
        let message = message("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQTogMQ0KDQo=")
        var rewriting = Rewriting(message)
        #expect(message.parts.count == 2)
        let isReplaced = rewriting.replace(message.parts[1], with: [])
        #expect(!isReplaced)
    }

    // MARK: New parts

    @Test(arguments: [
        "", "plain\r\ntext", "é", String(repeating: "long ", count: 40), "\0", "a = b\r\n", "trailing \r\nspace ",
    ])
    func textPartsReadBack(text: String) {
        let octets = MIMEWriter.textPart(Array(text.utf8))
        #expect(octets.allSatisfy { $0.isVisible || $0.isWhiteSpace })
        #expect(octets.split(separator: .lf).allSatisfy { $0.count <= 78 })
        let message = Message(octets)
        #expect(message.defects.isEmpty)
        #expect(string(message.text(of: message.parts[0])) == text)
    }

    @Test func textPartsHaveCRLFOnly() {
        #expect(string(MIMEWriter.textPart(Array("a\nb\rc\r\nd".utf8))).hasSuffix("\r\n\r\na\r\nb\r\nc\r\nd"))
    }

    @Test func enclosedMessageIsUntouched() {
        let original = Array(text.utf8) + [0, 0xFF] + Array("\r\n--=_popsieve_1\r\n--=_popsieve_2345".utf8)
        let note = Array("note é".utf8)
        let pieces = MessagePieces(MessageOctets(original))
        let enclosing = MIMEWriter.enclosing(pieces, text: note, fields: Array("Subject: s\r\n".utf8))
        let message = Message(enclosing.joined())
        #expect(message.header.fields.count == 4)
        let children = message.parts[0].children.map { message.parts[$0] }
        #expect(children.count == 2)
        #expect(message.text(of: children[0]) == note)
        #expect(children[1].bodyBytes == original)
    }

    @Test(arguments: [
        ("", "=_popsieve_1"), ("==_popsieve_1", "=_popsieve_2"), ("=_pop=_popsieve_=_popsieve_1", "=_popsieve_2"),
        ("=_popsieve_23 =_popsieve_1", "=_popsieve_3"),
        ("=_popsieve_99999999999999999999999", "=_popsieve_1"),
    ])
    func boundaryOccursNowhere(contents: String, boundary: String) {
        let octets = Array(contents.utf8)
        for cut in 0...octets.count {
            let (first, second) = (octets[..<cut], octets[cut...])
            var search = BoundarySearch()
            search.look(at: first.span)
            search.look(at: second.span)
            #expect(search.free == boundary)
        }
    }
}
