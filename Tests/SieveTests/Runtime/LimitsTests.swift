// The limits of scripts and messages: what is at one is judged, what is one beyond it fails visibly.

import Testing

@testable import Sieve

struct LimitsTests {
    /// A limit, a script that reaches it, one that is beyond it, and what is said then.
    struct Case: Sendable {
        let set: @Sendable (inout Limits) -> Void
        let within: String
        let beyond: String
        let words: String
    }

    static let compiled = [
        Case(set: { $0.scriptSize = 5 }, within: "keep;", beyond: "keep; ", words: "the script is too large"),
        Case(
            set: { $0.stringLength = 3 },
            within: "if header \"a\" \"abc\" {}",
            beyond: "if header \"a\" \"abcd\" {}",
            words: "string is too long"
        ),
        Case(
            set: { $0.listLength = 2 },
            within: "if header \"a\" [\"a\", \"b\"] {}",
            beyond: "if header \"a\" [\"a\", \"b\", \"c\"] {}",
            words: "more than 2 strings"
        ),
        Case(
            set: { $0.arguments = 3 },
            within: "if header :is \"a\" \"b\" {}",
            beyond: "if header :comparator \"i;octet\" \"a\" \"b\" {}",
            words: "too many arguments"
        ),
        Case(
            set: { $0.blockNesting = 2 },
            within: "if true { keep; }",
            beyond: "if true { if true { keep; } }",
            words: "cannot nest command blocks"
        ),
        Case(
            set: { $0.testNesting = 3 },
            within: "if not true {}",
            beyond: "if not not true {}",
            words: "cannot nest tests"
        ),
        Case(
            set: { $0.partLoops = 1 },
            within: "require \"foreverypart\"; foreverypart { keep; }",
            beyond: "require \"foreverypart\"; foreverypart { foreverypart { keep; } }",
            words: "cannot nest foreverypart"
        ),
        Case(
            set: { $0.includeNesting = 1 },
            within: "require \"include\"; include \"leaf\";",
            beyond: "require \"include\"; include \"nest\";",
            words: "cannot nest includes deeper than 1 levels"
        ),
        Case(
            set: { $0.includes = 2 },
            within: "require \"include\"; include \"nest\";",
            beyond: "require \"include\"; include \"nest\"; include \"leaf\";",
            words: "cannot include more than 2 scripts"
        ),
        Case(set: { $0.errors = 1 }, within: "keep;", beyond: "a; b;", words: "(errors)"),
        Case(
            set: { $0.variables = 1 },
            within: "require \"variables\"; set \"a\" \"1\";",
            beyond: "require \"variables\"; set \"a\" \"1\"; set \"b\" \"1\";",
            words: "too many variables"
        ),
        Case(
            set: { $0.variableNameLength = 3 },
            within: "require \"variables\"; set \"abc\" \"1\";",
            beyond: "require \"variables\"; set \"abcd\" \"1\";",
            words: "invalid variable name"
        ),
        Case(
            set: { $0.matchVariables = 2 },
            within: "require \"variables\"; set \"a\" \"${2}\";",
            beyond: "require \"variables\"; set \"a\" \"${3}\";",
            words: "match value index 3 out of range"
        ),
        Case(
            set: { $0.headerValueLength = 3 },
            within: "require \"editheader\"; addheader \"X\" \"abc\";",
            beyond: "require \"editheader\"; addheader \"X\" \"abcd\";",
            words: "specified header value is too large"
        ),
    ]

    static let run = [
        Case(
            set: { $0.expandedLength = 4 },
            within: "require \"variables\"; set \"a\" \"12\"; set \"b\" \"${a}${a}\";",
            beyond: "require \"variables\"; set \"a\" \"12\"; set \"b\" \"${a}${a}${a}\";",
            words: "(expandedLength)"
        ),
        Case(set: { $0.instructions = 2 }, within: "keep; keep;", beyond: "keep; keep; keep;", words: "(instructions)"),
        Case(
            set: { $0.comparedOctets = 1_000 },
            within: "if header :contains \"Subject\" \"x\" {}",
            beyond: "if header :contains \"Long\" \"x\" {}",
            words: "(comparedOctets)"
        ),
        Case(
            set: { $0.regexSteps = 100 },
            within: "require \"regex\"; if header :regex \"Subject\" \"^hello$\" {}",
            beyond: "require \"regex\"; if header :regex \"Long\" \"^(a+)+$\" {}",
            words: "the regular expression took more steps than allowed"
        ),
        Case(
            set: { $0.actions = 1 },
            within: "require \"fileinto\"; fileinto \"a\"; fileinto \"a\";",
            beyond: "require \"fileinto\"; fileinto \"a\"; fileinto \"b\";",
            words: "total number of actions exceeds"
        ),
        Case(
            set: { $0.redirects = 1 },
            within: "redirect \"a@b.example\";",
            beyond: "redirect \"a@b.example\"; redirect \"c@b.example\";",
            words: "number of redirect actions exceeds"
        ),
        Case(
            set: { $0.headerEdits = 1 },
            within: "require \"editheader\"; addheader \"X\" \"a\";",
            beyond: "require \"editheader\"; addheader \"X\" \"a\"; deleteheader \"X\";",
            words: "(headerEdits)"
        ),
        Case(
            set: { $0.addedHeaderSize = 3 },
            within: "require \"editheader\"; addheader \"X\" \"ab\";",
            beyond: "require \"editheader\"; addheader \"X\" \"abc\";",
            words: "(addedHeaderSize)"
        ),
        Case(
            set: { $0.rewrites = 1 },
            within: "require \"replace\"; replace \"a\";",
            beyond: "require \"replace\"; replace \"a\"; replace \"b\";",
            words: "(rewrites)"
        ),
    ]

    private static let scripts = ["leaf": "keep;", "nest": "require \"include\"; include \"leaf\";"]
    private static let message = "Subject: hello\nLong: \(String(repeating: "a", count: 2_000))!\n\nbody\n"

    private func result(_ script: String, _ set: (inout Limits) -> Void) -> Result {
        var limits = Limits()
        set(&limits)
        return evaluate(script, on: Self.message, limits: limits, includes: Self.scripts)
    }

    @Test(arguments: compiled.indices)
    func beyondALimitOfScriptsIsAnError(index: Int) {
        let test = Self.compiled[index]
        #expect(result(test.within, test.set).diagnostics == [])
        let found = result(test.beyond, test.set)
        #expect(found.diagnostics.contains { $0.contains(test.words) })
        #expect(found.actions == [])
    }

    @Test(arguments: run.indices)
    func beyondALimitOfEvaluationTheMessageIsKeptAndItIsSaid(index: Int) {
        let test = Self.run[index]
        let within = result(test.within, test.set)
        #expect(within.diagnostics == [])
        #expect(within.failure == nil)
        let beyond = result(test.beyond, test.set)
        #expect(beyond.diagnostics == [])
        #expect(beyond.failure?.contains(test.words) == true)
        #expect(beyond.actions == ["implicit keep"])
        #expect(beyond.message == nil)
        #expect(beyond.header.hasPrefix("Subject: hello\nLong: a"))
    }

    @Test func aReasonIsCutBetweenCharactersAndTheAuthorIsToldOf() {
        var options = CompilerOptions()
        options.limits.reasonLength = 3
        let long = "require \"reject\"; reject \"aéé\";"
        let warnings = Compiler(options: options).compile(Array(long.utf8), name: "t").diagnostics.map(\.message)
        #expect(warnings == ["the reason is longer than one can be (3 octets)"])
        var evaluation = Compiler(options: options).compile(Array(long.utf8), name: "t").script.map {
            Evaluation($0, header: [], limits: options.limits)
        }
        guard case .finished(let outcome)? = evaluation?.run() else {
            Issue.record("it does not end")
            return
        }
        #expect(outcome.actions.map(\.kind) == [.reject(reason: "aé", isExtended: false)])
    }

    @Test(arguments: [
        (2, ["1", "2"]), (3, ["1", "2", "3"]), (4, ["1", "2", "3", "more"]), (9, ["1", "2", "3", "more"]),
    ])
    func theLastLineForTheAuthorSaysThatMoreAreLeftOut(count: Int, lines: [String]) {
        var limits = Limits()
        limits.debugLines = 3
        let logs = (1...count).map { "debug_log \"\($0)\";" }.joined()
        let script = Compiler().compile(Array("require \"vnd.dovecot.debug\"; \(logs)".utf8), name: "t").script
        var evaluation = script.map { Evaluation($0, header: [], limits: limits) }
        guard case .finished(let outcome)? = evaluation?.run() else {
            Issue.record("it does not end")
            return
        }
        #expect(outcome.debugLines.map { String($0.text.prefix(4)) } == lines)
    }

    @Test func whatIsBeyondALimitOfReadingIsNotHalfJudged() {
        let many = "To: " + String(repeating: "a@b.example,", count: 10_001) + "c@d.example\n\n"
        for test in ["address \"to\" \"c@d.example\"", "not address \"to\" \"x@d.example\""] {
            let result = evaluate("if \(test) { discard; }", on: many)
            #expect(result.failure?.contains("(too-many-addresses)") == true)
            #expect(result.actions == ["implicit keep"])
        }
        let fields = String(repeating: "a:\n", count: 10_000) + "Subject: evil\n\n"
        for test in ["header \"Subject\" \"evil\"", "not exists \"Subject\""] {
            let result = evaluate("if \(test) { discard; }", on: fields)
            #expect(result.failure?.contains("(too-many-fields)") == true)
            #expect(result.actions == ["implicit keep"])
        }
        #expect(evaluate("keep;", on: fields).failure == nil)
        for count in [200, 201] {
            let parameters = (1...count).map { "; p\($0)=x" }.joined()
            for test in ["header :mime :param \"last\"", "not header :mime :param \"last\""] {
                let script = "require \"mime\"; if \(test) \"Content-Type\" \"evil\" { discard; }"
                let result = evaluate(script, on: "Content-Type: text/plain\(parameters); last=evil\n\n")
                #expect(result.failure?.contains("(too-many-parameters)") == true)
                #expect(result.actions == ["implicit keep"])
            }
        }
        let fit = "Content-Type: text/plain\((1...199).map { "; p\($0)=x" }.joined()); last=evil\n\n"
        #expect(holds("header :mime :param \"last\" \"Content-Type\" \"evil\"", requiring: "\"mime\"", on: fit) == true)
        let addresses = "To: " + String(repeating: "a@b.example,", count: 10_001) + "c@d.example\n\n"
        for (test, isJudged) in [
            ("defect \"too-many-addresses\"", true), ("not defect \"bare-cr\"", false), ("defect \"bare-cr\"", false),
            ("defect :count \"ge\" :comparator \"i;ascii-numeric\" \"1\"", false),
        ] {
            let extensions = "[\"vnd.popsieve.defects\", \"relational\", \"comparator-i;ascii-numeric\"]"
            let result = evaluate("require \(extensions); if \(test) { discard; }", on: addresses)
            #expect(result.actions == [isJudged ? "discard" : "implicit keep"])
            #expect((result.failure?.contains("(too-many-addresses)") == true) == !isJudged)
        }
        let deep = (0...101).reversed().reduce("Subject: x\n\nevil\n") { inner, level in
            "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n\(inner)\n--b\(level)--\n"
        }
        let test = "require \"body\"; if not body :text :contains \"absent\" { discard; }"
        let result = evaluate(test, on: "MIME-Version: 1.0\n" + deep)
        #expect(result.failure?.contains("(too-deep)") == true)
        #expect(result.actions == ["implicit keep"])
    }
}
