// Encoded words: RFC 2047's own examples, every kind of character set, and the mistakes of real mailers.
// Must not test header blocks.

import Testing

@testable import Mail

@Suite struct EncodedWordsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let value: [UInt8]
        let text: String
        let defects: [Defect.Kind]

        init(_ value: String, _ text: String, _ defects: Defect.Kind...) {
            self.init(Array(value.utf8), text, defects)
        }

        init(_ value: [UInt8], _ text: String, _ defects: [Defect.Kind]) {
            self.value = value
            self.text = text
            self.defects = defects
        }

        var testDescription: String { String(decoding: value, as: UTF8.self) }
    }

    /// RFC 2047 section 8.
    static let standard: [Case] = [
        Case("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        Case("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", "Keld Jørn Simonsen <keld@dkuug.dk>"),
        Case("=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>", "André Pirard <PIRARD@vm1.ulg.ac.be>"),
        Case(
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example."
        ),
        Case("(=?ISO-8859-1?Q?a?=)", "(a)"),
        Case("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        Case("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        Case("(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)", "(ab)"),
        Case("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        Case("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        Case("=?US-ASCII*EN?Q?Keith?=", "Keith"),  // RFC 2231 section 5
        Case("=?utf-8?q??=", ""),
    ]

    static let charsets: [Case] = [
        Case("=?UTF8?B?w6k=?=", "é"),
        Case("=?latin1?q?=E9?=", "é"),
        Case("=?windows-1252?Q?=80_=96?=", "€ –"),
        Case("=?iso-8859-15?Q?=A4?=", "€"),
        Case("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        Case("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
        Case("=?Shift_JIS?B?k/qWew==?=", "日本"),
        Case("=?x-sjis?B?h0A=?=", "①"),
        Case("=?EUC-JP?B?xvzL3A==?=", "日本"),
        Case("=?gb2312?B?1tC5+g==?=", "中国"),
        Case("=?GB2312?B?6IY=?=", "鑶"),  // GBK's, under the name of its base
        Case("=?big5?B?pKSw6g==?=", "中國"),
        Case("=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        Case("=?utf-7?Q?+AOk-?=", "é"),
        Case("=?utf-16?B?/v8A6Q==?=", "é"),
        Case("=?utf-16?B?//7pAA==?=", "é"),
        Case("=?utf-16?B?AOk=?=", "é", .missingByteOrder),
        Case("=?ucs-2?B?AOk=?=", "é", .missingByteOrder),
        Case("=?unicode?B?AOk=?=", "é", .missingByteOrder),
        Case("=?utf-16?B?AA==?= =?utf-16?B?6Q==?=", "é", .missingByteOrder),  // cut in two
        Case("=?utf-16?B?ICAhIQ==?=", "\u{2020}\u{2121}"),  // the same in both orders
        Case("=?utf-16?B?6QA=?=", "\u{E900}", .missingByteOrder),
        Case("=?utf-16?B??=", ""),
        Case("=?utf-16le?B?6QA=?=", "é"), Case("=?utf-16be?B?AOk=?=", "é"),
        Case("=?utf-32?B?AAD+/wAAAOk=?=", "é"), Case("=?utf-32?B?//4AAOkAAAA=?=", "é"),
        Case("=?utf-32?B?AAAA6Q==?=", "é", .missingByteOrder),
        Case("=?windows-1258?B?YeznIHg=?=", "áç x"),  // iconv holds the letter back until it knows its accent
        Case("=?x-unknown?Q?abc?=", "abc", .unknownCharset),
        Case("=?no/such//TRANSLIT?Q?abc?=", "abc", .unknownCharset),
        Case("=?wchar_t?Q?abc?=", "abc", .unknownCharset),
        Case("=?ISO-2022-CN-EXT?Q?abc?=", "abc", .unknownCharset),
        Case("=?x-unknown?Q?=C3=A9=FF?=", "é\u{FFFD}", .unknownCharset),
        Case("=?us-ascii?Q?=C3=A9?=", "é", .invalidText),
        // Found by fuzzing: iconv reads UTF-8 under odd names too, and lets through what is none.
        Case("=?ut+f-8?Q?=F5=AD=9A=9C?=", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", .unknownCharset),
        Case("=?ISO-10646/UTF8?Q?a?=", "a", .unknownCharset),
        Case("=?iso-ir-193?Q?=F5=AD=9A=9C?=", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", .invalidText),
        Case("=?utf-8?Q?=FFx?=", "\u{FFFD}x", .invalidText),
        Case("=?windows-1252?Q?=81x?=", "\u{FFFD}x", .invalidText),
        Case("=?euc-jp?Q?x=C6?=", "x\u{FFFD}", .invalidText),
    ]

    static let mistakes: [Case] = [
        Case("=?utf-8?Q?=E6=97?= =?utf-8?Q?=A5?=", "日"),  // a character cut in two
        Case("=?utf-8?B?5pc=?=\t=?UTF-8?Q?=A5?=", "日"),
        Case("=?utf-8?Q?=E6=97?= x =?utf-8?Q?=A5?=", "\u{FFFD} x \u{FFFD}", .invalidText),
        // Encoded blanks at the ends do not count (RFC 5228 section 5.7); those inside do.
        Case("=?UTF-8?Q?foo_?=", "foo"), Case("=?UTF-8?Q?_=09foo_bar=20?=", "foo bar"), Case("=?utf-8?Q?_?=", ""),
        Case("=?utf-8?B?IGZvbyA=?=", "foo"), Case("=?utf-8?Q?_?= =?utf-8?Q?foo?= =?utf-8?Q?_?=", "foo"),
        Case("=?utf-8?Q?foo_?= =?utf-8?Q?bar?=", "foo bar"), Case("x =?utf-8?Q?_?=", "x"),
        Case("=?utf-8?Q?foo=0D=0A?=", "foo", .encodedControl),
        Case("=?utf-8?Q?raw é?=", "raw é", .malformedEncodedWord, .invalidEncodedText),
        Case("=?utf-8?Q?a\u{1}?=", "a\u{1}", .invalidEncodedText, .encodedControl),
        Case("=?utf-8?Q?two words?=", "two words", .malformedEncodedWord),
        Case("=?utf-8?B?dHdv IHdv cmRz?=", "two words", .malformedEncodedWord),
        Case("=?utf-8?Q?why??=", "why?"),
        Case("=?utf-8?Q?a=?=", "a=", .invalidEncodedText),
        Case("=?utf-8?Q?a=4?=", "a=4", .invalidEncodedText),
        Case("=?utf-8?Q?a=zz?=", "a=zz", .invalidEncodedText),
        Case("=?utf-8?Q?=c3=a9?=", "é"),
        Case("=?utf-8?Q?never_ends", "never ends", .malformedEncodedWord),
        Case("=?utf-8?Q?never_ends and on", "never ends and on", .malformedEncodedWord),
        Case("=?utf-8?Q?one=?utf-8?Q?two?=", "onetwo", .malformedEncodedWord),
        Case("=?utf-8?Q?a=3D?==?utf-8?Q?b?=", "a=b"),
        Case("=?utf-8?B?YWJj", "abc", .malformedEncodedWord),
        Case("=?utf-8?B?YWI?=", "ab", .invalidEncodedText),
        Case("=?utf-8?B?YW==Yg==?=", "ab", .invalidEncodedText),
        Case("=?utf-8?B?Y*W!Jj?=", "abc", .invalidEncodedText),
        Case("=?utf-8?B?Y?=", "", .invalidEncodedText),
        Case("x=?utf-8?Q?y?=z", "xyz"),
        Case("\"=?utf-8?Q?quoted?=\" <a@b>", "\"quoted\" <a@b>"),
        Case("=?utf-8?X?abc?=", "=?utf-8?X?abc?=", .malformedEncodedWord),
        Case("=?utf-8?QQ?abc?=", "=?utf-8?QQ?abc?="),
        Case("=? utf-8?Q?abc?=", "=? utf-8?Q?abc?="),
        Case("=??Q?abc?=", "=??Q?abc?="),
        Case("=?", "=?"), Case("=?a", "=?a"), Case("=?a?", "=?a?"), Case("=?a?q", "=?a?q"),
        Case("=?a?q?", "", .malformedEncodedWord, .unknownCharset),
        Case("a =? b ?= c", "a =? b ?= c"),
        Case("1 + 1 =?", "1 + 1 =?"),
        Case("raw é", "raw é"),
        Case([0x61, 0xE9, 0x62], "a\u{FFFD}b", [.invalidText]),
        Case([0xE9] + Array(" =?utf-8?q?x?=".utf8), "\u{FFFD} x", [.invalidText]),
        Case("=?utf-8?q?a=0D=0ABcc:_x?=", "a\r\nBcc: x", .encodedControl),  // text, no field; adding it is refused
    ]

    @Test(arguments: standard + charsets + mistakes)
    func decodes(_ test: Case) {
        var defects = Defects()
        let text = EncodedWords.decode(test.value, noting: &defects)
        #expect(String(decoding: text, as: UTF8.self) == test.text)
        #expect(String(validating: text, as: UTF8.self) != nil)
        #expect(defects.list.map(\.kind) == test.defects)
    }

    @Test(arguments: standard + charsets + mistakes)
    func cutAtEveryByteGivesValidText(_ test: Case) {
        for end in 0...test.value.count {
            var defects = Defects()
            let text = EncodedWords.decode(Array(test.value[..<end]), noting: &defects)
            #expect(String(validating: text, as: UTF8.self) != nil)
        }
    }

    @Test func defectsHaveTheOffsetOfTheirField() throws {
        let block = HeaderBlock(Array("A: 1\r\nSubject: =?utf-8?q?=FF?=\r\n\r\n".utf8))
        var defects = Defects()
        _ = block.decodedValue(of: block.fields[1], noting: &defects)
        #expect(defects.list == [Defect(.invalidText, at: 6)])
    }

    /// Each search for an end must not look at everything that follows again.
    @Test(arguments: ["=?", "=?a?q?", "=?utf-8?q?x", "=?utf-8?q?x?=", "=?utf-8?b?", "=?a?q?=?", "=?a?q?? "])
    func hostileRepetitionsAreLinear(piece: String) {
        var defects = Defects()
        let value = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
        let text = EncodedWords.decode(value, noting: &defects)
        #expect(text.count <= value.count)
    }
}
