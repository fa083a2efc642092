// What is in parts: decoded, as text, without HTML; and what allDefects finds on the way.
// Must not test the tree.

import Testing

@testable import Mail

@Suite struct PartContentTests {
    private func message(_ header: String, _ body: String) -> Message {
        Message(Array((header + "\r\n\r\n" + body).utf8))
    }

    @Test(
        arguments: [
            ("Content-Type: text/plain; charset=utf-8", "é", "é", []),
            ("Content-Type: text/plain", "a\0b", "a\0b", []),
            ("A: 1", "é", "é", [.invalidText]),
            (
                "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable", "=E9",
                "é", []
            ),
            ("Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64", "8NLJ18XU", "Привет", []),
            ("Content-Type: text/plain; charset=x-no", "abc", "abc", [.unknownCharset]),
            ("Content-Type: text/plain; charset=\"\"", "abc", "abc", [.unknownCharset]),
            ("Content-Type: text/x; charset=utf-8\r\nContent-Transfer-Encoding: base64", "w6k", "é", [.invalidBase64]),
            ("Content-Transfer-Encoding: quoted-printable", "a=zz", "a=zz", [.invalidQuotedPrintable]),
            ("Content-Transfer-Encoding: x-uuencode", "#0V%T", "", [.invalidUuencode]),
            ("Content-Type: image/png; charset=koi8-r\r\nContent-Transfer-Encoding: base64", "w6k=", "é", []),
        ] as [(String, String, String, [Defect.Kind])]
    )
    func texts(header: String, body: String, text: String, defects: [Defect.Kind]) {
        let message = message(header, body)
        var found = Defects()
        #expect(String(decoding: message.text(of: message.parts[0], noting: &found), as: UTF8.self) == text)
        #expect(found.list.map(\.kind) == defects)
        #expect(found.list.allSatisfy { $0.offset == message.header.range.upperBound })
    }

    @Test func fileNames() {
        let type = "Content-Type: a/b; name=\"one\""
        #expect(message(type, "").parts[0].fileName == Array("one".utf8))
        let both = type + "\r\nContent-Disposition: attachment; filename*=utf-8''%C3%A9"
        #expect(message(both, "").parts[0].fileName == Array("é".utf8))
        #expect(message(both, "").parts[0].fileNames == [Array("é".utf8), Array("one".utf8)])
        #expect(message("A: 1", "").parts[0].fileName == nil)
    }

    @Test func plainTextOfHTMLOnly() {
        let html = message("Content-Type: text/html", "<b>a</b>&amp;")
        #expect(html.plainText(of: html.parts[0]) == Array("a&".utf8))
        let plain = message("Content-Type: text/plain", "<b>a</b>")
        #expect(plain.plainText(of: plain.parts[0]) == Array("<b>a</b>".utf8))
    }

    @Test func allDefectsLooksIntoEverything() {
        let header = "Subject: =?x-no?q?a?=\r\nContent-Type: multipart/mixed; boundary=b"
        let message = message(header, "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n--b--\r\n")
        #expect(message.defects.isEmpty)
        #expect(message.allDefects().map(\.kind) == [.unknownCharset, .invalidBase64])
    }

    @Test func defectsInDecodedMessagesHaveTheOffsetOfWhatHoldsThem() {
        let header = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
        let inner = Base64.encode(Array("Subject: =?x-no?q?a?=\r\n\r\n".utf8))
        let message = message(header, String(decoding: inner, as: UTF8.self))
        let defect = message.allDefects().first { $0.kind == .unknownCharset }
        #expect(defect?.offset == message.header.range.upperBound)
    }

    @Test func everyDefectHasANameOfItsOwn() {
        let names = Defect.Kind.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { name in name.utf8.allSatisfy { $0 == 0x2D || $0 &- 0x61 < 26 || $0 &- 0x30 < 10 } })
    }

    // MARK: HTML

    @Test(arguments: [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one\r\ntwo\r\n"),
        ("one<br>two<BR/>three", "one\r\ntwo\r\nthree"),
        ("a \r\n\t b", "a b"),
        ("V<!-- x -->i<b></b>agra", "Viagra"),
        ("vi&shy;ag&#8203;ra", "viagra"),
        ("<style>p{}</style>a<SCRIPT>if (1<2) x</SCRIPT >b", "ab"),
        ("<title>t</title>b", "b"),
        ("&lt;&#65;&#x42;&eacute;&nbsp;&Alpha;&omega;&euro;&copy", "<ABé Αω€©"),
        ("&nosuch; &; &# &#x; &#xFFFFFF; &#0;", "&nosuch; &; &# &#x; \u{FFFD} \0"),
        ("a < b and 1<2 > 3", "a < b and 1<2 > 3"),
        ("<a title=\">\" href='>'>x</a>", "x"),
        ("<a title=\">x", "x"),
        ("<!DOCTYPE html><?xml?>x", "x"),
        ("<!-- never ends", ""), ("<script>never ends", ""), ("<a never ends", ""), ("<", "<"), ("</", "</"),
        ("&", "&"),
        ("<table><tr><td>a<td>b</table>", "a b\r\n"),
        ("caf\u{E9}", "café"),
    ])
    func htmlToText(html: String, text: String) {
        #expect(String(decoding: HTMLText.plain(Array(html.utf8)), as: UTF8.self) == text)
    }

    @Test(arguments: ["<", "<a ", "<a =\"", "<a ='>", "<!--", "<script>", "&#", "&amp", "</", "<a =\"><b ='>", "<br"])
    func hostileHTMLIsLinear(piece: String) {
        let html = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
        #expect(HTMLText.plain(html).count <= html.count * 2)
    }
}
