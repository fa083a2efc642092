// Content-Type and Content-Disposition: RFC 2231's examples, the mistakes of mailers, the limits.
// Must not test parts.

import Testing

@testable import Mail

@Suite struct ParametersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        /// The value, then `name=value` of each parameter.
        let expected: [String]
        let defects: [Defect.Kind]

        init(_ text: String, _ expected: String..., defects: [Defect.Kind] = []) {
            self.text = text
            self.expected = expected
            self.defects = defects
        }

        var testDescription: String { text }
    }

    static let cases: [Case] = [
        Case("text/plain", "text/plain"),
        Case("Text/PLAIN; CharSet=UTF-8", "text/plain", "charset=UTF-8"),
        Case("text/plain; charset=us-ascii (Plain text)", "text/plain", "charset=us-ascii"),
        Case("text/plain (a (nested) one); (x) charset (y) = \"us-ascii\" (z)", "text/plain", "charset=us-ascii"),
        Case("a/b; n=\"x; y\\\"z\\\\\"", "a/b", "n=x; y\"z\\"),
        Case("multipart/mixed; boundary=----=_Part_1:2/3?", "multipart/mixed", "boundary=----=_Part_1:2/3?"),
        // RFC 2231 sections 3, 4 and 4.1.
        Case(
            "message/external-body; access-type=URL; URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/x\"",
            "message/external-body",
            "access-type=URL",
            "url=ftp://cs.utk.edu/x"
        ),
        Case("a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "a/b", "title=This is ***fun***"),
        Case(
            "a/b; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; "
                + "title*2=\"isn't it!\"",
            "a/b",
            "title=This is even more ***fun*** isn't it!"
        ),
        Case("a/b; t*1=b; t*0=a", "a/b", "t=ab"),
        Case("a/b; t*0*=utf-8''%C3; t*1*=%A9", "a/b", "t=é"),
        Case("a/b; f*=iso-8859-1''%E9; f=e", "a/b", "f=é", defects: [.ambiguousParameter]),
        Case("a/b; f=e; f*=iso-8859-1''%E9", "a/b", "f=é", defects: [.ambiguousParameter]),
        Case("a/b; f*=''x%zz%4", "a/b", "f=x%zz%4", defects: [.malformedParameter]),
        Case("a/b; f*=no-quotes", "a/b", "f=no-quotes"),
        // Mistakes.
        Case("a/b;; n=1;", "a/b", "n=1"),
        Case("a/b; n", "a/b", defects: [.malformedParameter]),
        Case("a/b; =1", "a/b", defects: [.malformedParameter]),
        Case("a/b; n=", "a/b", "n="),
        Case("a/b; n=\"open", "a/b", "n=open", defects: [.malformedParameter]),
        Case("a/b; n=\"x\" y; m=2", "a/b", "n=x", "m=2", defects: [.malformedParameter]),
        Case(
            "attachment; filename=My File.doc; x=1",
            "attachment",
            "filename=My File.doc",
            "x=1",
            defects: [.malformedParameter]
        ),
        Case("a/b; n=1; n=2; N=3", "a/b", "n=1", defects: [.duplicateParameter]),
        Case("a/b; n*0=1; n*0=2; n*1=3", "a/b", "n=13", defects: [.duplicateParameter]),
        Case("a/b; n*1=1", "a/b", "n=", defects: [.malformedParameter]),
        Case("a/b; n*0=1; n*2=3", "a/b", "n=1", defects: [.malformedParameter]),
        Case("a/b; n=\"=?utf-8?Q?=C3=A9?=\"", "a/b", "n=é", defects: [.encodedWordInParameter]),
        Case("a/b; n*=utf-8''%FF", "a/b", "n=\u{FFFD}", defects: [.invalidText]),
        Case("a/b; n*=x-y''%41", "a/b", "n=A", defects: [.unknownCharset]),
        Case("a/b; n*99999999999999999999=1", "a/b", "n=1", defects: [.malformedParameter]),
        Case("a/b; n=x(y)z", "a/b", "n=x(y)z", defects: [.malformedParameter]),
        Case("a/b; n=x (y)", "a/b", "n=x"),
        // Encoded words in sections, as in one piece.
        Case(
            "a/b; n*0=\"=?UTF-8?Q?a=F0=9F=98=81.do\"; n*1=\"cx?=\"",
            "a/b",
            "n=a😁.docx",
            defects: [.encodedWordInParameter]
        ),
        Case(
            "a/b; n*1=\"Q?=\"; n*0=\"=?utf-8?B?ZXhl\"",
            "a/b",
            "n=exe",
            defects: [.encodedWordInParameter, .invalidEncodedText]
        ),
        Case("a/b; n*0=\"=?utf-8?q?a?= \"; n*1=\"=?utf-8?q?b?=\"", "a/b", "n=ab", defects: [.encodedWordInParameter]),
        Case("a/b; n*=\"=?utf-8?q?a?=\"", "a/b", "n=a", defects: [.encodedWordInParameter]),
        Case(
            "a/b; n=\"=?utf-8?q?a?=\"; n*0=\"=?utf-8?q?a\"; n*1=\"?=\"",
            "a/b",
            "n=a",
            defects: [.encodedWordInParameter]
        ),
        Case("a/b; n*0*=utf-8''%3D?utf-8?q?a?=; n*1=x", "a/b", "n==?utf-8?q?a?=x"),
        Case("a/b; n=\"=?utf-8?q?_a.exe_?=\"", "a/b", "n=a.exe", defects: [.encodedWordInParameter]),
        Case("a/b; n*=utf-16''%00%41", "a/b", "n=A", defects: [.missingByteOrder]),
        Case("a/b; n*=utf-16''%FF%FE%41%00", "a/b", "n=A"),
        Case("", ""), Case(";", ""), Case("(", ""), Case("a/b;(", "a/b"),
        Case(
            "a/b; n=\"\\",
            "a/b",
            "n=\\",
            defects: [.malformedParameter]
        ),
    ]

    @Test(arguments: cases)
    func reads(_ test: Case) {
        let value = ParameterizedValue(Array(test.text.utf8))
        let parameters = value.parameters.map {
            String(decoding: $0.name, as: UTF8.self) + "=" + String(decoding: $0.value, as: UTF8.self)
        }
        #expect([String(decoding: value.value, as: UTF8.self)] + parameters == test.expected)
        #expect(value.defects.map(\.kind) == test.defects)
    }

    @Test(arguments: cases)
    func cutAtEveryByte(_ test: Case) {
        let text = Array(test.text.utf8)
        for end in 0...text.count {
            for parameter in ParameterizedValue(Array(text[..<end])).parameters {
                #expect(String(validating: parameter.value, as: UTF8.self) != nil)
            }
        }
    }

    @Test func parameterCountAtAndPastTheLimit() {
        var limits = Limits()
        limits.parameters = 3
        let three = ParameterizedValue(Array("a/b; a=1; b=2; c=3".utf8), limits: limits)
        #expect(three.parameters.count == 3 && three.defects.isEmpty)
        let four = ParameterizedValue(Array("a/b; a=1; b=2; c=3; d=4".utf8), limits: limits)
        #expect(four.parameters.count == 3 && four.defects.map(\.kind) == [.tooManyParameters])
    }

    @Test func aHundredThousandParameters() {
        let names = (0..<100_000).map { "; p\($0 % 1_000)*\($0)=x" }.joined()
        let value = ParameterizedValue(Array(("a/b" + names).utf8))
        #expect(value.parameters.count <= 200)
        #expect(value.defects.contains { $0.kind == .tooManyParameters })
    }

    @Test func emptySectionNumbersAreNoTrap() { _ = ParameterizedValue(Array("a/b; *=1; *0*=2; n**=3".utf8)) }
}
