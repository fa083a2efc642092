// :regex: a pattern that variables made invalid was never asked, and says so.

import Testing

@testable import Sieve

struct RegexTests {
    @Test(arguments: ["(", "[a", "a**b(", "(?<n>"])
    func whatCannotBeCompiledWhenTheScriptRunsFails(pattern: String) {
        let source = """
            require ["variables", "regex"];
            set "p" "\(pattern)";
            if header :regex "Subject" "${p}" { discard; }
            if not header :regex "Subject" "x" { discard; }
            """
        let result = evaluate(source, on: "Subject: hello\n\n")
        #expect(result.actions == ["implicit keep"])
        #expect(result.failure?.hasPrefix("3 invalid regular expression '\(pattern)': ") == true)
    }

    @Test func aScoreWhosePatternIsFaultyFails() {
        var context = MessageContext()
        var source = ScoreSource(field: "X-Score")
        source.pattern = "("
        source.maximum = 10
        context.scores.spam = source
        let script = "require \"spamtest\"; if spamtest \"0\" { discard; }"
        let result = evaluate(script, on: "X-Score: 9\n\n", context: context)
        #expect(result.failure?.contains("the regular expression of the score in 'X-Score' is invalid") == true)
        #expect(result.actions == ["implicit keep"])
    }
}
