// spamtest and virustest asked of a scanner: what each answer means, what is asked for, and what nobody looked at.

import Testing

@testable import Sieve

private let require =
    "require [\"spamtest\", \"spamtestplus\", \"virustest\", \"environment\", \"variables\", \"editheader\", "
    + "\"relational\"];\n"

struct ScanTests {
    @Test(arguments: [
        (ScanReport.spam(points: 7.5, worst: 15, symbols: []), "spamtest", "5"),
        (.spam(points: 7.5, worst: 15, symbols: []), "spamtest :percent", "50"),
        (.spam(points: 0.29, worst: 1, symbols: []), "spamtest :percent", "29"),
        (.spam(points: 20, worst: 15, symbols: []), "spamtest", "10"),
        (.spam(points: 0, worst: 15, symbols: []), "spamtest", "1"),
        (.spam(points: -3, worst: 15, symbols: []), "spamtest :percent", "0"),
        (.spam(points: 6.5, worst: 15, isSpam: true, symbols: []), "spamtest", "10"),
        (.spam(points: 6.5, worst: 15, isSpam: true, symbols: []), "spamtest :percent", "100"),
        (.spam(points: 20, worst: 15, isSpam: false, symbols: []), "spamtest", "9"),
        (.spam(points: 20, worst: 15, isSpam: false, symbols: []), "spamtest :percent", "99"),
        (.spam(points: 7.5, worst: 15, isSpam: false, symbols: []), "spamtest", "5"),
        (.spam(points: 3, worst: nil, isSpam: true, symbols: []), "spamtest", "10"),
        (.spam(points: 3, worst: nil, isSpam: false, symbols: []), "spamtest", "1"),
        (.spam(points: 3, worst: nil, isSpam: false, symbols: []), "spamtest :percent", "0"),
        (.spam(points: 3, worst: nil, symbols: []), "spamtest", "0"),
        (.spam(points: .nan, worst: 15, symbols: []), "spamtest", "0"),
        (.spam(points: 1, worst: 0, symbols: []), "spamtest", "0"),
        (.spam(points: 1, worst: .infinity, symbols: []), "spamtest", "0"),
        (.virus(.clean, names: []), "virustest", "1"), (.virus(.replaced, names: []), "virustest", "2"),
        (.virus(.cured, names: []), "virustest", "3"), (.virus(.suspected, names: []), "virustest", "4"),
        (.virus(.infected, names: []), "virustest", "5"),
        (.unscanned(.virus, reason: "x"), "virustest", "0"), (.unscanned(.spam, reason: "x"), "spamtest", "0"),
        (.unscanned(.spam, reason: "x"), "spamtest :percent", "0"),
        (.unscanned(.virus, reason: "x"), "virustest :count \"eq\"", "0"),
        (.virus(.clean, names: []), "virustest :count \"eq\"", "1"),
    ])
    func anAnswerIsTheResultOfRFC5235(report: ScanReport, test: String, value: String) {
        let result = evaluate(require + "if \(test) \"\(value)\" { discard; }", scans: [report])
        #expect(result.diagnostics == [])
        #expect(result.actions == ["discard"])
        #expect(result.asked == [.scan(report.kind)])
    }

    /// What stands in a header field is the sender's word.
    @Test func noFieldCountsWhereAScannerIsAsked() {
        var context = MessageContext()
        context.scores.virus = ScoreSource(field: "X-Virus")
        context.scores.virus?.maximum = 1
        let report = ScanReport.virus(.infected, names: ["E"])
        let source = require + "if virustest \"5\" { discard; }"
        #expect(evaluate(source, on: "X-Virus: 0\n\n", context: context, scans: [report]).actions == ["discard"])
    }

    @Test func eachScanIsAskedForOnceAndOnlyIfATestIsReached() {
        let reports: [ScanReport] = [.virus(.clean, names: []), .spam(points: 1, worst: 10, symbols: [])]
        let twice = require + "if virustest \"5\" { stop; } if virustest \"4\" { stop; } keep;"
        #expect(evaluate(twice, scans: reports).asked == [.scan(.virus)])
        let large = require + "if size :under 1M { if anyof (virustest \"5\", spamtest \"10\") { discard; } }"
        #expect(evaluate(large, on: "A: 1\n\n", scans: reports).asked == [.size, .scan(.virus), .scan(.spam)])
        #expect(evaluate(large.replacing(":under", with: ":over"), on: "A: 1\n\n", scans: reports).asked == [.size])
    }

    // MARK: Not looked at

    @Test func whatNobodyLookedAtIsInTheOutcomeAndNeverClean() {
        let noNumber = ScanReport.spam(points: .nan, worst: 1, symbols: [])
        let reports = [.unscanned(.virus, reason: "it is down"), noNumber]
        let source = require + "if virustest \"1\" { discard; } elsif spamtest \"1\" { discard; }"
        let result = evaluate(source, scans: reports)
        #expect(result.actions == ["implicit keep"])
        #expect(result.unscanned == [.virus: "it is down", .spam: "the scanner's score is no number"])
        #expect(evaluate(require + "if virustest \"1\" { discard; }", scans: reports).unscanned[.spam] == nil)
        #expect(evaluate(require + "keep;", scans: reports).unscanned == [:])
    }

    @Test func aScriptThatFailsSaysWhatItAskedForInVain() {
        let source = "require [\"virustest\", \"reject\"];\nif virustest \"0\" { keep; reject \"x\"; }"
        let result = evaluate(source, scans: [.unscanned(.virus, reason: "it is down")])
        #expect(result.failure != nil)
        #expect(result.unscanned == [.virus: "it is down"])
    }

    // MARK: Names and scores

    @Test(arguments: [
        ("vnd.popsieve.virus", "Eicar, Other", true), ("vnd.popsieve.spam-score", "7.5", true),
        ("vnd.popsieve.spam-threshold", "15", true), ("vnd.popsieve.spam-symbols", "A, B", true),
        ("vnd.popsieve.spam-unscanned", "", false), ("vnd.popsieve.virus-unscanned", "", false),
    ])
    func namesAndScoresAreItemsOfTheEnvironment(item: String, value: String, isThere: Bool) {
        let reports: [ScanReport] = [
            .virus(.infected, names: ["Eicar", "Other"]), .spam(points: 7.5, worst: 15, symbols: ["A", "B"]),
        ]
        let source = require + "if environment :matches \"\(item)\" \"*\" { addheader \"X-Found\" \"${1}\"; }"
        let result = evaluate(source, on: "\n", scans: reports)
        #expect(result.diagnostics == [])
        #expect(result.header == (isThere ? "X-Found: \(value)\n\n" : "\n"))
        #expect(result.asked.count == 1)
        #expect(evaluate(source, on: "\n").asked == [])
    }

    @Test func theReasonIsAnItemToo() {
        let source = require + "if environment :is \"vnd.popsieve.virus-unscanned\" \"it is down\" { discard; }"
        let result = evaluate(source, scans: [.unscanned(.virus, reason: "it is down")])
        #expect(result.actions == ["discard"])
        #expect(result.unscanned == [.virus: "it is down"])
    }

    @Test func variablesHaveThemAsWell() {
        let source = """
            require ["vnd.dovecot.environment", "environment", "variables", "editheader", "spamtest"];
            if spamtest "10" { addheader "X-Spam" "${env.vnd.popsieve.spam_score}"; }
            """
        let result = evaluate(source, on: "\n", scans: [.spam(points: 20, worst: 15, symbols: [])])
        #expect(result.diagnostics == [])
        #expect(result.header == "X-Spam: 20\n\n")
    }

    /// A name may be an attacker's: no line ends, no more than a header field takes.
    @Test func namesAreOneLineOfBoundedLength() {
        let source = require + "if environment :matches \"vnd.popsieve.virus\" \"*\" { addheader \"X\" \"${1}\"; }"
        let forged = ScanReport.virus(.infected, names: ["a\r\nX-Forged: 1\u{0}\u{7F}"])
        #expect(evaluate(source, on: "\n", scans: [forged]).header == "X: a  X-Forged: 1\n\n")
        let names = Array(repeating: String(repeating: "ä", count: 400), count: 1_000)
        let item = ScanItem.virus.text(of: .virus(.infected, names: names)) ?? ""
        #expect(item.utf8.count < Limits.scanTextLength && item.utf8.count > Limits.scanTextLength - 8)
        #expect(!item.contains("\u{FFFD}"))
    }

    @Test(arguments: [(64, 64), (65, 64)])
    func namesAreCounted(count: Int, shown: Int) {
        let symbols = Array(repeating: "A", count: count)
        let item = ScanItem.spamSymbols.text(of: .spam(points: 1, worst: 2, symbols: symbols))
        #expect(item?.split(separator: ", ").count == shown)
    }

    // MARK: Depth

    @Test(arguments: [
        ("virustest \"1\"", Depth.scan), ("spamtest \"1\"", .header),
        ("environment \"vnd.popsieve.virus\" \"x\"", .scan), ("environment \"vnd.popsieve.spam-score\" \"x\"", .header),
        ("environment \"name\" \"x\"", .header),
    ])
    func depthIsKnownWhenTheScriptIsCompiled(test: String, depth: Depth) {
        var options = CompilerOptions()
        options.scans = [.virus]
        let source = Array((require + "if \(test) { discard; }").utf8)
        #expect(Compiler(options: options).compile(source, name: "t").script?.depth == depth)
    }
}
