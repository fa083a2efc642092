// Messages in which a lenient reader finds parts where a strict one finds text: parts here, too, with a defect.
// Must not test what both read alike: MessageTests do.

import Testing

@testable import Mail

@Suite struct OtherReadersTests {
    typealias Case = MessageTests.Case

    private static let body = "\n\n--BB\n\none\n--BB--\n"

    /// `Content-Type` with `value`, and a body that has the boundary BB.
    private static func type(
        _ value: String,
        is type: String = "multipart/mixed",
        _ defects: [Defect.Kind] = [.malformedContentType]
    ) -> Case {
        let text = "Content-Type: " + value + body
        return Case(name: value, text: text, parts: [type, ".text/plain|one|"], defects: defects)
    }

    static let types: [Case] = [
        type("\"multipart/mixed\"; boundary=\"BB\""),
        type("multi\\part/mixed; boundary=BB"),
        type("=?UTF-8?B?bXVsdGlwYXJ0?=/mixed; boundary=BB"),
        type("=?UTF-8?Q?multipart/mixed;_boundary=3DBB?="),
        type("Content-Type: multipart/mixed; boundary=BB"),
        type("\"multipart/mixed; boundary=BB\""),
        type("multipart/mixed boundary=BB"),
        type("multipart/mixed, boundary=BB"),
        type("multipart/mixed/x; boundary=BB", [.malformedContentType, .malformedParameter]),
        type("\"multipart\"/\"mixed\"; boundary=BB"),
        type(": multipart/mixed; boundary=BB"),
        // No type at all, but a boundary: text to a strict reader.
        type("multipart; boundary=BB", is: "text/plain"),
        type("mixed; boundary=BB", is: "text/plain"),
        type("; boundary=BB", is: "text/plain"),
        type("/mixed; boundary=BB", is: "text/plain"),
        type("multi(x)part/mixed; boundary=BB", is: "text/plain"),
        // Types that nobody knows.
        type("x-foo/bar; boundary=BB", is: "x-foo/bar"),
        type("multiparty/mixed; boundary=BB", is: "multiparty/mixed"),
        type("x/\"y\"; boundary=BB", is: "text/plain"),
    ]

    /// Nothing in the body is the boundary: content, and text where a strict reader sees text.
    static let content: [Case] = [
        Case(
            name: "a quoted multipart",
            text: "Content-Type: \"multipart/mixed\"; boundary=no" + body,
            parts: ["text/plain|--BB\n\none\n--BB--\n|"],
            defects: [.malformedContentType]
        ),
        Case(
            name: "a quoted multipart without boundary",
            text: "Content-Type: \"multipart/mixed\"" + body,
            parts: ["text/plain|--BB\n\none\n--BB--\n|"],
            defects: [.malformedContentType, .missingBoundary]
        ),
        Case(
            name: "an unknown type",
            text: "Content-Type: x-foo/bar; boundary=no\n\nx",
            parts: ["x-foo/bar|x|"],
            defects: [.malformedContentType]
        ),
        Case(name: "an unknown type without boundary", text: "Content-Type: x-foo/bar\n\nx", parts: ["x-foo/bar|x|"]),
        Case(
            name: "known types with a boundary stay what they are",
            text: "Content-Type: text/plain; boundary=BB" + body,
            parts: ["text/plain|--BB\n\none\n--BB--\n|"]
        ),
        Case(
            name: "HTML in quotes",
            text: "Content-Type: \"text/html\"\n\nx",
            parts: ["text/html|x|"],
            defects: [.malformedContentType]
        ),
        Case(
            name: "a program in quotes is text to a strict reader",
            text: "Content-Type: \"application/x-msdos-program\"\n\nx",
            parts: ["text/plain|x|"],
            defects: [.malformedContentType]
        ),
        Case(
            name: "a message in quotes",
            text: "Content-Type: \"message/rfc822\"\n\nA: 1\n\nx",
            parts: ["message/rfc822", ".text/plain|x|"],
            defects: [.malformedContentType]
        ),
    ]

    /// The first boundary stands where the header should have ended.
    static let headers: [Case] = [
        Case(
            name: "no empty line before the first boundary",
            text: "Content-Type: multipart/mixed; boundary=\"BB\"\n--BB\n\none\n--BB\n\ntwo\n--BB--\n",
            parts: ["multipart/mixed", ".text/plain|one|", ".text/plain|two|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "the same with a header behind it",
            text:
                "Content-Type: multipart/mixed; boundary=\"BB\"\nA: 1\n--BB \nContent-Type: text/html\n\none\n--BB--\n",
            parts: ["multipart/mixed", ".text/html|one|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "a boundary that looks like a field",
            text: "Content-Type: multipart/mixed;\n boundary=\"B:B\"\n--B:B\n\none\n--B:B--\n",
            parts: ["multipart/mixed", ".text/plain|one|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "an inner multipart",
            text:
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/x; boundary=i\n--i\n\none\n"
                + "--i--\n--b--\n",
            parts: ["multipart/mixed", ".multipart/x", "..text/plain|one|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "an attached message",
            text: "Content-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=i\n--i\n\none\n--i--\n",
            parts: ["message/rfc822", ".multipart/x", "..text/plain|one|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "only the last boundary",
            text: "Content-Type: multipart/x; boundary=i\n--i--\ntext\n",
            parts: ["multipart/x"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "a malformed type",
            text: "Content-Type: \"multipart/mixed\"; boundary=BB\n--BB\n\none\n--BB--\n",
            parts: ["multipart/mixed", ".text/plain|one|"],
            defects: [.missingHeaderEnd, .malformedContentType]
        ),
        Case(
            name: "dashes before the type that names them, and others",
            text: "--i\n--other\nContent-Type: multipart/x; boundary=i\n--other\n--ix\n\n--i\n\none\n--i--\n",
            parts: ["multipart/x", ".text/plain|one|"],
            defects: [.missingColon]
        ),
        Case(
            name: "the second type does not count",
            text: "Content-Type: text/plain\nContent-Type: multipart/x; boundary=i\n--i\n\none\n--i--\n",
            parts: ["text/plain|one\n--i--\n|"],
            defects: [.missingColon, .duplicateContentType]
        ),
    ]

    /// Bodies whose encoding nobody knows.
    static let encodings: [Case] = [
        Case(
            name: "a type as the encoding of text",
            text: "Content-Transfer-Encoding: multipart/related\n\nx",
            parts: ["application/octet-stream|x|"],
            defects: [.unknownTransferEncoding]
        ),
        Case(
            name: "an unknown encoding of HTML",
            text: "Content-Type: text/html; name=n\nContent-Transfer-Encoding: x-no\n\nx",
            parts: ["application/octet-stream|x|"],
            defects: [.unknownTransferEncoding]
        ),
        Case(
            name: "an unknown encoding of a multipart",
            text: "Content-Type: multipart/x; boundary=i\nContent-Transfer-Encoding: x-no\n\n--i\n\none\n--i--\n",
            parts: ["multipart/x", ".text/plain|one|"],
            defects: [.unknownTransferEncoding]
        ),
        Case(
            name: "a message behind a semicolon",
            text: "Content-Type: message/rfc822\nContent-Transfer-Encoding: ;base64\n\nQTogMQ0KDQppbm5lcg0K\n",
            parts: ["message/rfc822", ".text/plain|inner\n|"],
            defects: [.malformedTransferEncoding, .encodedContainer]
        ),
    ]

    static let all = types + content + headers + encodings

    @Test(arguments: all)
    func reads(_ test: Case) {
        let message = Message(Array(test.text.replacing("\n", with: "\r\n").utf8))
        let parts = MessageTests.describe(message).map { $0.replacing("\r\n", with: "\n") }
        #expect(parts == test.parts)
        #expect(message.defects.map(\.kind) == test.defects)
        #expect(Rewriting(message).rendered().joined() == message.octets.array())
        #expect(message.hasBody)
    }

    @Test(arguments: all, ["\n", "\r"])
    func readsTheSameWithBareLineEnds(_ test: Case, lineEnd: String) {
        let message = Message(Array(test.text.replacing("\n", with: lineEnd).utf8))
        let names = MessageTests.describe(message).map { $0.prefix { $0 != "|" } }
        #expect(names == test.parts.map { $0.prefix { $0 != "|" } })
    }

    /// A strict reader sees text, or a type that nobody knows, and the header up to its empty line.
    @Test(arguments: types + headers)
    func strictReadersFindNoParts(_ test: Case) {
        let message = Message(Array(test.text.replacing("\n", with: "\r\n").utf8), boundaries: .strict)
        let isCertain = message.parts.contains { $0.contentType.isMultipart && !$0.contentType.isMalformed }
        #expect(isCertain || message.leaves.count == 1)
        #expect(Rewriting(message).rendered().joined() == message.octets.array())
    }

    /// The fields that describe what a malformed type was meant to be.
    @Test func parametersOfARepairedTypeAreRead() {
        let type = ContentType(Array("\"text/plain\"; charset=\"koi8-r\"; name=x".utf8))
        #expect(type?.value["charset"] == Array("koi8-r".utf8))
        #expect(type?.value["name"] == Array("x".utf8))
        let without = ContentType(Array("text/plain charset=koi8-r".utf8))
        #expect(without?.value["charset"] == Array("koi8-r".utf8))
    }

    @Test(
        arguments: [
            ("text/html", "text/html", false), (" TEXT / HTML ;x=y", "text/html", false), ("a/b", "a/b", false),
            ("a/b/c", nil, true), ("text", nil, true), ("text/", nil, true), ("/plain", nil, true), ("", nil, true),
            ("te xt/plain", nil, true), ("text/plain x", "text/plain", true),
            ("image/png; boundary=b", "image/png", false),
            ("image/png/x", nil, true), ("text/html]", "text/html", true), ("te(x)xt/html", nil, true),
            ("text (x) / (y) html (z)", "text/html", false),
        ] as [(String, String?, Bool)]
    )
    func typesByThemselves(text: String, type: String?, isMalformed: Bool) {
        let contentType = ContentType(Array(text.utf8))
        #expect(contentType.map { String(decoding: $0.type + [0x2F] + $0.subtype, as: UTF8.self) } == type)
        #expect((contentType?.isMalformed ?? true) == isMalformed)
    }

    /// Edits of the header of a message whose first part stands in it touch neither.
    @Test func aHeaderThatGoesOnInTheFirstPartIsRenderedOnce() throws {
        let text =
            "A: 1\r\nContent-Type: multipart/x; boundary=i\r\n--i\r\nB: 2\r\n\r\none\r\n--i\r\n\r\ntwo\r\n--i--\r\n"
        let message = Message(Array(text.utf8))
        var header = HeaderBlock(message.octets.array())
        try header.add(name: Array("T".utf8), value: Array("t".utf8))
        var rewriting = Rewriting(message)
        rewriting.replaceHeader(with: header)
        let (first, second) = (message.parts[1], message.parts[2])
        let outcomes = [first, second].map { rewriting.replace($0, with: Array("\r\nnew".utf8)) }
        #expect(outcomes == [false, true])
        let expected = "T: t\r\n" + text.replacing("\r\ntwo", with: "\r\nnew")
        #expect(String(decoding: rewriting.rendered().joined(), as: UTF8.self) == expected)
    }

    /// A last field without line end must not run into those that are added behind it.
    @Test func enclosingFieldsWithoutLineEnd() {
        let fields = Array("From: a@b.example".utf8)
        let enclosed = MIMEWriter.enclosing(MessagePieces(), text: Array("x".utf8), fields: fields)
        #expect(Message(enclosed.joined()).header.fields.count == 4)
    }
}
