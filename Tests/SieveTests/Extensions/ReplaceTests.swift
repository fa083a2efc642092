// replace and enclose: what becomes of the message, and that tests see it as it came.

import Mail
import Testing

@testable import Sieve

private let message = """
    From: a@example.com
    Subject: foo
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary=b

    --b
    Content-Type: text/plain

    good
    --b
    Content-Type: application/x-evil; name="evil.exe"

    bad
    --b--

    """

private let require =
    "require [\"replace\", \"enclose\", \"foreverypart\", \"mime\", \"editheader\", \"body\", \"variables\"];\n"

struct ReplaceTests {
    @Test func aPartIsReplacedAndTheRestStays() {
        let source =
            require + """
                foreverypart {
                    if header :mime :param "name" :matches "content-type" "*.exe" { replace "It is gone."; }
                }
                if not body :raw :contains "bad" { discard; }
                """
        let result = evaluate(source, on: message)
        #expect(result.actions == ["replace", "implicit keep"])
        let gone = "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nIt is gone."
        let evil = "Content-Type: application/x-evil; name=\"evil.exe\"\n\nbad"
        #expect(result.message == message.replacing(evil, with: gone))
    }

    @Test func theMessageIsReplacedButForItsFields() {
        let result = evaluate(require + "replace :subject \"new\" \"gone\"; addheader \"X-A\" \"1\";", on: message)
        let read = Message(Array((result.message ?? "").replacing("\n", with: "\r\n").utf8))
        #expect(read.defects.isEmpty)
        #expect(read.parts.count == 1)
        #expect(read.text(of: read.parts[0]).text == "gone")
        #expect(result.message?.hasPrefix("X-A: 1\nFrom: a@example.com\nMIME-Version: 1.0\nSubject: new\n") == true)
    }

    @Test func aMIMEEntityIsTakenAsItIs() {
        let source = require + "replace :mime text:\nContent-Type: text/html\n\n<b>gone</b>\n.\n;"
        let result = evaluate(source, on: message)
        #expect(result.message?.hasSuffix("\nContent-Type: text/html\n\n<b>gone</b>\n") == true)
    }

    @Test func theMessageIsEnclosedWhole() {
        let result = evaluate(require + "enclose :subject \"Warning\" :headers [\"From\"] \"Look out.\";", on: message)
        let read = Message(Array((result.message ?? "").replacing("\n", with: "\r\n").utf8))
        #expect(read.defects.isEmpty)
        #expect(read.header.fields(named: Array("From".utf8)).count == 1)
        #expect(
            read.header.fields(named: Array("Subject".utf8)).map { read.header.decodedValue(of: $0).text } == [
                "Warning"
            ]
        )
        let children = read.parts[0].children.map { read.parts[$0] }
        #expect(children.map { $0.contentType.subtype.text } == ["plain", "rfc822"])
        let attached = children[1].bodyBytes.text.replacing("\r\n", with: "\n")
        #expect(attached == message)
    }

    @Test func withoutThemThereIsNoOtherMessage() {
        #expect(evaluate("keep;", on: message).message == nil)
    }

    @Test func boundsRewrites() {
        var limits = Sieve.Limits()
        limits.rewrites = 1
        #expect(evaluate(require + "replace \"a\";", on: message, limits: limits).failure == nil)
        let two = evaluate(require + "replace \"a\"; enclose \"b\";", on: message, limits: limits)
        #expect(two.failure?.contains("(rewrites)") == true)
    }
}
