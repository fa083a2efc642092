// Verdicts that outlive the program: what comes back, and what is no such thing.

import Sieve
import Testing

@testable import Filtering

struct RememberedVerdictTests {
    private static func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let header = octets("Received: a\r\n\tfolded\r\nSubject: b\r\nX-Spam: no\r\nTo: c\r\n\r\n")

    static let edited: [[UInt8]] = [
        header, [], octets("\r\n"), octets("X-New: é\r\n") + header, header.dropLast(2) + octets("X-New: y\r\n\r\n"),
        octets("Received: a\r\n\tfolded\r\nSubject: [x] b\r\nTo: c\r\n\r\n"),
        octets("To: c\r\nSubject: b\r\n\r\n"), header + header, octets("no end"),
        octets(String(repeating: "A: b\r\n", count: 2_000)) + header,
    ]

    @Test(arguments: edited) func anEditedHeaderComesBack(_ new: [UInt8]) throws {
        for old in [Self.header, [], Self.octets(String(repeating: "A: b\r\n", count: 1_000))] {
            let difference = try #require(HeaderDifference(from: old, to: new))
            let isSame = difference.applied(to: old) == new
            #expect(isSame)
        }
    }

    @Test func aDifferenceToAnotherHeaderIsNone() throws {
        let difference = try #require(HeaderDifference(from: Self.header, to: Self.header.dropLast(2)))
        #expect(difference.applied(to: Self.octets("A: b\r\n\r\n")) == nil)
    }

    private static let verdicts: [Verdict] = {
        let match = RuleMatch(file: "a.sieve", line: 3, action: "discard")
        var quarantined = Verdict(outcome: .discard, matches: [match], defects: ["bare-lf"])
        quarantined.quarantine = ["Junk"]
        return [
            Verdict(), Verdict(header: octets("X-New: y\r\n") + header, edits: ["+X-New"]),
            Verdict(outcome: .reject("No"), matches: [match]), quarantined,
        ]
    }()

    @Test(arguments: verdicts.indices) func aVerdictComesBack(_ index: Int) throws {
        let verdict = Self.verdicts[index]
        let reports: [ScanKind: ScanReport] = [
            .spam: .spam(points: 4.5, worst: 5, isSpam: true, symbols: ["A"]), .virus: .virus(.clean, names: []),
        ]
        let copies = [QuarantinedCopy(folder: "Junk", identifier: "0123456789abcdef")]
        let notice = verdict.outcome == .keep ? nil : Self.octets("Subject: gone\r\n\r\n")
        let remembered = try #require(
            RememberedVerdict(
                verdict,
                depth: .scan,
                copies: copies,
                reports: reports,
                notice: notice,
                header: Self.header,
                digests: (header: [1, 2], message: [3])
            )
        )
        let read = try #require(remembered.payload.flatMap { RememberedVerdict(payload: $0) })
        #expect(read == remembered && read.isAbout(header: [1, 2]) && !read.isAbout(header: [1]))
        #expect(read.isAbout(message: [3]) && !read.isAbout(message: [1, 2]))
        #expect(read.copies == copies && read.reports == reports && read.judgedDepth == .scan)
        let again = try #require(read.verdict(on: Self.header))
        #expect(again.outcome == verdict.outcome && again.header == verdict.header && again.notice == notice)
        #expect(again.matches == verdict.matches && again.edits == verdict.edits && again.defects == verdict.defects)
        #expect(again.word == verdict.word)
    }

    @Test func whatMustBeJudgedAnewIsNotRemembered() {
        var unscanned = Verdict()
        unscanned.unscanned = [.virus: "down"]
        for verdict in [Verdict(failure: "a.sieve:1: too slow"), unscanned, .released] {
            let remembered = RememberedVerdict(
                verdict,
                depth: .body,
                copies: [],
                reports: [:],
                notice: nil,
                header: Self.header,
                digests: (header: [], message: [])
            )
            #expect(remembered == nil)
        }
    }

    /// What lies on the disk may be anything.
    @Test(arguments: [
        "", "{}", "null", #"{"format":1}"#,
        #"{"format":2,"message":"AQ==","header":"AQ==","outcome":"keep","depth":99,"edited":{"steps":[{"skipped":-1,"kept":9,"inserted":""}]},"isRewritten":false,"matches":[],"edits":[],"defects":[],"folders":[],"placed":[],"scans":[]}"#,
        #"{"format":2,"message":"AQ==","header":"AQ==","outcome":"discard","depth":2,"isRewritten":false,"matches":[],"edits":[],"defects":[],"folders":[],"placed":[],"scans":[]}"#,
    ]) func whatIsNoVerdictIsNotTakenForOne(_ text: String) {
        #expect(RememberedVerdict(payload: Self.octets(text))?.verdict(on: Self.header) == nil)
    }
}
