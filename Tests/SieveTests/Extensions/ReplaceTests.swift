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

    private static let evil = "Content-Type: application/x-evil; name=evil.exe\n\nbad"
    private static let gone = "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nGone."

    private static func multipart(_ parts: String...) -> String {
        "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n"
            + parts.map { "--b\n\($0)\n" }.joined() + "--b--\n"
    }

    /// A part of an attached message in base64 stayed as it was, and the verdict said that it was replaced.
    @Test func aPartOfAnEncodedMessageTakesThatMessageWithIt() {
        let inner = Self.evil.replacing("\n", with: "\r\n")
        let attached =
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + String(decoding: Base64.encode(Array(inner.utf8)), as: UTF8.self)
        let source =
            require
            + "foreverypart { if header :mime :param \"name\" :contains \"content-type\" \"evil\" { replace \"Gone.\"; } }"
        #expect(evaluate(source, on: Self.multipart(attached, "\ntext")).message == Self.multipart(Self.gone, "\ntext"))
        let alone = evaluate(source, on: "Subject: x\n\(attached)\n")
        #expect(alone.message == "Subject: x\nMIME-Version: 1.0\n\(Self.gone)")
    }

    /// What was replaced first stayed, and what it was in, too.
    @Test func aPartThatIsReplacedAfterOneInItGoesWhole() {
        let attached = "Content-Type: message/rfc822\n\nSubject: inner\n\(Self.evil)"
        let source =
            require + """
                foreverypart { if header :mime :contenttype "content-type" "application/x-evil" { replace "In it."; } }
                foreverypart { if header :mime :contenttype "content-type" "message/rfc822" { replace "Gone."; } }
                """
        #expect(evaluate(source, on: Self.multipart(attached)).message == Self.multipart(Self.gone))
    }

    /// What was signed is another text then; all else, the signature too, is left as it was.
    @Test func aReplacedPartOfASignedMessageLeavesTheRestAndBreaksTheSignature() {
        let signed = """
            From: a@example.com
            Content-Type: multipart/signed; micalg=pgp-sha256;
             protocol="application/pgp-signature"; boundary=s

            This is signed.
            --s
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain

            Trailing blanks stay:  \u{20}
            --b
            \(Self.evil)
            --b--

            --s
            Content-Type: application/pgp-signature; name="signature.asc"

            -----BEGIN PGP SIGNATURE-----
            -----END PGP SIGNATURE-----
            --s--
            Behind it.

            """
        let source =
            require
            + "foreverypart { if header :mime :contenttype \"content-type\" \"application/x-evil\" { replace \"Gone.\"; } }"
        let result = evaluate(source, on: signed)
        #expect(result.message == signed.replacing(Self.evil, with: Self.gone))
    }

    @Test func theMessageIsReplacedButForItsFields() {
        let result = evaluate(require + "replace :subject \"new\" \"gone\"; addheader \"X-A\" \"1\";", on: message)
        let read = Message(Array((result.message ?? "").replacing("\n", with: "\r\n").utf8))
        #expect(read.defects.isEmpty)
        #expect(read.parts.count == 1)
        #expect(read.text(of: read.parts[0]).text == "gone")
        #expect(result.message?.hasPrefix("X-A: 1\nFrom: a@example.com\nMIME-Version: 1.0\nSubject: new\n") == true)
    }

    @Test func whatSubjectAndFromWereIsKept() {
        let folded = message.replacing("Subject: foo", with: "Subject: =?utf-8?q?f=C3=B6?=\n o\nsubject: second")
        let source = require + "replace :subject \"new\" :from \"Filter <f@example.com>\" \"gone\";"
        let result = evaluate(source, on: folded)
        let header = """
            MIME-Version: 1.0
            Subject: new
            From: Filter <f@example.com>
            Original-Subject: =?utf-8?q?f=C3=B6?=
             o
            Original-Subject: second
            Original-From: a@example.com
            Content-Type: text/plain; charset=us-ascii

            """
        #expect(result.message?.hasPrefix(header) == true)
    }

    @Test func whatSubjectWasIsKeptAsOtherRulesLeftIt() {
        let source =
            require + "deleteheader \"Subject\"; addheader \"Subject\" \"mine\"; replace :subject \"new\" \"gone\";"
        #expect(evaluate(source, on: message).message?.contains("\nOriginal-Subject: mine\n") == true)
        let none = require + "deleteheader \"Subject\"; replace :subject \"new\" \"gone\";"
        #expect(evaluate(none, on: message).message?.contains("Original-") == false)
        #expect(evaluate(require + "replace \"gone\";", on: message).message?.contains("Original-") == false)
    }

    @Test(arguments: ["", "nobody", "a@", "Anna <a@example.com", "a@example.com, b"])
    func aFromThatIsNoAddressIsAnError(from: String) {
        let constant = evaluate(require + "replace :from \"\(from)\" \"gone\";", on: message)
        #expect(constant.diagnostics == ["2 error: replace command: '\(from)' cannot be a From field"])
        let variable = evaluate(require + "set \"f\" \"\(from)\";\nreplace :from \"${f}\" \"gone\";", on: message)
        #expect(variable.failure == "3 replace: '\(from)' cannot be a From field")
        #expect(variable.message == nil)
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

    /// Messages as they should not be, and the fields of the message that they are enclosed in.
    @Test(arguments: [
        ("Date: Mon, 23 Nov 2026 08:15:04 +0000\nFrom: a@b.example", ["Date", "From", "Subject"]),
        ("From: a@b.example", ["From", "Subject"]),
        (" X-Evil: 1\nnothing\n X-Evil: 2\nFrom: a@b.example\nX-Evil: 3\n\nbody\n", ["From", "Subject"]),
        ("From a@b.example Mon Nov 23 08:15:04 2026\nFrom: a@b.example\n\n", ["From", "Subject"]),
    ])
    func aBrokenMessageIsEnclosedInOneThatIsNot(message: String, names: [String]) {
        let result = evaluate(require + "enclose :subject \"Warning\" \"Look out.\";", on: message)
        let read = Message(Array((result.message ?? "").replacing("\n", with: "\r\n").utf8))
        #expect(read.header.defects == [])
        #expect(
            read.header.fields.map { read.header.name(of: $0).text }
                == names + ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
        )
        let subject = read.header.firstField(named: "Subject").map { read.header.decodedValue(of: $0).text }
        #expect(subject == "Warning")
        let attached = read.parts[0].children.last.map { read.parts[$0].bodyBytes.text.replacing("\r\n", with: "\n") }
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
