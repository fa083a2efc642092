// Every defect that there is, as a message that has it: most of them are how filters are evaded.
// Must not test what is read in spite of them; the tests of each reader do.

import Testing

@testable import Mail

@Suite struct DefectTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: Defect.Kind
        /// LF is written for CRLF; the defect is behind the sign §, which is not in the message.
        let text: String

        init(_ kind: Defect.Kind, _ name: String, _ text: String) {
            self.kind = kind
            self.name = name
            self.text = text
        }

        var testDescription: String { name }
        var offset: Int? { Array(text.utf8).firstRange(of: Array("§".utf8))?.lowerBound }
        var octets: [UInt8] { Array(text.replacing("§", with: "").utf8) }
    }

    /// A header with CRLF, and a body as it is.
    private static func message(_ header: String, _ body: String = "") -> String {
        header.replacing("\n", with: "\r\n") + "\r\n\r\n" + body.replacing("\n", with: "\r\n")
    }

    private static func multipart(_ body: String, parameters: String = "boundary=b") -> String {
        message("§Content-Type: multipart/mixed; \(parameters)", body)
    }

    /// The same with the place of the defect in the body.
    private static func inMultipart(_ body: String) -> String {
        message("Content-Type: multipart/mixed; boundary=b", body)
    }

    static let lines: [Case] = [
        Case(
            .bareCR,
            "a bare CR before a boundary",
            message("Content-Type: multipart/mixed; boundary=b") + "x§\r--b\r\n"
        ),
        Case(.bareCR, "CR CR LF ends the header for some", "A: 1§\r\r\n\r\nx"),
        Case(
            .bareLF,
            "a bare LF before a boundary",
            message("Content-Type: multipart/mixed; boundary=b") + "x§\n--b\r\n"
        ),
        Case(.nul, "a NUL in a header", message("A: 1\nSubject: a§\0b")),
        Case(.nul, "a NUL in a body", message("A: 1", "x§\0")),
        Case(.longLine, "a header line of 999 octets", message("A: 1\n§B: " + String(repeating: "x", count: 996))),
    ]

    static let fields: [Case] = [
        Case(.eightBitHeader, "octets above 127 in a header", message("Subject: §é")),
        Case(.missingColon, "a header line without colon", message("A: 1\n§no field\nB: 2")),
        Case(.mboxLine, "the line of an mbox file", "§From a@b.example Mon Nov 23 08:15:04 2026\r\nA: 1\r\n\r\n"),
        Case(.emptyFieldName, "a header line that begins with a colon", message("A: 1\n§: 2")),
        Case(.invalidFieldName, "a control character in a field name", message("A: 1\nSub§\u{1}ject: 2")),
        Case(.spaceBeforeColon, "white space before the colon", message("Subject§ : 1")),
        Case(.orphanContinuation, "a continuation of nothing", message("§ x\nA: 1")),
        Case(
            .orphanContinuation,
            "one behind an mbox file's line",
            message("From a@b.example Mon Nov 23 08:15:04 2026\n§ x\nA: 1")
        ),
        Case(.blankContinuation, "a folded line of white space", message("A: 1\n§ \t\n 2")),
        Case(.missingHeaderEnd, "a header without end", "A: 1\r\n§"),
        Case(.duplicateField, "two From", message("From: a@b.example\n§From: c@d.example")),
        Case(.duplicateField, "two Subject", message("Subject: a\nX: b\n§subject: c")),
        Case(
            .duplicateField,
            "two Content-Disposition",
            message("Content-Disposition: inline\n§Content-Disposition: x")
        ),
        Case(
            .tooManyFields,
            "more fields than the limit",
            message(repeatElement("A: 1", count: 10_000).joined(separator: "\n") + "\n§A: 1")
        ),
    ]

    static let values: [Case] = [
        Case(.malformedEncodedWord, "an encoded word without end", message("A: 1\n§Subject: =?utf-8?q?x")),
        Case(.invalidEncodedText, "junk in an encoded word", message("A: 1\n§Subject: =?utf-8?b?YW*I=?=")),
        Case(.unknownCharset, "a character set that nobody knows", message("A: 1\n§Subject: =?x-no?q?x?=")),
        Case(.invalidText, "octets that are none in their character set", message("A: 1\n§Subject: =?utf-8?q?=FF?=")),
        Case(.invalidEncodedText, "raw octets in an encoded word", message("§Subject: =?utf-8?q?a\u{1}é?=")),
        Case(.missingByteOrder, "UTF-16 in no order", message("A: 1\n§Subject: =?utf-16?b?ACYAIQ==?=")),
        Case(.missingByteOrder, "UCS-4 in no order", message("§Subject: =?iso-10646-ucs-4?b?AAAAJg==?=")),
        Case(
            .encodedControl,
            "an encoded line end with a field behind it",
            message("A: 1\n§Subject: =?utf-8?q?a=0D=0ABcc:_x?=")
        ),
        Case(.encodedControl, "an encoded NUL", message("§Subject: =?utf-8?b?YQBi?=")),
        Case(.invalidAddress, "something that is no address", message("A: 1\n§From: nobody")),
        Case(.invalidAddress, "two addresses without comma", message("§To: <a@b.example> <c@d.example>")),
        Case(
            .encodedWordInAddress,
            "an encoded word as the local part",
            message("A: 1\n§From: =?utf-8?q?boss?=@b.example")
        ),
        Case(
            .encodedWordInAddress,
            "an encoded word in angle brackets",
            message("§From: Boss <=?utf-8?q?boss@evil.example?=>")
        ),
        Case(
            .encodedSeparator,
            "an encoded word that hides an address",
            message("A: 1\n§From: =?utf-8?q?boss=40b.example=2C?= <x@evil.example>")
        ),
        Case(
            .encodedSeparator,
            "one in a quoted string",
            message("§From: \"=?utf-8?b?PGJvc3NAYi5leGFtcGxlPg==?=\" <x@evil.example>")
        ),
        Case(.encodedSeparator, "one in the name of a group", message("§To: =?utf-8?q?a=40b?=: c@d.example;")),
        Case(.unclosedAddress, "a quoted string without end", message("§From: \"a <b@c.example>")),
        Case(
            .tooManyAddresses,
            "more addresses than the limit",
            message("§To: " + repeatElement("a@b", count: 10_001).joined(separator: ","))
        ),
    ]

    static let parameters: [Case] = [
        Case(
            .malformedParameter,
            "a parameter without semicolon",
            message("A: 1\n§Content-Type: a/b; name=\"x\" boundary=c")
        ),
        Case(
            .malformedParameter,
            "a comment in a file name, which is none to some",
            message("A: 1\n§Content-Disposition: attachment; filename=file.z(.gif)ip")
        ),
        Case(.malformedParameter, "a quote in a token", message("§Content-Type: a/b; name=a\"b.txt\"")),
        Case(.malformedParameter, "a backslash in a token", message("§Content-Type: a/b; name=a\\.exe")),
        Case(.malformedParameter, "a control character in a token", message("§Content-Type: a/b; name=a\u{1}.exe")),
        Case(.malformedParameter, "one in a quoted string", message("§Content-Type: a/b; name=\"a\u{8}.exe\"")),
        Case(.malformedParameter, "a comment in a parameter's name", message("§Content-Type: a/b; na(x)me=1")),
        Case(.malformedParameter, "a parameter's name that is no token", message("§Content-Type: a/b; na@me=1")),
        Case(.malformedParameter, "a section that is no number", message("§Content-Type: a/b; name*x=1")),
        Case(
            .malformedParameter,
            "raw octets where they are to be encoded",
            message("§Content-Type: a/b; name*=utf-8''a b%zz")
        ),
        Case(.duplicateParameter, "two boundaries", multipart("--b--", parameters: "boundary=b; boundary=c")),
        Case(
            .duplicateParameter,
            "two file names",
            message("§Content-Disposition: attachment; filename=a.txt; filename=a.exe")
        ),
        Case(.duplicateParameter, "two of one continuation", message("§Content-Type: a/b; name*0=a; name*0=b")),
        Case(
            .ambiguousParameter,
            "a name written plainly and otherwise by RFC 2231",
            message("A: 1\n§Content-Disposition: attachment; filename=a.txt; filename*=utf-8''a.exe")
        ),
        Case(
            .ambiguousParameter,
            "the same with a boundary",
            multipart("--b--", parameters: "boundary=a; boundary*0=b")
        ),
        Case(
            .encodedWordInParameter,
            "an encoded word as a file name",
            message("§Content-Type: a/b; name=\"=?utf-8?q?a=2Eexe?=\"")
        ),
        Case(
            .tooManyParameters,
            "more parameters than the limit",
            message("§Content-Type: a/b" + (0...200).map { "; p\($0)=1" }.joined())
        ),
    ]

    static let parts: [Case] = [
        Case(.duplicateContentType, "two Content-Type", message("Content-Type: text/plain\n§Content-Type: text/html")),
        Case(.malformedContentType, "a type without subtype", message("A: 1\n§Content-Type: html")),
        Case(.malformedContentType, "a type in quotes", message("§Content-Type: \"text/html\"")),
        Case(.malformedContentType, "an unknown type with a boundary", message("§Content-Type: x-y/z; boundary=b")),
        Case(
            .duplicateTransferEncoding,
            "two Content-Transfer-Encoding",
            message("Content-Transfer-Encoding: 7bit\n§Content-Transfer-Encoding: base64")
        ),
        Case(.unknownTransferEncoding, "an unknown encoding", message("A: 1\n§Content-Transfer-Encoding: x-no")),
        Case(
            .unknownTransferEncoding,
            "a type as the encoding",
            message("§Content-Transfer-Encoding: multipart/related")
        ),
        Case(
            .malformedTransferEncoding,
            "an encoding with more behind it",
            message("A: 1\n§Content-Transfer-Encoding: base64 x")
        ),
        Case(.malformedTransferEncoding, "an encoding that is empty", message("§Content-Transfer-Encoding:")),
        Case(
            .encodedContainer,
            "a multipart in base64",
            message("§Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=b", "--b--\n")
        ),
        Case(
            .encodedContainer,
            "a message in quoted-printable",
            inMultipart(
                "--b\n§Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\nA: 1\n\n--b--"
            )
        ),
        Case(.missingBoundary, "a multipart without boundary", message("§Content-Type: multipart/mixed", "--b\n")),
        Case(.missingBoundary, "an empty boundary", multipart("--\n", parameters: "boundary=\"\"")),
        Case(
            .malformedBoundary,
            "a boundary of 71 octets",
            multipart("", parameters: "boundary=" + String(repeating: "x", count: 71))
        ),
        Case(.malformedBoundary, "a boundary with a NUL", multipart("", parameters: "boundary=\"b\0c\"")),
        Case(
            .reusedBoundary,
            "the boundary of the multipart around it",
            inMultipart("--b\n§Content-Type: multipart/mixed; boundary=b\n\n--b--\n")
        ),
        Case(.unclosedMultipart, "a multipart without its last boundary", multipart("--b\n\nx\n")),
        Case(.boundaryAfterEnd, "a part behind the last boundary", inMultipart("--b\n\nx\n--b--\n§--b\n\ny\n--b--\n")),
        Case(
            .ambiguousBoundary,
            "a line that goes on behind the boundary",
            inMultipart("--b\n\nx\n§--bX\n\ny\n--b--\n")
        ),
        Case(
            .ambiguousBoundary,
            "white space at the end of a boundary",
            multipart("--b \n", parameters: "boundary=\"b \"")
        ),
        Case(
            .ambiguousBoundary,
            "a boundary that begins like another",
            inMultipart("--b\n§Content-Type: multipart/mixed; boundary=bb\n\n--bb--\n--b--\n")
        ),
        Case(
            .ambiguousBoundary,
            "a line like the outer boundary in an inner multipart",
            inMultipart("--b\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\n§--bX\n--i--\n--b--\n")
        ),
        Case(
            .partialMessage,
            "a piece of a message",
            message("§Content-Type: message/partial; id=a; number=1; total=2")
        ),
        Case(
            .externalBody,
            "content from elsewhere",
            inMultipart("--b\n§Content-Type: message/external-body; access-type=URL; URL=x\n\n--b--")
        ),
        Case(
            .differingFileNames,
            "a file with two names",
            inMultipart("--b\n§Content-Type: a/b; name=a.exe\nContent-Disposition: attachment; filename=a.txt\n\n--b--")
        ),
        Case(
            .tooManyParts,
            "more parts than the limit",
            inMultipart(String(repeating: "--b\n\n", count: 9_999) + "§--b\n\n")
        ),
        Case(
            .tooDeep,
            "parts deeper than the limit",
            message(
                repeatElement("Content-Type: message/rfc822", count: 100).joined(separator: "\n\n")
                    + "\n\n§Content-Type: message/rfc822"
            )
        ),
    ]

    static let contents: [Case] = [
        Case(.invalidBase64, "junk in base64", message("Content-Transfer-Encoding: base64", "§QU*JD\n")),
        Case(.invalidBase64, "padding inside base64", message("Content-Transfer-Encoding: base64", "§QQ==QUJD\n")),
        Case(.invalidBase64, "base64 cut off", message("Content-Transfer-Encoding: base64", "§QUJ")),
        Case(
            .invalidQuotedPrintable,
            "an escape that is none",
            message("Content-Transfer-Encoding: quoted-printable", "§a=4zb\n")
        ),
        Case(
            .invalidQuotedPrintable,
            "an octet above 127 that is not quoted",
            message("Content-Transfer-Encoding: quoted-printable", "§é\n")
        ),
        Case(
            .invalidQuotedPrintable,
            "a control character that is not quoted",
            message("Content-Transfer-Encoding: quoted-printable", "§a\u{1B}b\n")
        ),
        Case(
            .invalidUuencode,
            "uuencode without end",
            message("Content-Transfer-Encoding: x-uuencode", "§begin 644 x\n#0V%T\n")
        ),
        Case(
            .embeddedUuencode,
            "a uuencoded file in plain text",
            message("A: 1", "§Hello,\nbegin 644 a.exe\n#0V%T\n`\nend\n")
        ),
        Case(
            .embeddedUuencode,
            "one in quoted-printable",
            message("Content-Transfer-Encoding: quoted-printable", "§begin 0644 a.exe\n#0V%T\n`\nend\n")
        ),
        Case(.tooMuchDecoded, "more to decode than the limit", ""),
    ]

    static let cases = lines + fields + values + parameters + parts + contents

    @Test(arguments: cases.filter { $0.offset != nil })
    func isFoundAtItsPlace(_ test: Case) {
        let found = Message(test.octets).allDefects()
        #expect(found.first { $0.kind == test.kind }?.offset == test.offset)
    }

    /// What the header has is found without the body, too.
    @Test(arguments: (lines + fields + values + parameters).filter { $0.offset != nil })
    func isFoundInTheHeaderAlone(_ test: Case) {
        let block = HeaderBlock(test.octets)
        guard let offset = test.offset, offset <= block.range.upperBound, block.isTerminated else { return }
        #expect(block.allDefects().contains(Defect(test.kind, at: offset)))
    }

    @Test func everyDefectHasItsCase() {
        #expect(Set(Self.cases.map(\.kind)) == Set(Defect.Kind.allCases))
    }

    /// What is right has none of them, close as it may be.
    @Test(arguments: [
        message("From: a@b.example\nTo: \"Doe, John\" <c@d.example>, g: e@f.example;\nSubject: =?utf-8?q?a=2C_b?="),
        message("From: =?utf-8?q?J=C3=B6rg_Doe?= <c@d.example>\nCc: (a (b) c) x@[192.0.2.1]"),
        message("Content-Disposition: attachment; filename=\"a b.txt\"; filename*=utf-8''a%20b.txt"),
        message("Content-Type: a/b; name=a.txt\nContent-Disposition: attachment; filename=a.txt"),
        message("A: 1", "We begin 644 years ago.\nbegin 644 x\nlike this, and end\n"),
        message("Content-Type: text/plain (a comment); charset=us-ascii (another)"),
        message("Content-Type: application/x-y; boundary=b\nContent-Transfer-Encoding:  Base64 "),
        message(
            "Content-Type: text/x; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
            "a\tb =3D=\n =C3=A9 \n"
        ),
        message("Subject: =?utf-16?b?/v8AJg==?= =?utf-16be?b?ACY=?= =?utf-16?b?ICA=?="),
        message("A: 1", "begin tomorrow at nine\n#0V%T\n"),
        inMultipart("--b\nContent-Type: multipart/mixed; boundary=\"c=_:1?/\"\n\n--c=_:1?/\n\nx\n--c=_:1?/--\n--b--\n"),
    ])
    func whatIsRightHasNone(text: String) {
        #expect(Message(Array(text.utf8)).allDefects() == [])
    }
}
