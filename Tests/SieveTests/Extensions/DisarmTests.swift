// disarm: HTML parts made harmless in their places, all else as it came.

import Mail
import Testing

@testable import Sieve

struct DisarmTests {
    private static let head = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"

    private static func message(_ html: String) -> String {
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\nplain <script>\n--b\n\(html)\n--b--\n"
    }

    private static let html = """
        Content-Type: text/html; charset=iso-8859-1
        Content-ID: <1@b.example>
        Content-Transfer-Encoding: quoted-printable

        <p onclick=3Dx>f=FCr<script>x</script></p>
        """

    @Test(arguments: ["disarm;", "foreverypart { disarm; }"])
    func partsOfHTMLAreMadeHarmlessAndTheRestStays(command: String) {
        let source = "require [\"vnd.popsieve.disarm\", \"foreverypart\"];\n\(command)"
        let result = evaluate(source, on: Self.message(Self.html))
        #expect(result.actions.first == "replace")
        #expect(result.failure == nil)
        let clean = "Content-ID: <1@b.example>\n" + Self.head + "<p>f=C3=BCr</p>"
        #expect(result.message == Self.message(clean))
    }

    @Test func aMessageThatIsHTMLKeepsItsFields() {
        let source = "require \"vnd.popsieve.disarm\"; disarm;"
        let result = evaluate(source, on: "Subject: x\nContent-Type: text/html\n\n<b>a</b><img src=https://b.example>")
        #expect(result.message == "Subject: x\nMIME-Version: 1.0\n" + Self.head + "<b>a</b><img>")
    }

    @Test func whatIsHarmlessIsNotTouched() {
        let source = "require \"vnd.popsieve.disarm\"; disarm;"
        let result = evaluate(source, on: Self.message("Content-Type: text/html\n\n<p>Hello</p>"))
        #expect(result.actions == ["implicit keep"])
        #expect(result.message == nil)
    }

    /// It would have to be replaced whole.
    @Test func aPartThatHasNoPlaceOfItsOwnIsAFailure() {
        let inner = Base64.encode(Array("Content-Type: text/html\r\n\r\n<script>".utf8))
        let attached =
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + String(decoding: inner, as: UTF8.self)
        let source = "require \"vnd.popsieve.disarm\"; disarm;"
        #expect(evaluate(source, on: Self.message(attached)).failure?.contains("encoded") == true)
    }
}
