// What the compiler says about faulty scripts: each fault at its own line, what is wrong, what would be right.

import Testing

@testable import Sieve

struct DiagnosticsTests {
    private func diagnostics(_ source: String, options: CompilerOptions = CompilerOptions()) -> [Diagnostic] {
        Compiler(options: options).compile(Array(source.utf8), name: "t").diagnostics
    }

    @Test(
        arguments: [
            ("1MB", "1M"), ("10KiB", "10K"), ("10 kb", "10K"), ("5B", "5"), ("1 M", "1M"), ("1.5M", "1536K"),
            ("0,5 GB", "512M"), ("2.25K", "2304"), ("1.5", "a whole number"), ("1.5G", "1536M"),
        ]
    )
    func aSizeAsPeopleWriteItElsewhereIsOneFaultAtTheSize(_ size: String, _ number: String) {
        let found = diagnostics("if size :over \(size) { keep; }\nif size :under 9 { keep; }").map(\.description)
        let expected = "t:1:15: error: a number is digits, and K, M or G behind them, not '\(size)'; write \(number)"
        #expect(found == [expected])
    }

    @Test(arguments: ["1M", "1m", "12", "1K"])
    func aSizeOfSieveIsNone(_ size: String) { #expect(diagnostics("if size :over \(size) { keep; }") == []) }

    @Test(
        arguments: [
            "18446744073709551616", "99999999999999999999", "99999999999999999999K", "18014398509481984K",
            "17179869184G", "99999999999999999999KB", "99999999999999999999 MiB",
        ]
    )
    func aSizeBeyond64BitsIsOneErrorAtTheNumber(_ size: String) {
        let found = diagnostics("if size :over \(size) { keep; }\nif size :under 9 { keep; }").map(\.description)
        let fault = "number exceeds integer limits (max 18446744073709551615); use a smaller one"
        #expect(found == ["t:1:15: error: \(fault)"])
    }

    @Test(
        arguments: [
            ("if address matches \"from\" \"a\" { keep; }", "1:12", "matches", "address test"),
            ("if header contains \"from\" \"a\" { keep; }", "1:11", "contains", "header test"),
            ("if not address domain matches \"from\" \"a\" { keep; }", "1:16", "domain", "address test"),
            ("if anyof (true, size over 1M) { keep; }", "1:22", "over", "size test"),
            ("require [\"fileinto\", \"copy\"];\nfileinto copy \"a\";", "2:10", "copy", "fileinto command"),
        ]
    )
    func aTagWithoutItsColonIsToldOf(_ source: String, place: String, word: String, title: String) {
        let found = diagnostics(source).filter { $0.severity == .error }.map(\.description)
        #expect(
            found == ["t:\(place): error: unexpected word '\(word)' in the \(title); write ':\(word)', with a colon"]
        )
    }

    static let faults: [(String, String, String?)] = [
        ("require \"frop\";", "1:9: error: require command: unknown Sieve capability 'frop'", nil),
        (
            "require \"fileintoo\";", "1:9: error: require command: unknown Sieve capability 'fileintoo'",
            "did you mean \"fileinto\"?"
        ),
        (
            "keep;\nrequire \"fileinto\";",
            "2:1: error: require commands can only be placed at top level at the beginning of the file", "move it up"
        ),
        ("frop;", "1:1: error: unknown command 'frop' (only reported once at first occurrence)", nil),
        (
            "dicsard;", "1:1: error: unknown command 'dicsard' (only reported once at first occurrence)",
            "did you mean 'discard'?"
        ),
        (
            "fileinto \"x\";", "1:1: error: unknown command 'fileinto' (only reported once at first occurrence)",
            "write require \"fileinto\"; at the beginning"
        ),
        (
            "if heder \"a\" \"b\" {}", "1:4: error: unknown test 'heder' (only reported once at first occurrence)",
            "did you mean 'header'?"
        ),
        (
            "if header :contians \"a\" \"b\" {}",
            "1:11: error: unknown tagged argument ':contians' for the header test (reported only once at first occurrence)",
            "did you mean ':contains'?"
        ),
        (
            "if header :regex \"a\" \"b\" {}",
            "1:11: error: unknown tagged argument ':regex' for the header test (reported only once at first occurrence)",
            "write require \"regex\"; at the beginning"
        ),
        (
            "keep 12;", "1:1: error: the keep command requires 0 positional argument(s), but 1 is/are specified",
            "write keep"
        ),
        (
            "if header \"a\"\n 3 {}",
            "2:2: error: the header test expects a string list as argument 2 (key list), but a number was found", nil
        ),
        (
            "if header :is :contains \"a\" \"b\" {}",
            "1:15: error: encountered duplicate MATCH-TYPE argument (:contains) for the header test",
            "give only one of them"
        ),
        (
            "if header :comparator \"i;foo\" \"a\" \"b\" {}", "1:23: error: unknown comparator 'i;foo'",
            "use \"i;ascii-casemap\" or \"i;octet\""
        ),
        (
            "if header :comparator \"i;ascii-numeric\" \"a\" \"b\" {}",
            "1:23: error: unknown comparator 'i;ascii-numeric'",
            "write require \"comparator-i;ascii-numeric\"; at the beginning"
        ),
        (
            "if size 1 {}", "1:4: error: the size test requires either the :under or the :over tag to be specified",
            "write size :over 1"
        ),
        ("if not {}", "1:4: error: the not test requires one sub-test, but none is specified", nil),
        (
            "if anyof true {}",
            "1:4: error: the anyof test requires a list of sub-tests, but a single test is specified", nil
        ),
        ("if keep {}", "1:4: error: attempted to use command 'keep' as test", "a test is expected here"),
        ("true;", "1:1: error: attempted to use test 'true' as command", "write if true … { … }"),
        ("keep; else {}", "1:7: error: the else command must follow an if or elsif command", "begin with 'if'"),
        ("if true;", "1:1: error: the if command requires a command block, but it is missing", nil),
        ("keep\nstop;", "1:1: error: missing semicolon ';' after keep command", "end it with ';'"),
        ("stop {}", "1:1: error: the stop command does not accept a command block, but one is specified anyway", nil),
        (
            "if address \"Subject\" \"x\" {}",
            "1:12: error: specified header 'Subject' is not allowed for the address test",
            "name a field that holds addresses, such as From, or use the header test"
        ),
        (
            "redirect \"nobody\";", "1:10: error: specified redirect address 'nobody' is invalid",
            "write one address such as \"user@example.com\""
        ),
        (
            "require \"regex\"; if header :regex \"a\" \"b(\" {}",
            "1:39: error: invalid regular expression 'b(' for regex match: missing closing parenthesis",
            "look at octet 2 of it"
        ),
        (
            "require \"encoded-character\"; if header \"a\" \"${unicode:D800}\" {}",
            "1:44: error: invalid unicode character 0xD800 in encoded character",
            "use a value from 0 to D7FF or from E000 to 10FFFF"
        ),
        (
            "require \"editheader\"; deleteheader :last \"X\";",
            "1:23: error: the :last tag for the deleteheader command cannot be specified without the :index tag",
            "write :index 1 :last"
        ),
        (
            "require \"editheader\"; addheader \"X:\" \"v\";",
            "1:33: error: addheader command: specified field name 'X:' is invalid",
            "use letters, digits and '-', without blanks and colon"
        ),
        (
            "if header :matches \"a\" \"b\" {}", "1:11: warning: a :matches key without * and ? is compared whole",
            "use ':is' or add '*'"
        ),
        (
            "require \"regex\"; if header :regex \"a\" \"b*\" {}",
            "1:28: warning: the regular expression matches the empty string", "it is always true"
        ),
        (
            "require [\n\"fileinto\"];", "2:1: warning: the extension \"fileinto\" is required, but not used",
            "remove it"
        ),
        ("stop; keep;", "1:7: warning: this is never reached: the script has ended before it", nil),
    ]

    @Test(arguments: faults)
    func tells(source: String, text: String, fix: String?) {
        #expect(diagnostics(source).map(\.description) == ["t:" + (fix.map { "\(text); \($0)" } ?? text)])
    }

    @Test func aQuoteThatLacksIsLookedForWhereAStringRanOn() {
        let source = "if header \"a\" \"b {\n  keep;\n}\nif header \"c\" \"d\" { stop; }"
        #expect(
            diagnostics(source).last?.fix
                == "close it with a double quote, or the one of line 1, which goes on to line 4"
        )
    }

    @Test func findsEveryFaultInItsOwnLine() {
        let source = """
            require ["fileinto", "variables"];
            frop;
            if header :foo "a" "b" { fileinto 3; }
            keep ];
            if size { discard "x"; }
            set "1" "2";
            frop;
            stop
            """
        let found = diagnostics(source)
        #expect(found.map(\.position.line) == [2, 3, 3, 4, 5, 5, 6, 8])
        #expect(found.filter { $0.stage == .syntax }.map(\.position.line) == [4, 8])
    }

    @Test func aBrokenRequireIsNotComplainedAboutTwice() {
        #expect(diagnostics("require [\"fileinto\" \"variables\"];\nset \"a\" \"b\"; fileinto \"x\";").count == 1)
        #expect(diagnostics("require \"fileintoo\"; fileinto \"x\";").count == 1)
        #expect(diagnostics("require \"frop\"; fileinto \"x\";").count == 2)
    }

    @Test func refusesWithTheReason() {
        var options = CompilerOptions()
        options.refusals = ["redirect": "a relay sends no mail", "fileinto": "there is no quarantine"]
        #expect(
            diagnostics("redirect \"a@b.example\";", options: options).map(\.description) == [
                "t:1:1: error: the redirect command cannot be used here: a relay sends no mail"
            ]
        )
        #expect(
            diagnostics("require \"fileinto\"; fileinto \"a\";", options: options).map(\.description) == [
                "t:1:9: error: require command: \"fileinto\" cannot be used here: there is no quarantine"
            ]
        )
    }

    @Test func boundsScriptAndErrors() {
        var options = CompilerOptions()
        options.limits.scriptSize = 10
        options.limits.errors = 3
        #expect(diagnostics("keep;     ", options: options).isEmpty)
        #expect(diagnostics("keep;      ", options: options).count == 1)
        options.limits.scriptSize = 100
        #expect(diagnostics("a;b;c;d;e;f;", options: options).count == 3)
    }

    @Test func nestedTestListsTakeNoLongerThanTheyAreLong() {
        let source =
            "if " + String(repeating: "allof (", count: 30) + "true" + String(repeating: ")", count: 30) + " {}"
        #expect(diagnostics(source).isEmpty)
    }

    @Test func knowsDepthAndSize() {
        func script(_ source: String) -> Script? { Compiler().compile(Array(source.utf8), name: "t").script }
        #expect(script("keep;")?.depth == Depth.none)
        #expect(script("# nothing")?.isEmpty == true)
        #expect(script("if size :over 1 { keep; }")?.asksSize == true)
        #expect(script("if header \"a\" \"b\" { keep; }")?.depth == .header)
        #expect(script("if header \"a\" \"b\" { keep; }")?.asksSize == false)
    }
}
