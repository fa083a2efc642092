// Added and deleted fields: what look-ups see, and that every other byte stays.
// Must not test what is written into an added field: FieldWriterTests do.

import Testing

@testable import Mail

@Suite struct HeaderEditingTests {
    private func block(_ text: String) -> HeaderBlock { HeaderBlock(Array(text.utf8)) }

    private func rendered(_ block: HeaderBlock) -> String { String(decoding: block.rendered(), as: UTF8.self) }

    private func values(_ block: HeaderBlock, _ name: StaticString) -> [String] {
        block.fields(named: name).map { String(decoding: block.decodedValue(of: $0), as: UTF8.self) }
    }

    private func add(
        _ name: String,
        _ value: String,
        at place: HeaderPlace = .top,
        to block: inout HeaderBlock
    ) throws {
        try block.add(name: Array(name.utf8), value: Array(value.utf8), at: place)
    }

    @Test func addedOnTopAndAtTheEnd() throws {
        var block = block("A: 1\r\n\r\n")
        try add("T", "first", to: &block)
        try add("T", "second", to: &block)
        try add("E", "third", at: .end, to: &block)
        try add("E", "fourth", at: .end, to: &block)
        #expect(rendered(block) == "T: second\r\nT: first\r\nA: 1\r\nE: third\r\nE: fourth\r\n\r\n")
        #expect(values(block, "T") == ["second", "first"])
        #expect(values(block, "E") == ["third", "fourth"])
        #expect(block.isEdited)
    }

    @Test func untouchedBlockIsTheSame() {
        let text = "A: 1\n\0 x\r\ngarbage\r\n\n"
        #expect(rendered(block(text)) == text)
        #expect(!block(text).isEdited)
    }

    @Test func deletedFieldTakesItsFoldedLinesAndNothingElse() {
        var block = block("A: 1\r\n 2\ngarbage\r\nB: \rA: 3\r\n\tx\r\n\r\n")
        block.delete(block.fields(named: "a"))
        #expect(rendered(block) == "garbage\r\nB: \r\n\r\n")
        #expect(block.fields.count == 1)
        #expect(block.isEdited)
    }

    @Test func nothingDeletedIsNoEdit() {
        var block = block("A: 1\r\n\r\n")
        block.delete(block.fields(named: "B"))
        #expect(!block.isEdited)
    }

    @Test func addedAndDeletedAgainLeavesTheMessageUnchanged() throws {
        let text = "A: 1\r\n\r\n"
        var block = block(text)
        try add("X", "y", to: &block)
        try add("X", "z", at: .end, to: &block)
        block.delete(block.fields(named: "X"))
        #expect(rendered(block) == text)
        try add("X", "again", to: &block)
        #expect(rendered(block) == "X: again\r\n" + text)
    }

    /// RFC 5293 section 7: after the first is deleted, the second is what was the third.
    @Test func deletingCountsWhatIsLeft() {
        var block = block("X: 1\r\nX: 2\r\nX: 3\r\n\r\n")
        block.delete(block.fields(named: "X")[0])
        block.delete(block.fields(named: "X")[1])
        #expect(rendered(block) == "X: 2\r\n\r\n")
    }

    @Test(arguments: [
        ("", "E: x\r\n"), ("\r\n", "E: x\r\n\r\n"), ("\n", "E: x\r\n\r\n"), ("\r", "E: x\r\n\r\n"),
        ("A: 1", "A: 1\r\nE: x\r\n"), ("A: 1\r\n", "A: 1\r\nE: x\r\n"), ("A: 1\n\n", "A: 1\r\nE: x\r\n\r\n"),
        ("A: 1\r\n\nbody", "A: 1\r\nE: x\r\n\r\n"), ("garbage\r\n\r\n", "garbage\r\nE: x\r\n\r\n"),
        ("A: 1\r\r\n", "A: 1\r\nE: x\r\n\r\n"),
    ])
    func addedAtTheEndOfOddBlocks(before: String, after: String) throws {
        var block = block(before)
        try add("E", "x", at: .end, to: &block)
        #expect(rendered(block) == after)
    }

    @Test func blockInTheMiddleOfAMessage() throws {
        let text = "ignored\r\nA: 1\r\nB: 2\r\n\r\nbody"
        var block = HeaderBlock(Array(text.utf8), in: 9..<text.utf8.count)
        block.delete(block.fields(named: "A"))
        try add("T", "x", to: &block)
        #expect(rendered(block) == "T: x\r\nB: 2\r\n\r\n")
    }

    @Test func anMboxLineStaysTheFirst() throws {
        let line = "From me Mon Jan  1 00:00:00 2000\r\n"
        var block = block(line + "A: 1\r\n\r\n")
        try add("T", "x", to: &block)
        block.delete(block.fields(named: "A"))
        #expect(rendered(block) == line + "T: x\r\n\r\n")
    }

    /// The line with which a message begins would have continued the field that was added before it.
    @Test(arguments: [
        " (scanned by the office: trusted)\r\n", "\tx\r\n", " one\r\n\ttwo\n three\r", " \r\n x\r\n", "\0 x: y\r\n",
        "\u{B} x\r\n",
        "From me Mon Jan  1 00:00:00 2000\r\n (trusted)\r\n", "From me Mon Jan  1 00:00:00 2000\n x\r y\n",
    ])
    func nothingOfTheMessageContinuesAnAddedField(first: String) throws {
        for rest in ["\r\n", "garbage\r\n more\r\n\r\n"] {
            var block = block(first + rest)
            let before = block.fields.count
            try add("T", "second", to: &block)
            try add("T", "first", to: &block)
            // The line before it ends for every reader.
            let above = first.dropLast(first.hasSuffix("\r\n") ? 0 : 1) + (first.hasSuffix("\r\n") ? "" : "\r\n")
            #expect(rendered(block) == above + "T: first\r\nT: second\r\n" + rest)
            let read = HeaderBlock(block.rendered())
            #expect(values(read, "T") == ["first", "second"])
            #expect(read.fields.count == before + 2)
        }
    }

    /// Above the field they would have hidden it from readers for whom they end the header, below it they would have
    /// continued it for readers who skip what has no colon.
    @Test(arguments: [
        (" (trusted)\r\nA: 1\r\n\r\n", ""), ("garbage\r\n FORGED\r\nA: 1\r\n\r\n", ""),
        ("\u{B} FORGED\r\nA: 1\r\n\r\n", ""), ("garbage\r\nA: 1\r\n\r\n", "garbage\r\n"),
    ])
    func linesBeforeTheFirstFieldDoNotContinueAnAddedField(before: String, kept: String) throws {
        var block = block(before)
        try add("T", "second", to: &block)
        try add("T", "first", to: &block)
        #expect(rendered(block) == "T: first\r\nT: second\r\n\(kept)A: 1\r\n\r\n")
    }

    /// For a reader that takes no bare CR or LF for a line end, the line before lost its end, or the header ended.
    @Test(arguments: [
        ("A: 1\rX: 2\r\nB: 3\r\n\r\n", "A: 1\r\nB: 3\r\n\r\n"), ("A: 1\nX: 2\r\n\r\n", "A: 1\r\n\r\n"),
        ("A: 1\rX: 2\rX: 3\r\n\r\n", "A: 1\r\n\r\n"), ("A: 1\rX: 2\rB: 3\r\n\r\n", "A: 1\rB: 3\r\n\r\n"),
        ("X: 1\rX: 2\r\nB: 3\r\n\r\n", "B: 3\r\n\r\n"), ("A: 1\r\nX: 2\rX: 3\r\n\r\n", "A: 1\r\n\r\n"),
        ("X: 1\rA: 2\r\n\r\n", "A: 2\r\n\r\n"), ("A: 1\nX: 2\n\n", "A: 1\n\n"),
        ("A: 1\rX: 2\r\n x\r\n\r\n", "A: 1\r\n\r\n"),
    ])
    func deletedBehindABareLineEnd(before: String, after: String) {
        var block = block(before)
        block.delete(block.fields(named: "X"))
        #expect(rendered(block) == after)
    }

    @Test func nothingContinuesAnAddedFieldWhenWhatWasBeforeItIsDeleted() throws {
        var block = block("A: 1\r\n x\r\n\0 y\r\nB: 2\r\n\r\n")
        block.delete(block.fields(named: "A"))
        try add("T", "t", to: &block)
        #expect(rendered(block) == "T: t\r\nB: 2\r\n\r\n")
        block.delete(block.fields(named: "B"))
        #expect(rendered(block) == "\0 y\r\nT: t\r\n\r\n")
    }

    /// A field that is both before the place of those on top and deleted is gone.
    @Test func deletedFieldBeforeThoseOnTop() throws {
        var block = block("\0 X: 1\r\n y\r\nA: 1\r\n\r\n")
        try add("T", "t", to: &block)
        block.delete(block.fields[1])
        #expect(rendered(block) == "T: t\r\nA: 1\r\n\r\n")
    }

    @Test(arguments: ["From me Mon Jan  1 00:00:00 2000", " orphan"])
    func linesWithoutEndGetOneBeforeAnAddedField(text: String) throws {
        var block = block(text)
        try add("T", "t", to: &block)
        #expect(rendered(block) == text + "\r\nT: t\r\n")
    }

    // MARK: What is refused

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "é", "a\0", "a\t", " a", "\u{7F}"])
    func badName(name: String) {
        var block = block("\r\n")
        #expect(throws: HeaderEditError.invalidName) { try add(name, "x", to: &block) }
        #expect(!block.isEdited)
    }

    @Test(arguments: ["a\r\nBcc: me", "a\nb", "a\rb", "a\0b", "a\r\n\r\nbody", "a\n\r\n x\nb", "a\r\n\u{B}b"])
    func valueThatWouldLeaveItsField(value: String) {
        var block = block("\r\n")
        #expect(throws: HeaderEditError.forbiddenOctet) { try add("X", value, to: &block) }
        #expect(!block.isEdited)
    }

    @Test(arguments: ["a\r\n b", "a\n b", "a\r b", "\r\n a b\r\n", "a\r\n\r\n b"])
    func foldedValueIsUnfolded(value: String) throws {
        var block = block("\r\n")
        try add("X", value, to: &block)
        #expect(rendered(block) == "X: a b\r\n\r\n")
    }

    @Test func lengthsAtAndPastTheirLimits() throws {
        var limits = Limits()
        limits.addedNameLength = 4
        limits.addedValueLength = 8
        var block = HeaderBlock(Array("\r\n".utf8), limits: limits)
        try add("abcd", "12345678", to: &block)
        #expect(throws: HeaderEditError.invalidName) { try add("abcde", "1", to: &block) }
        #expect(throws: HeaderEditError.valueTooLong) { try add("abcd", "123456789", to: &block) }
        #expect(rendered(block) == "abcd: 12345678\r\n\r\n")
    }
}
