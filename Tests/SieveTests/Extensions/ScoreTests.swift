// spamtest and virustest: results as decimal arithmetic has them.

import Testing

@testable import Sieve

struct ScoreTests {
    @Test(arguments: [
        (".29", 1.0, "29", "3", "2"), ("0.57", 1, "57", "6", "3"), ("0.58", 1, "58", "6", "3"),
        ("2.9", 10, "29", "3", "2"), ("0.03", 0.1, "30", "3", "2"), ("1.1", 2.2, "50", "5", "3"),
        ("0.3333333333333333333333333333", 1, "33", "3", "2"), ("0.999999999999", 1, "99", "9", "4"),
        ("1", 1, "100", "10", "5"), ("+1", 1, "100", "10", "5"), ("7", 5, "100", "10", "5"), ("-3", 5, "0", "1", "1"),
        ("0", 5, "0", "1", "1"), ("5.", 10, "50", "5", "3"), ("99999999999999999999999", 10, "100", "10", "5"),
        ("0.1 of 10", 1, "10", "1", "1"), ("1.2.3", 10, "0", "0", "0"), ("high", 10, "0", "0", "0"),
        (".", 10, "0", "0", "0"), ("-", 10, "0", "0", "0"), ("1-2", 10, "0", "0", "0"),
    ])
    func sharesAreDecimal(score: String, maximum: Double, percent: String, spam: String, virus: String) {
        var source = ScoreSource(field: "X-Score")
        source.maximum = maximum
        var context = MessageContext()
        context.scores.spam = source
        context.scores.virus = source
        let script = """
            require ["spamtest", "spamtestplus", "virustest"];
            if allof (spamtest :percent "\(percent)", spamtest "\(spam)", virustest "\(virus)") { discard; }
            """
        let result = evaluate(script, on: "X-Score: \(score)\n\n", context: context)
        #expect(result.diagnostics == [])
        #expect(result.actions == ["discard"])
    }

    @Test func theWorstScoreOfAFieldIsDecimalAsWell() {
        var source = ScoreSource(field: "X-Score")
        source.pattern = "([0-9.]+)/"
        source.maximumField = "X-Score"
        source.maximumPattern = "/([0-9.]+)"
        var context = MessageContext()
        context.scores.spam = source
        let script = "require [\"spamtest\", \"spamtestplus\"]; if spamtest :percent \"29\" { discard; }"
        #expect(evaluate(script, on: "X-Score: .029/.1\n\n", context: context).actions == ["discard"])
    }
}
