// Base64, quoted-printable and uuencode: what is right, what is wrong, and there and back.
// Must not test parts.

import Testing

@testable import Mail

@Suite struct TransferEncodingTests {
    private func decode(_ text: String, _ encoding: TransferEncoding) -> (String, [Defect.Kind]) {
        var defects = Defects()
        let octets = TransferDecoder.decode(Array(text.utf8).span, encoding, noting: &defects)
        return (String(decoding: octets, as: UTF8.self), defects.list.map(\.kind))
    }

    @Test(arguments: [
        ("", "", true), ("Zg==", "f", true), ("Zm8=", "fo", true), ("Zm9v", "foo", true),
        ("Zm9v\r\nYmFy", "foobar", true),
        (" Z m 8 = ", "fo", true), ("Zm8", "fo", false), ("Zg=", "f", false), ("Zg", "f", false), ("Z", "", false),
        ("=", "", false), ("====", "", false), ("Zg==Zg==", "ff", false), ("Z!g==", "f", false),
        ("Zm9v=", "foo", false),
        ("Zm9vYmFy--\r\n", "foobar", false), ("Zg-_==", "f", false),
    ])
    func base64(text: String, expected: String, isValid: Bool) {
        let (decoded, defects) = decode(text, .base64)
        #expect(decoded == expected)
        #expect(defects == (isValid ? [] : [.invalidBase64]))
    }

    @Test(arguments: [
        ("a=3Db", "a=b", true), ("a=\r\nb", "ab", true), ("a= \t\r\nb", "ab", true), ("a=\nb", "ab", true),
        ("a  \r\nb \t", "a\r\nb", true), ("a b", "a b", true), ("=c3=a9", "é", true), ("a=", "a", true),
        ("a\nb\rc", "a\r\nb\r\nc", true), ("a=zz", "a=zz", false), ("a=4", "a=4", false), ("a==41", "a=A", false),
        ("a=20 \r\n", "a \r\n", true), ("a\tb", "a\tb", true), ("é", "é", false), ("a\u{1}", "a\u{1}", false),
        ("a\0b=\n", "a\0b", false), ("\u{7F}", "\u{7F}", false),
    ])
    func quotedPrintable(text: String, expected: String, isValid: Bool) {
        let (decoded, defects) = decode(text, .quotedPrintable)
        #expect(decoded == expected)
        #expect(defects == (isValid ? [] : [.invalidQuotedPrintable]))
    }

    @Test(arguments: [
        ("begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n", "Cat", true),
        ("text\nbegin 644 cat.txt\n#0V%T\nend", "Cat", true),
        ("begin 644 x\n#0V%T\n", "Cat", false), ("#0V%T\n", "", false), ("begin 644 x\n#0V\nend", "C`\0", true),
        ("begin 644 x\nM0V%T\nend", "Cat", false), ("begin 644 x\n#0{%T\nend", "@\u{1}t", false),
    ])
    func uuencode(text: String, expected: String, isValid: Bool) {
        let (decoded, defects) = decode(text, .uuencode)
        #expect(decoded == expected)
        #expect(defects == (isValid ? [] : [.invalidUuencode]))
    }

    /// What stands in the field, how it is read, and whether that is as it should be.
    @Test(
        arguments: [
            ("7bit", .identity, nil), (" 8BIT ", .identity, nil), ("Binary", .identity, nil), ("base64", .base64, nil),
            ("X-UUENCODE", .uuencode, nil), ("quoted-printable", .quotedPrintable, nil),
            (";base64", .base64, .malformedTransferEncoding), ("(base64)", .base64, .malformedTransferEncoding),
            ("", .identity, .malformedTransferEncoding), (" ; ", .identity, .malformedTransferEncoding),
            ("base64 ;x=y", .base64, .malformedTransferEncoding), ("base64 x", .base64, .malformedTransferEncoding),
            ("(c) BASE64", .base64, .malformedTransferEncoding), ("\"base64\"", .base64, .malformedTransferEncoding),
            ("base64,", .base64, .malformedTransferEncoding), ("base\\64", .unknown, .unknownTransferEncoding),
            ("=?utf-8?b?YmFzZTY0?=", .base64, .malformedTransferEncoding),
            ("Content-Transfer-Encoding: base64", .base64, .malformedTransferEncoding),
            ("Quoted-Printable ; x", .quotedPrintable, .malformedTransferEncoding),
            ("7bit; base64", .identity, .malformedTransferEncoding),
            ("base-64", .unknown, .unknownTransferEncoding), ("multipart/related", .unknown, .unknownTransferEncoding),
            ("x-no", .unknown, .unknownTransferEncoding),
        ] as [(String, TransferEncoding, Defect.Kind?)]
    )
    func encodingsAsOtherReadersTakeThem(text: String, encoding: TransferEncoding, defect: Defect.Kind?) {
        #expect(TransferEncoding(Array(text.utf8)) == encoding)
        #expect(TransferEncoding.read(Array(text.utf8)).defect == defect)
        let block = HeaderBlock(Array("Content-Transfer-Encoding: \(text)\r\n\r\n".utf8))
        #expect(block.allDefects().map(\.kind) == (defect.map { [$0] } ?? []))
    }

    @Test func thereAndBack() {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<300 {
            let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var decoded: [UInt8] = []
            #expect(Base64.decode(Base64.encode(octets).span, into: &decoded))
            #expect(decoded == octets)
            let text = octets.map { $0.isLineEnd ? UInt8.space : $0 }
            let encoded = QuotedPrintable.encode(text)
            decoded = []
            #expect(QuotedPrintable.decode(encoded.span, into: &decoded))
            #expect(decoded == text)
            #expect(encoded.split(separator: .lf).allSatisfy { $0.count <= 77 })
        }
    }
}
