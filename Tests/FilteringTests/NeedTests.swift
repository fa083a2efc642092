// What a filter asks for, in which order, and what it does without: message, scans, duplicates.

import Mail
import Sieve
import Synchronization
import Testing

@testable import Filtering

private let message = Array(
    """
    From: a@example.com
    Subject: Lunch
    Message-ID: <1@example.com>
    Content-Type: multipart/mixed; boundary=b

    --b
    Content-Type: text/plain

    Let us eat.
    --b
    Content-Type: application/x-evil; name="evil.exe"

    bad
    --b--

    """.replacing("\n", with: "\r\n").utf8
)

private let header = Array(message[..<HeaderBlock(message).range.upperBound])

/// What is answered; what is nil is not to be had.
private struct Answers {
    var message: MessageOctets? = MessageOctets(whole)
    var virus = ScanReport.virus(.clean, names: [])
    var isKnown = false
}

private let whole = message

struct NeedTests {
    private func ruleSet(_ sources: [String]) throws -> RuleSet {
        var settings = RuleSettings()
        settings.scores.scans = [.virus]
        let files = sources.enumerated().map { RuleFile(name: "\($0.offset).sieve", source: Array($0.element.utf8)) }
        return try RuleSet(files: files, settings: settings, reach: .everything)
    }

    /// Answers one need.
    private static func answer(_ need: Filter.Need, of filter: Filter, _ answers: Answers) {
        switch need {
        case .size: filter.provide(size: message.count)
        case .message:
            if let octets = answers.message {
                filter.provide(message: octets)
            } else {
                filter.provide(noMessage: "it is larger than what is held")
            }
        case .scan: filter.provide(scan: answers.virus)
        case .duplicate(let id): filter.provide(answers.isKnown, to: id)
        }
    }

    private func run(
        _ sources: [String],
        _ answers: Answers = Answers()
    ) throws -> (verdict: Verdict, asked: [String], depth: Depth) {
        let filter = Filter(ruleSet: try ruleSet(sources), header: header, facts: Facts())
        var asked: [String] = []
        while true {
            switch filter.run() {
            case .finished(let verdict): return (verdict, asked, filter.depth)
            case .needs(let need):
                asked.append(need.word)
                Self.answer(need, of: filter, answers)
            }
        }
    }

    // MARK: The earliest decision

    private static let body = "require \"body\"; if body :contains \"eat\" { discard; }"
    private static let parts =
        "require [\"mime\", \"foreverypart\"]; foreverypart { if header :mime :param \"name\" :matches \"Content-Type\" "
        + "\"*.exe\" { discard; } }"
    private static let virus = "require \"virustest\"; if virustest \"5\" { discard; }"

    @Test(arguments: [
        ([body], ["message"], Depth.body), ([parts], ["message"], .body), ([virus], ["scan"], .scan),
        (["if size :over 1M { stop; } keep;"], ["size"], .header),
        (["if size :over 1 { stop; }\n" + "keep;"], ["size"], .header),
        (["require \"body\"; if size :over 1 { stop; } if body :contains \"eat\" { discard; }"], ["size"], .header),
        (["require \"body\"; if allof (size :over 1M, body :contains \"eat\") { discard; }"], ["size"], .header),
        (
            ["require \"body\"; if allof (header \"subject\" \"x\", body :contains \"eat\") { discard; }"], [], .header
        ),
        (["require \"virustest\"; if allof (size :over 1M, virustest \"5\") { discard; }"], ["size"], .header),
        // The message is asked for by the first file that wants it, and once.
        (["if size :over 1M { discard; }", "if header \"subject\" \"x\" { discard; }"], ["size"], .header),
        (["if size :over 1M { discard; }", body], ["size", "message"], .body),
        ([parts.replacing("exe", with: "com"), body], ["message"], .body),
        // What is decided already is not looked at.
        (["discard;", body, virus], [], .header), ([body, virus], ["message"], .body),
        ([virus, virus.replacing("5", with: "4"), body.replacing("eat", with: "x")], ["scan", "message"], .scan),
    ])
    func nothingIsAskedForBeforeATestNeedsIt(sources: [String], asked: [String], depth: Depth) throws {
        let result = try run(sources)
        #expect(result.asked == asked)
        #expect(result.depth == depth)
        #expect(result.verdict.failure == nil)
    }

    // MARK: What is not to be had

    @Test func aMessageThatIsNotHeldFailsEachFileThatLooksIntoIt() throws {
        var answers = Answers()
        answers.message = nil
        let tag = "require \"editheader\"; addheader \"X-Seen\" \"1\";"
        let result = try run([Self.body, tag, Self.parts], answers)
        #expect(result.asked == ["message"])
        #expect(
            result.verdict.failure
                == "0.sieve:1:20: the whole message is not to be had: it is larger than what is held"
        )
        #expect(result.verdict.outcome == .keep)
        #expect(result.verdict.header?.starts(with: Array("X-Seen: 1\r\n".utf8)) == true)
        #expect(result.depth == .header)
    }

    @Test func aScanThatDidNotComeIsInTheVerdict() throws {
        var answers = Answers()
        answers.virus = .unscanned(.virus, reason: "clamd: time-out")
        let result = try run([Self.virus, "require \"virustest\"; if virustest \"1\" { discard; }"], answers)
        #expect(result.asked == ["scan"])
        #expect(result.verdict.outcome == .keep)
        #expect(result.verdict.unscanned == [.virus: "clamd: time-out"])
        #expect(result.verdict.edits == ["+X-Popsieve-Unscanned"])
        #expect(result.verdict.header?.starts(with: Array("X-Popsieve-Unscanned: clamd: time-out\r\n".utf8)) == true)
        #expect(try run([Self.virus, "discard;"], answers).verdict.edits == [])
        #expect(result.depth == .header)
        #expect(try run(["keep;"], answers).verdict.unscanned == [:])
    }

    /// Without a header field that tells a score, a scanner is enough.
    @Test func aScannerThatIsSetUpIsASourceOfScores() throws {
        let file = RuleFile(name: "t", source: Array(Self.virus.utf8))
        #expect(throws: RuleSetError.self) { try RuleSet(files: [file]) }
        var settings = RuleSettings()
        settings.scores.scans = [.spam]
        #expect(throws: RuleSetError.self) { try RuleSet(files: [file], settings: settings) }
        settings.scores.scans = [.virus]
        #expect(try RuleSet(files: [file], settings: settings).depth == .scan)
    }

    @Test(
        arguments: [
            ("keep;", false), (Self.virus, true), ("require \"include\"; include \"v\";", true),
            ("require \"environment\"; if environment \"vnd.popsieve.virus\" \"x\" { stop; }", true),
        ]
    )
    func whatRulesMayAskForIsKnown(script: String, asks: Bool) throws {
        var settings = RuleSettings()
        settings.scores.scans = [.virus]
        let file = RuleFile(name: "t", source: Array(script.utf8)) { _, _ in Array(Self.virus.utf8) }
        #expect(try RuleSet(files: [file], settings: settings, reach: .everything).scans == (asks ? [.virus] : []))
    }

    // MARK: Duplicates

    private static let duplicate = "require \"duplicate\"; if duplicate { discard; }"

    @Test(arguments: [(false, Verdict.Outcome.keep), (true, .discard)])
    func duplicatesAreAskedForAndRemembered(isKnown: Bool, outcome: Verdict.Outcome) throws {
        var answers = Answers()
        answers.isKnown = isKnown
        let result = try run([Self.duplicate], answers)
        #expect(result.asked == ["duplicate"])
        #expect(result.verdict.outcome == outcome)
        #expect(result.verdict.tracked.map(\.id) == [Array("<1@example.com>".utf8)])
    }

    @Test func aFileThatFailsRemembersNothingAndTheOthersDo() throws {
        let failing = "require [\"duplicate\", \"reject\"]; if not duplicate :handle \"f\" { keep; reject \"x\"; }"
        let result = try run([failing, Self.duplicate])
        #expect(result.verdict.failure != nil)
        #expect(result.verdict.tracked.map(\.handle) == [[]])
    }

    // MARK: Several files and a changed message

    @Test func aFileSeesTheMessageAsTheOneBeforeItLeftIt() throws {
        let replacing =
            "require [\"mime\", \"foreverypart\", \"replace\", \"editheader\"]; addheader \"X-First\" \"1\"; foreverypart { "
            + "if header :mime :param \"name\" :matches \"Content-Type\" \"*.exe\" { replace \"It is gone.\"; break; } }"
        let looking =
            "require [\"body\", \"editheader\"]; if allof (header \"x-first\" \"1\", body :contains \"It is gone.\", "
            + "not body :raw :contains \"evil\", size :over \(message.count)) { addheader \"X-Second\" \"2\"; }"
        let result = try run([replacing, looking])
        #expect(result.asked == ["message"])
        #expect(result.verdict.failure == nil)
        let text = String(decoding: result.verdict.message?.joined() ?? [], as: UTF8.self)
        #expect(text.hasPrefix("X-Second: 2\r\nX-First: 1\r\nFrom: a@example.com\r\n"))
        #expect(text.contains("It is gone.") && text.contains("Let us eat.") && !text.contains("evil"))
        #expect(result.verdict.message?.count == text.utf8.count)
    }

    /// Where no later file looks into it, nothing but the new octets is made.
    @Test func whatARuleDoesNotChangeIsNotCopied() throws {
        let replacing =
            "require [\"mime\", \"foreverypart\", \"replace\"]; foreverypart { if header :mime :param \"name\" :matches "
            + "\"Content-Type\" \"*.exe\" { replace \"It is gone.\"; break; } }"
        let tag = "require \"editheader\"; addheader \"X-Last\" \"1\";"
        var octets = message
        let end = Array("--b--\r\n".utf8)
        octets.replaceSubrange(octets.count - end.count..<octets.count, with: Array("--b\r\n\r\n".utf8))
        octets += [UInt8](repeating: 0x61, count: 1 << 20) + [0x0D, 0x0A] + end
        var answers = Answers()
        answers.message = MessageOctets(octets)
        let pieces = try #require(try run([replacing, tag], answers).verdict.message)
        let made = pieces.pieces.filter { $0.octets.count != octets.count }
        #expect(made.reduce(0) { $0 + $1.range.count } < 1_000)
        #expect(made.count < pieces.pieces.count)
        let text = String(decoding: pieces.joined(), as: UTF8.self)
        #expect(text.hasPrefix("X-Last: 1\r\nFrom: ") && text.contains("It is gone.") && !text.contains("evil"))
    }

    // MARK: Threads

    /// Steps that are carried out by one thread after another, as a relay does that waits for scanners off its loop.
    @Test func aFilterGoesOnInAnotherThread() async throws {
        let rules = try ruleSet([Self.virus, Self.duplicate, Self.body])
        let filter = Mutex(Filter(ruleSet: rules, header: header, facts: Facts()))
        var verdict: Verdict?
        while verdict == nil {
            let step = await Self.elsewhere { filter.withLock { $0.run() } }
            switch step {
            case .finished(let final): verdict = final
            case .needs(let need): await Self.elsewhere { filter.withLock { Self.answer(need, of: $0, Answers()) } }
            }
        }
        #expect(verdict?.outcome == .discard)
    }

    @concurrent
    private static func elsewhere<Result: Sendable>(_ body: @Sendable () -> Result) async -> Result { body() }
}

extension Filter.Need {
    fileprivate var word: String {
        switch self {
        case .size: "size"
        case .message: "message"
        case .scan: "scan"
        case .duplicate: "duplicate"
        }
    }
}
