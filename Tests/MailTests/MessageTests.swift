// The part tree: what is in what, where bodies are, what is wrong; hostile nesting.
// Must not test decoding.

import Testing

@testable import Mail

@Suite struct MessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// LF is written for CRLF.
        let text: String
        /// In order: the depth as that many dots, the type, and the body in bars; of containers without the body.
        let parts: [String]
        var defects: [Defect.Kind] = []

        var testDescription: String { name }
    }

    private static func multipart(_ body: String, _ boundary: String = "b") -> String {
        "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\n\n" + body
    }

    static let cases: [Case] = [
        Case(name: "no type", text: "A: 1\n\nbody\n", parts: ["text/plain|body\n|"]),
        Case(name: "no body", text: "A: 1\n", parts: ["text/plain||"], defects: [.missingHeaderEnd]),
        Case(name: "empty body", text: "A: 1\n\n", parts: ["text/plain||"]),
        Case(name: "nothing", text: "", parts: ["text/plain||"], defects: [.missingHeaderEnd]),
        Case(
            name: "two parts",
            text: multipart("pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n\n--b--\nepi\n"),
            parts: ["multipart/mixed", ".text/plain|one|", ".text/html|two\n|"]
        ),
        Case(name: "no part", text: multipart("pre\n--b--\n"), parts: ["multipart/mixed"]),
        Case(
            name: "white space behind boundaries",
            text: multipart("--b \t\n\none\n--b-- \n"),
            parts: ["multipart/mixed", ".text/plain|one|"]
        ),
        Case(
            name: "parts without header, without body, without anything",
            text: multipart("--b\n\none\n--b\nA: 1\n--b\n--b\n\n--b--\n"),
            parts: ["multipart/mixed", ".text/plain|one|", ".text/plain||", ".text/plain||", ".text/plain||"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "never closed",
            text: multipart("--b\n\none\n"),
            parts: ["multipart/mixed", ".text/plain|one\n|"],
            defects: [.unclosedMultipart]
        ),
        Case(
            name: "never begun",
            text: multipart("text\n"),
            parts: ["multipart/mixed"],
            defects: [.unclosedMultipart]
        ),
        Case(
            name: "multipart without boundary",
            text: "Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n",
            parts: ["multipart/mixed|--b\n\none\n--b--\n|"],
            defects: [.missingBoundary]
        ),
        Case(
            name: "nested",
            text: multipart("--b\n" + multipart("--i\n\none\n--i--\ninner epilogue\n", "i") + "--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".multipart/mixed", "..text/plain|one|", ".text/plain|two|"]
        ),
        Case(
            name: "inner multipart ended by the outer boundary",
            text: multipart("--b\n" + multipart("--i\n\none\n", "i") + "--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".multipart/mixed", "..text/plain|one|", ".text/plain|two|"],
            defects: [.unclosedMultipart]
        ),
        Case(
            name: "inner boundary begins like the outer",
            text: multipart("--b\n" + multipart("--bb\n\none\n--bb--\n", "bb") + "\n--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".multipart/mixed", "..text/plain|one|", ".text/plain|two|"],
            defects: [.ambiguousBoundary]
        ),
        Case(
            name: "a line in an inner multipart begins like the outer boundary",
            text: multipart("--b\n" + multipart("--i\n\none\n--bX\n--i--\n", "i") + "--b--\n"),
            parts: ["multipart/mixed", ".multipart/mixed", "..text/plain|one\n--bX|"],
            defects: [.ambiguousBoundary]
        ),
        Case(
            name: "inner boundary is the outer",
            text: multipart("--b\n" + multipart("--b\n\none\n--b--\n") + "--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".multipart/mixed", "..text/plain|one|", ".text/plain|two|"],
            defects: [.reusedBoundary]
        ),
        Case(
            name: "boundary after the end",
            text: multipart("--b\n\none\n--b--\n--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".text/plain|one|"],
            defects: [.ambiguousBoundary, .boundaryAfterEnd]
        ),
        Case(
            name: "boundary goes on",
            text: multipart("--b\n\none\n--bX\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".text/plain|one|", ".text/plain|two|"],
            defects: [.ambiguousBoundary]
        ),
        Case(
            name: "header cut off by a boundary",
            text: multipart("--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n"),
            parts: ["multipart/mixed", ".text/html||", ".text/plain|two|"],
            defects: [.missingHeaderEnd]
        ),
        Case(
            name: "attached message",
            text: multipart("--b\nContent-Type: message/rfc822\n\nSubject: x\n\ninner\n--b--\n"),
            parts: ["multipart/mixed", ".message/rfc822", "..text/plain|inner|"]
        ),
        Case(
            name: "messages in a message",
            text: "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nA: 1\n\nx",
            parts: ["message/rfc822", ".message/rfc822", "..text/plain|x|"]
        ),
        Case(
            name: "digest",
            text: "Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: 1\n\nx\n--b--\n",
            parts: ["multipart/digest", ".message/rfc822", "..text/plain|x|"]
        ),
        Case(
            name: "attached message in base64",
            text: "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogMQ0KDQppbm5lcg0K\n",
            parts: ["message/rfc822", ".text/plain|inner\n|"],
            defects: [.encodedContainer]
        ),
        Case(
            name: "multipart in base64 is read as it is",
            text: "Content-Transfer-Encoding: base64\n" + multipart("--b\n\none\n--b--\n"),
            parts: ["multipart/mixed", ".text/plain|one|"],
            defects: [.encodedContainer]
        ),
        Case(
            name: "two types",
            text: "Content-Type: text/html\nContent-Type: image/png\n\nx",
            parts: ["text/html|x|"],
            defects: [.duplicateContentType]
        ),
        Case(
            name: "no type that is one",
            text: "Content-Type: html\nContent-Transfer-Encoding: x-y\n\nx",
            parts: ["application/octet-stream|x|"],
            defects: [.unknownTransferEncoding, .malformedContentType]
        ),
    ]

    static func describe(_ message: Message) -> [String] {
        message.inOrder.map { part in
            let type = part.contentType.type + [0x2F] + part.contentType.subtype
            let name = String(repeating: ".", count: part.depth) + String(decoding: type, as: UTF8.self)
            return part.isContainer ? name : name + "|" + String(decoding: part.bodyBytes, as: UTF8.self) + "|"
        }
    }

    private func check(_ test: Case, lineEnd: String) -> Message {
        func written(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd)
        }
        let message = Message(Array(written(test.text).utf8))
        // What was decoded has CRLF whatever was around it.
        let parts = Self.describe(message).map {
            $0.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
        }
        .map { lineEnd == "\r" ? String($0.map { $0 == "\r" ? "\n" : $0 }) : $0 }
        #expect(parts == test.parts)
        return message
    }

    @Test(arguments: cases)
    func reads(_ test: Case) {
        let message = check(test, lineEnd: "\r\n")
        #expect(message.defects.map(\.kind) == test.defects)
        #expect(Rewriting(message).rendered().joined() == message.octets.array())
    }

    @Test(arguments: cases, ["\n", "\r"])
    func readsTheSameWithBareLineEnds(_ test: Case, lineEnd: String) { _ = check(test, lineEnd: lineEnd) }

    @Test(arguments: cases, [Message.BoundaryReading.strict, .lenient])
    func cutAtEveryByte(_ test: Case, reading: Message.BoundaryReading) {
        let text = Array(test.text.replacing("\n", with: "\r\n").utf8)
        for end in 0...text.count {
            let message = Message(Array(text[..<end]), boundaries: reading)
            #expect(message.inOrder.count == message.parts.count)
            #expect(Rewriting(message).rendered().joined() == message.octets.array())
            for part in message.parts where !part.isFromDecoded {
                #expect(part.body.upperBound <= end && part.headerRange.upperBound <= part.body.lowerBound)
            }
        }
    }

    // MARK: Two readers

    @Test(arguments: [
        ("--b\r\n\r\none\r\n--bX\r\n\r\ntwo\r\n--b--\r\n", 2, 1),
        ("--b\r\n\r\none\r\n--b--X\r\n--b\r\n\r\ntwo\r\n--b--\r\n", 1, 2),
        ("--b\r\n\r\none\n--b\r\n\r\ntwo\r\n--b--\r\n", 2, 1),
        ("--b\r\n\r\none\r\n--b\n\r\ntwo\r\n--b--\r\n", 2, 1),
        ("--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--", 2, 2),
    ])
    func strictAndLenientReaders(body: String, lenient: Int, strict: Int) {
        let bytes = Array(("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body).utf8)
        #expect(Message(bytes).parts[0].children.count == lenient)
        #expect(Message(bytes, boundaries: .strict).parts[0].children.count == strict)
        let defects = Set(Message(bytes).defects.map(\.kind))
        #expect((lenient == strict) == defects.isDisjoint(with: [.ambiguousBoundary, .bareLF]))
    }

    @Test func boundaryThatEndsWithASpaceIsTakenAtItsWord() {
        let text = "Content-Type: multipart/mixed; boundary=\"b \"\r\n\r\n--b \r\n\r\none\r\n--b\r\ntext\r\n--b --\r\n"
        let message = Message(Array(text.utf8))
        #expect(Self.describe(message) == ["multipart/mixed", ".text/plain|one\r\n--b\r\ntext|"])
        #expect(message.defects.map(\.kind) == [.ambiguousBoundary])
    }

    /// Found by fuzzing: the multipart ended before the empty part that its last boundary had begun.
    @Test func emptyPartBeforeTheOuterBoundaryIsInItsMultipart() {
        let text = Self.multipart("--b\n" + Self.multipart("--i\n\none\n--i\n", "i") + "--b--\n")
        let message = Message(Array(text.replacing("\n", with: "\r\n").utf8))
        #expect(Self.describe(message).suffix(2) == ["..text/plain|one|", "..text/plain||"])
        for part in message.parts.dropFirst() {
            let parent = message.parts[part.parent ?? 0]
            #expect(part.headerRange.lowerBound >= parent.body.lowerBound)
            #expect(part.body.upperBound <= parent.body.upperBound)
        }
    }

    // MARK: Limits

    @Test func partCountAtAndPastTheLimit() {
        var limits = Limits()
        limits.parts = 3
        let text = Self.multipart("--b\n\n1\n--b\n\n2\n").replacing("\n", with: "\r\n")
        #expect(!Message(Array(text.utf8), limits: limits).defects.contains { $0.kind == .tooManyParts })
        let more = Message(Array((text + "--b\r\n\r\n3\r\n").utf8), limits: limits)
        #expect(more.parts.count == 3)
        #expect(more.defects.contains { $0.kind == .tooManyParts })
    }

    @Test func theMessageItselfIsAlwaysAPart() {
        var limits = Limits()
        limits.parts = 0
        #expect(Message([], limits: limits).header.fields.isEmpty)
    }

    @Test func depthAtAndPastTheLimit() {
        var limits = Limits()
        limits.depth = 2
        let wrapped = { (count: Int) in
            String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: count) + "A: 1\r\n\r\nx"
        }
        #expect(Message(Array(wrapped(2).utf8), limits: limits).defects.isEmpty)
        let deep = Message(Array(wrapped(3).utf8), limits: limits)
        #expect(deep.parts.count == 3)
        #expect(deep.defects.map(\.kind) == [.tooDeep])
    }

    @Test func decodedOctetsAtAndPastTheLimit() {
        var limits = Limits()
        limits.decodedOctets = 4
        let text = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        #expect(Message(Array((text + "DQphYg==").utf8), limits: limits).parts.count == 2)
        let more = Message(Array((text + "DQphYmM=").utf8), limits: limits)
        #expect(more.parts.count == 1)
        #expect(more.defects.map(\.kind) == [.encodedContainer, .tooMuchDecoded])
    }

    @Test func tenThousandNestedMultiparts() {
        let text = (0..<10_000).map { "Content-Type: multipart/mixed; boundary=b\($0)_\r\n\r\n--b\($0)_\r\n" }.joined()
        let message = Message(Array(text.utf8))
        #expect(message.parts.count == 101)
        #expect(message.defects.contains { $0.kind == .tooDeep })
    }

    @Test func twentyThousandEmptyParts() {
        let text = Self.multipart(String(repeating: "--b\n", count: 20_000)).replacing("\n", with: "\r\n")
        let message = Message(Array(text.utf8))
        #expect(message.parts.count == 10_000)
        #expect(message.defects.contains { $0.kind == .tooManyParts })
    }

    @Test func manyEncodedMessages() {
        let part = "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQTogMQ0KDQo=\n"
        let text = Self.multipart(String(repeating: part, count: 4_000)).replacing("\n", with: "\r\n")
        #expect(Message(Array(text.utf8)).parts.count == 8_001)
    }

    @Test func defectsOfDecodedMessagesHaveTheOffsetOfWhatHoldsThem() {
        let text = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nZ2FyYmFnZQ=="
        let message = Message(Array(text.utf8))
        #expect(message.defects.first { $0.kind == .missingColon }?.offset == text.utf8.count - 12)
    }
}
