// What several scanners come to.
// Must not need one that is running.

import NIOCore
import NIOPosix
import ScannerDaemons
import Synchronization
import Testing

@testable import Scanning

@Suite("Several scanners")
struct FindingsTests {
    private static func score(_ points: Int, of threshold: Int = 5, isSpam: Bool) -> ScanResult {
        .scored(
            .init(
                score: Score(thousandths: points * 1000),
                threshold: Score(thousandths: threshold * 1000),
                isSpam: isSpam
            )
        )
    }

    private static let down = ScanResult.unscanned(.closed)
    private static let late = ScanResult.unscanned(.busy)
    private static let found = ScanResult.infected(["A"])

    static let virusResults: [(results: [ScanResult], outcome: ScanResult?)] = [
        ([], nil), ([.clean], .clean), ([down], down), ([.clean, down], down), ([down, .clean, late], down),
        ([.clean, found], found), ([down, found], found), ([found, .infected(["B"])], found),
    ]

    @Test("viruses: the first that found some, else whoever did not look, else clean", arguments: virusResults.indices)
    func viruses(index: Int) {
        let (results, outcome) = Self.virusResults[index]
        #expect(findings(results, .viruses).viruses == outcome)
        #expect(findings(results, .viruses).spam == nil)
    }

    private static let ham = score(1, isSpam: false)
    private static let more = score(3, isSpam: false)
    private static let much = score(6, isSpam: true)
    private static let worse = score(9, isSpam: true)

    static let spamResults: [(results: [ScanResult], outcome: ScanResult?)] = [
        ([], nil), ([ham], ham), ([ham, more], more), ([more, ham], more), ([much, down], much), ([down, much], much),
        ([much, worse], worse), ([down, more], down), ([down], down), ([.clean, ham], ham), ([.clean], .clean),
        // Points of different scanners are compared by their part of the threshold.
        ([more, score(4, of: 15, isSpam: false)], more),
        // A scanner's word for spam outweighs points.
        ([score(10, of: 15, isSpam: false), score(0, isSpam: true)], score(0, isSpam: true)),
    ]

    @Test("spam: the highest, else whoever did not look", arguments: spamResults.indices)
    func spam(index: Int) {
        let (results, outcome) = Self.spamResults[index]
        #expect(findings(results, .spam).spam == outcome)
        #expect(findings(results, .spam).viruses == nil)
    }

    private func findings(_ results: [ScanResult], _ subject: ScanSubject) -> Findings {
        Findings(results.enumerated().map { .init(scanner: "s\($0)", subjects: [subject], result: $1) })
    }

    @Test("items for rules")
    func environment() {
        let spam = SpamScore(
            score: Score(thousandths: 7_500),
            threshold: nil,
            isSpam: true,
            symbols: [.init(name: "A", score: Score(thousandths: -500)), .init(name: "B", score: nil)]
        )
        let findings = Findings([
            .init(scanner: "clamd", subjects: [.viruses], result: .infected(["A", "B"])),
            .init(scanner: "rspamd", subjects: [.spam], result: .scored(spam)),
            .init(scanner: "own", subjects: [.spam], result: .unscanned(.exited(1))),
        ])
        let prefix = "vnd.popsieve.scan."
        #expect(
            findings.environment == [
                prefix + "clamd.result": "infected", prefix + "clamd.names": "A,B", prefix + "rspamd.result": "spam",
                prefix + "rspamd.score": "7.5", prefix + "rspamd.names": "A,B", prefix + "rspamd.symbols": "A=-0.5,B",
                prefix + "own.result": "unscanned", prefix + "own.reason": "the command ended with status 1",
            ]
        )
    }

    /// An engine that counts how often it is asked.
    private final class Counting: ScanEngine {
        let asked = Mutex(0)
        let result: ScanResult

        init(_ result: ScanResult) { self.result = result }

        func scan(
            _ source: any ScanSource,
            _ circumstances: ScanCircumstances,
            isRetry: Bool
        ) async throws(UnscannedReason) -> ScanResult {
            asked.withLock { $0 += 1 }
            return result
        }

        func check() async throws(UnscannedReason) -> String { "counting" }

        func fingerprint() async throws(UnscannedReason) -> String { "1" }

        func scanner(_ name: String, _ subjects: Set<ScanSubject>) -> MailScanner {
            MailScanner(
                name: name,
                subjects: subjects,
                place: "here",
                engine: self,
                limits: .patient,
                clock: ContinuousClock()
            )
        }
    }

    @Test("each is asked only when a rule asks for it, and once a message")
    func once() async {
        let engines = [Counting(.clean), Counting(Self.ham), Counting(Self.found)]
        let set = ScannerSet([
            engines[0].scanner("a", [.viruses]), engines[1].scanner("b", [.spam]),
            engines[2].scanner("c", [.viruses, .spam]),
        ])
        func counts() -> [Int] { engines.map { $0.asked.withLock(\.self) } }
        let first = await set.scan(Sample.text("hello"), for: .viruses)
        #expect(first.viruses == Self.found && first.all.map(\.scanner) == ["a", "c"])
        #expect(counts() == [1, 0, 1])
        let both = await set.scan(Sample.text("hello"), for: .spam, known: first)
        #expect(both.all.map(\.scanner) == ["a", "c", "b"] && both.spam == Self.ham)
        #expect(counts() == [1, 1, 1])
        #expect(await set.scan(Sample.text("hello"), for: .viruses, known: both) == both)
        #expect(counts() == [1, 1, 1])
        #expect(await set.fingerprint() == "a=1; b=1; c=1")
        #expect(await ScannerSet([]).scan(Sample.text("hello"), for: .spam).spam == nil)
    }

    @Test("a check asks all, and one that is missing is down from then on")
    func down() async {
        let missing = MailScanner(
            .command("/nowhere/x", looksFor: [.viruses]),
            name: "x",
            limits: .patient,
            group: .singletonMultiThreadedEventLoopGroup
        )
        let set = ScannerSet([missing, Counting(.clean).scanner("a", [.viruses, .spam])])
        #expect(set.scanners.map(\.isDown) == [false, false])
        let answers = await set.probe()
        #expect(answers.map(\.result) == [.fails(.unreachable("no such file")), .answers("counting")])
        #expect(set.scanners.map(\.reasonDown) == [.unreachable("no such file"), nil])
        #expect(await set.fingerprint() == nil)
    }
}
