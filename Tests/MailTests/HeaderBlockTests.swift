// Header blocks: fields and their ranges, look-ups, values, defects with offsets.
// Must not test decoding beyond unfolding.

import Testing

@testable import Mail

@Suite struct HeaderBlockTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let header: String
        /// `name|body` of each field, the body as it stands.
        var fields: [String] = []
        var defects: [Defect] = []
        var isTerminated = true

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "two fields", header: "A: 1\r\nB: 2\r\n\r\n", fields: ["A| 1", "B| 2"]),
        Case(name: "what follows the empty line is not looked at", header: "A: 1\r\n\r\nB: 2\r\n", fields: ["A| 1"]),
        Case(name: "nothing", header: "", defects: [Defect(.missingHeaderEnd, at: 0)], isTerminated: false),
        Case(name: "empty block", header: "\r\n"),
        Case(
            name: "no empty line",
            header: "A: 1\r\n",
            fields: ["A| 1"],
            defects: [Defect(.missingHeaderEnd, at: 6)],
            isTerminated: false
        ),
        Case(
            name: "no last line end",
            header: "A: 1",
            fields: ["A| 1"],
            defects: [Defect(.missingHeaderEnd, at: 4)],
            isTerminated: false
        ),
        Case(name: "folded", header: "A: 1\r\n 2\r\n\t3\r\nB:\r\n\r\n", fields: ["A| 1\r\n 2\r\n\t3", "B|"]),
        Case(
            name: "bare LF",
            header: "A: 1\n 2\nB: 3\n\n",
            fields: ["A| 1\n 2", "B| 3"],
            defects: [Defect(.bareLF, at: 4)]
        ),
        Case(
            name: "bare CR",
            header: "A: 1\rB: 3\r\r",
            fields: ["A| 1", "B| 3"],
            defects: [Defect(.bareCR, at: 4)]
        ),
        Case(
            name: "CR CR LF is an empty line",
            header: "A: 1\r\r\nB: 2\r\n\r\n",
            fields: ["A| 1"],
            defects: [Defect(.bareCR, at: 4)]
        ),
        Case(
            name: "no colon",
            header: "A: 1\r\ngarbage\r\n more\r\nB: 2\r\n\r\n",
            fields: ["A| 1", "B| 2"],
            defects: [Defect(.missingColon, at: 6)]
        ),
        Case(
            name: "colon on the next line only",
            header: "garbage\r\n: 2\r\n\r\n",
            fields: ["| 2"],
            defects: [Defect(.missingColon, at: 0), Defect(.emptyFieldName, at: 9)]
        ),
        Case(
            name: "an mbox line",
            header: "From me Mon Jan  1 00:00:00 2000\r\nA: 1\r\n\r\n",
            fields: ["A| 1"],
            defects: [Defect(.mboxLine, at: 0)]
        ),
        Case(
            name: "space before colon",
            header: "A \t: 1\r\n\r\n",
            fields: ["A| 1"],
            defects: [Defect(.spaceBeforeColon, at: 1)]
        ),
        Case(
            name: "odd octets in the name",
            header: "A\u{1}B: 1\r\nC D: 2\r\nÉ: 3\r\n\r\n",
            fields: ["A\u{1}B| 1", "C D| 2", "É| 3"],
            defects: [Defect(.invalidFieldName, at: 1)]
        ),
        Case(
            name: "begins with a continuation",
            header: " x: 1\r\n y\r\nA: 1\r\n\r\n",
            fields: ["A| 1"],
            defects: [Defect(.orphanContinuation, at: 0)]
        ),
        Case(
            name: "blank continuation",
            header: "A: 1\r\n \t\r\n 2\r\n\r\n",
            fields: ["A| 1\r\n \t\r\n 2"],
            defects: [Defect(.blankContinuation, at: 6)]
        ),
        Case(
            name: "NUL and octets above 127",
            header: "A: \0\r\nB: é\r\n\r\n",
            fields: ["A| \0", "B| é"],
            defects: [Defect(.nul, at: 3), Defect(.eightBitHeader, at: 9)]
        ),
        Case(
            name: "fields that must be single",
            header: "From: a\r\nReceived: b\r\nReceived: c\r\nfROM: d\r\nContent-type: e\r\nContent-Type: f\r\n\r\n",
            fields: ["From| a", "Received| b", "Received| c", "fROM| d", "Content-type| e", "Content-Type| f"],
            defects: [Defect(.duplicateField, at: 35), Defect(.duplicateContentType, at: 61)]
        ),
        Case(name: "colons in the body", header: "A::: 1\r\n\r\n", fields: ["A|:: 1"]),
        Case(
            name: "nothing but a colon",
            header: ":\r\n\r\n",
            fields: ["|"],
            defects: [Defect(.emptyFieldName, at: 0)]
        ),
    ]

    private func describe(_ block: HeaderBlock) -> [String] {
        block.fields.map { field in
            String(decoding: block.name(of: field), as: UTF8.self) + "|"
                + String(decoding: block.body(of: field), as: UTF8.self)
        }
    }

    @Test(arguments: cases)
    func reads(_ test: Case) {
        let block = HeaderBlock(Array(test.header.utf8))
        #expect(describe(block) == test.fields)
        #expect(block.defects == test.defects)
        #expect(block.isTerminated == test.isTerminated)
        #expect(block.rendered() == Array(block.bytes[block.range]))
    }

    @Test(arguments: cases)
    func readsTheSameInTheMiddleOfOtherBytes(_ test: Case) {
        let header = Array(test.header.utf8)
        let block = HeaderBlock(Array("before\n\n".utf8) + header, in: 8..<8 + header.count)
        #expect(describe(block) == test.fields)
        #expect(block.defects == test.defects.map { Defect($0.kind, at: $0.offset + 8) })
    }

    /// Nothing may trap, wherever the bytes end; and every byte belongs to a field, a skipped line or the end.
    @Test(arguments: cases)
    func cutAtEveryByte(_ test: Case) {
        let header = Array(test.header.utf8)
        for end in 0...header.count {
            let block = HeaderBlock(header, in: 0..<end)
            #expect(block.range.upperBound <= end)
            #expect(block.rendered() == Array(header[block.range]))
            for (left, right) in zip(block.fields, block.fields.dropFirst()) {
                #expect(left.range.upperBound <= right.range.lowerBound)
            }
        }
    }

    @Test func rangeOutsideTheBytesIsClamped() {
        #expect(HeaderBlock(Array("A: 1\r\n\r\n".utf8), in: 3..<900).range == 3..<8)
        #expect(HeaderBlock([], in: 5..<9).fields.isEmpty)
    }

    // MARK: Looking up

    @Test func namesHaveNoCase() {
        let block = HeaderBlock(Array("Subject: a\r\nSUBJECT: b\r\nSubjects: c\r\n\r\n".utf8))
        #expect(block.fields(named: "sUBJECt").map { block.unfoldedValue(of: $0) } == [[0x61], [0x62]])
        #expect(block.firstField(named: "SUBJECTS").map { block.unfoldedValue(of: $0) } == [0x63])
        #expect(block.firstField(named: "Sub") == nil)
        #expect(block.fields(named: "").isEmpty)
        // [ and { differ like letters do, and are none.
        #expect(HeaderBlock(Array("A[: 1\r\n\r\n".utf8)).firstField(named: "a{") == nil)
    }

    @Test(arguments: [
        ("A:  x  \r\n\r\n", "x"), ("A:\r\n x\r\n\r\n", "x"), ("A: x\r\n  y\r\n\tz \r\n\r\n", "x  y z"),
        ("A: x\ty\r\n\t\tz\r\n\r\n", "x\ty \tz"), ("A: \r\n \r\n\r\n", ""), ("A: x\n y\r\n\r\n", "x y"),
        ("A: =?utf-8?q?x?=\r\n\r\n", "=?utf-8?q?x?="),
    ])
    func unfolds(header: String, value: String) throws {
        let block = HeaderBlock(Array(header.utf8))
        let field = try #require(block.fields.first)
        #expect(String(decoding: block.unfoldedValue(of: field), as: UTF8.self) == value)
    }

    // MARK: Size

    @Test func lineLengthAtAndPastTheLimit() {
        let longest = "A:" + String(repeating: "x", count: 996)
        #expect(HeaderBlock(Array((longest + "\r\n\r\n").utf8)).defects == [])
        #expect(HeaderBlock(Array((longest + "x\r\n\r\n").utf8)).defects == [Defect(.longLine, at: 0)])
    }

    @Test func fieldCountAtAndPastTheLimit() {
        var limits = Limits()
        limits.headerFields = 3
        let field = "A: 1\r\n"
        let three = HeaderBlock(Array((String(repeating: field, count: 3) + "\r\n").utf8), limits: limits)
        #expect(three.fields.count == 3 && three.defects.isEmpty)
        let four = HeaderBlock(Array((String(repeating: field, count: 4) + " x\r\n\r\n").utf8), limits: limits)
        #expect(four.fields.count == 3)
        #expect(four.defects == [Defect(.tooManyFields, at: 18)])
        #expect(four.isTerminated)
    }

    @Test func manyLinesAndAVeryLongOne() {
        let many = HeaderBlock(Array((String(repeating: "X-Line: y\r\n", count: 1_200) + "\r\n").utf8))
        #expect(many.fields.count == 1_200)
        #expect(many.defects.isEmpty)
        let long = HeaderBlock(Array("A: ".utf8) + [UInt8](repeating: 0, count: 1 << 20) + Array("\r\n\r\n".utf8))
        #expect(long.fields.first?.body.count == 1 << 20 + 1)
        #expect(long.defects == [Defect(.nul, at: 3), Defect(.longLine, at: 0)])
    }
}
