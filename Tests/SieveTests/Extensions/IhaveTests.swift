// ihave: what it brings, and what it never can (RFC 5463 section 4).

import Testing

@testable import Sieve

struct IhaveTests {
    @Test(arguments: ["variables", "encoded-character"], ["", "\"variables\", \"encoded-character\", "])
    func whatChangesHowAScriptIsReadIsNeverThere(capability: String, required: String) {
        let source = """
            require [\(required)"ihave", "fileinto"];
            if ihave "\(capability)" { fileinto "yes"; } else { fileinto "no"; }
            if ihave ["\(capability)", "envelope"] { fileinto "both"; }
            """
        #expect(evaluate(source).actions == ["fileinto no"])
        let warnings = Compiler().compile(Array(source.utf8), name: "t").diagnostics.filter {
            $0.message.hasPrefix("ihave is always false")
        }
        #expect(warnings.map(\.position.line) == [2, 3])
    }

    @Test func itIsNotBroughtEither() {
        let source = """
            require ["ihave", "fileinto"];
            if ihave "variables" { set "a" "b"; }
            fileinto "${a}";
            """
        #expect(evaluate(source).actions == ["fileinto ${a}"])
        #expect(!evaluate("require \"ihave\"; if ihave \"variables\" { keep; } set \"a\" \"b\";").diagnostics.isEmpty)
    }

    @Test func anythingElseIsBrought() {
        #expect(evaluate("require \"ihave\"; if ihave \"fileinto\" { fileinto \"a\"; }").actions == ["fileinto a"])
    }
}
