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

    /// What other languages have, each one error with what Sieve has in its place.
    private static let foreign: [(String, String)] = [
        ("if true { keep; } else if false { stop; } else { keep; }", "1:19: 'else if' is not in Sieve; write elsif"),
        ("if true { keep; }\nelif false { stop; }\nelse { keep; }", "2:1: 'elif' is not in Sieve; write elsif"),
        ("if true and false { keep; }", "1:9: tests are not joined by 'and'; write allof (test, test)"),
        (
            "if header \"a\" \"b\" or not exists \"c\" { keep; }",
            "1:19: tests are not joined by 'or'; write anyof (test, test)"
        ),
        (
            "if allof (true) or false { keep; }",
            "1:17: expected end of command ';' or the beginning of a compound block '{', but found identifier; "
                + "write anyof (test, test)"
        ),
        ("if true && false { keep; }", "1:9: '&&' is no word of Sieve; write allof (test, test)"),
        ("if true || false { keep; }", "1:9: '||' is no word of Sieve; write anyof (test, test)"),
        ("if !exists \"a\" { keep; }", "1:4: '!' is no word of Sieve; write not"),
        ("if size > 10M { keep; }", "1:9: '>' is no word of Sieve; write :over, as in size :over 10M"),
        (
            "if anyof (size <= 10M, true) { keep; }",
            "1:16: '<=' is no word of Sieve; write :under, as in size :under 10M"
        ),
        (
            "if header :contains subject \"x\" { keep; }",
            "1:21: unexpected word 'subject' in the header test; write \"subject\", in quotes"
        ),
        ("redirect friend;", "1:10: unexpected word 'friend' in the redirect command; write \"friend\", in quotes"),
        ("if header 'a' 'b' { keep; }", "1:11: strings stand in double quotes; write \"a\""),
        ("if header [“a”, „b“] ‘c’ { keep; }", "1:12: strings stand in double quotes; write \"a\""),
        ("if header «a\" \"b\" { keep; }", "1:11: strings stand in double quotes; write \"a\""),
        ("if header 'a { keep; }", "1:11: strings stand in double quotes; write \"text\""),
    ]

    @Test(arguments: foreign)
    func whatOtherLanguagesHaveIsOneErrorWithWhatSieveHas(_ source: String, _ expected: String) {
        let found = diagnostics(source + "\nif size :under 9 { keep; }").filter { $0.severity == .error }
        #expect(found.map { "\($0.position.line):\($0.position.column): \($0.message); \($0.fix)" } == [expected])
    }

    @Test(
        arguments: [
            "Popsieve is a POP3 relay that filters mail with Sieve: your mail client talks to it,\nand it talks on.\n\n",
            "From: me@example.com\nTo: you@example.com\nSubject: a message\n\n", "{ \"a\": [1, 2, { \"b\": null }] }\n",
        ]
    )
    func aFileThatIsNoScriptIsToldOfInAFewErrors(_ text: String) {
        let found = diagnostics(String(repeating: text, count: 40))
        #expect((2...4).contains(found.count))
        #expect(found.last?.message == "this does not look like a Sieve script")
    }

    @Test func aScriptWithManyErrorsBehindAGoodCommandIsAScript() {
        let found = diagnostics("keep;\n" + (0..<12).map { "frop\($0);" }.joined(separator: "\n"))
        #expect(found.count == 12)
    }

    static let faults: [(String, String, String)] = [
        (
            "require \"frop\";", "1:9: error: require command: unknown Sieve capability 'frop'",
            "remove it, or take one of these: \(CompilerOptions().offered.joined(separator: ", "))"
        ),
        (
            "require \"spam\";", "1:9: error: require command: unknown Sieve capability 'spam'",
            "did you mean \"spamtest\" or \"spamtestplus\"?"
        ),
        (
            "require \"vnd.dovecot.duplicate\";",
            "1:9: error: require command: unknown Sieve capability 'vnd.dovecot.duplicate'",
            "did you mean \"duplicate\"?"
        ),
        (
            "require \"fileintoo\";", "1:9: error: require command: unknown Sieve capability 'fileintoo'",
            "did you mean \"fileinto\"?"
        ),
        (
            "keep;\nrequire \"fileinto\";",
            "2:1: error: require commands can only be placed at top level at the beginning of the file", "move it up"
        ),
        (
            "frop;", "1:1: error: unknown command 'frop' (only reported once at first occurrence)",
            "use one of: discard, else, elsif, if, keep, redirect, require, stop"
        ),
        (
            "if frop {}", "1:4: error: unknown test 'frop' (only reported once at first occurrence)",
            "use one of: address, allof, anyof, exists, false, header, not, size, true"
        ),
        (
            "keep :frop;",
            "1:6: error: unknown tagged argument ':frop' for the keep command (reported only once at first occurrence)",
            "remove it"
        ),
        (
            "if size :upper 1 {}",
            "1:9: error: unknown tagged argument ':upper' for the size test (reported only once at first occurrence)",
            "use one of: :over, :under"
        ),
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
            "keep 12;", "1:1: error: the keep command takes no arguments, and has 1",
            "write keep"
        ),
        (
            "if header \"a\"\n 3 {}",
            "2:2: error: the header test expects a string list as argument 2 (key list), but a number was found",
            "write \"3\", in quotes"
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
        (
            "if not {}", "1:4: error: the not test requires one sub-test, but none is specified",
            "write a test: not exists \"Subject\""
        ),
        (
            "if anyof true {}",
            "1:4: error: the anyof test requires a list of sub-tests, but a single test is specified",
            "put it in parentheses, or leave out 'anyof'"
        ),
        ("if keep {}", "1:4: error: attempted to use command 'keep' as test", "a test is expected here"),
        ("true;", "1:1: error: attempted to use test 'true' as command", "write if true … { … }"),
        ("keep; else {}", "1:7: error: the else command must follow an if or elsif command", "begin with 'if'"),
        (
            "if true;", "1:8: error: the if command requires a command block, but it is missing",
            "write the commands in braces, { … }, instead of ';'"
        ),
        (
            "if true; discard;", "1:8: error: the if command requires a command block, but it is missing",
            "write the commands in braces, { … }, instead of ';'"
        ),
        (
            "if true discard;",
            "1:9: error: the if command requires a command block, but 'discard' stands in its place",
            "put the command in braces: { discard … }"
        ),
        (
            "if not header \"a\" \"b\"\n  stop;",
            "2:3: error: the if command requires a command block, but 'stop' stands in its place",
            "put the command in braces: { stop … }"
        ),
        (
            "if true {} else keep;",
            "1:17: error: the else command requires a command block, but 'keep' stands in its place",
            "put the command in braces: { keep … }"
        ),
        (
            "if allof (true, true) keep;",
            "1:23: error: expected end of command ';' or the beginning of a compound block '{', but found identifier",
            "put the commands of 'if' in braces, { … }"
        ),
        (
            "if size :over \"1M\" {}",
            "1:15: error: the size test expects a number as argument 1 (limit), but a string was found",
            "write 1M, without the quotes"
        ),
        (
            "if size :over 5X {}", "1:15: error: a number is digits, and K, M or G behind them, not 'X'",
            "write it with K (1024), M (1024 K) or G (1024 M), or without a letter"
        ),
        (
            "require \"duplicate\"; if duplicate :seconds 5min {}",
            "1:44: error: a number is digits, and K, M or G behind them, not 'in'",
            "write it with K (1024), M (1024 K) or G (1024 M), or without a letter"
        ),
        ("keep\nstop;", "1:1: error: missing semicolon ';' after keep command", "end it with ';'"),
        (
            "stop {}", "1:6: error: the stop command does not accept a command block, but one is specified anyway",
            "end it with ';'"
        ),
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
        (
            "stop; keep;", "1:7: warning: this is never reached: the script has ended before it",
            "remove it, or move it up"
        ),
    ]

    @Test(arguments: faults)
    func tells(source: String, text: String, fix: String) {
        #expect(diagnostics(source).map(\.description) == ["t:\(text); \(fix)"])
    }

    /// A string without end, and where it begins.
    private static let openStrings: [(String, String)] = [
        ("redirect \"a@b.example;\nkeep;\n", "1:10"), ("keep; frop \"", "1:12"), ("\"", "1:1"),
        ("keep;\n\nif header \"a\" \"b\\\" { keep; }", "3:15"),
        // The quote of one string that lacks is found in the next.
        ("if header \"a\" \"b {\n  keep;\n}\nif header \"c\" \"d\" { stop; }", "1:15"),
        ("if header \"a\" \" b {\n  keep;\n}\nif header \" c\" \"d\" { stop; }", "1:15"),
        ("if header \"a\" [\"b, \"c\"] {\n  keep;\n}\nif header \"d\" \"e\" { frop; }", "1:16"),
        // Strings of more than one line are none the worse for it.
        ("require \"reject\";\nreject \"two\nlines\";\nredirect \"a@b.example;\nkeep;", "4:10"),
        (
            "require \"reject\";\nif true { reject \"two\nlines\"; }\nif header \"a\" \"b {\n  keep; }\nif header \"c\" \"d\" {}",
            "4:15"
        ),
    ]

    @Test(arguments: openStrings)
    func aStringWithoutEndIsOneErrorWhereItBegins(source: String, place: String) {
        #expect(
            diagnostics(source).filter { $0.severity == .error }.map(\.description) == [
                "t:\(place): error: end of file before end of the quoted string that begins here; "
                    + "close it with a double quote"
            ]
        )
    }

    @Test(arguments: [
        ("keep\n\n# more\n/* and */\n", "1:5"), ("if true {\n  keep;\n\n\n", "2:8"),
        ("if anyof (true, false\n", "1:22"),
        ("if header [\"a\"\n", "1:15"), ("keep # a\n", "1:5"), ("keep\r\n\r\n", "1:5"),
    ])
    func whatLacksAtTheEndIsMissedBehindTheLastWord(source: String, place: String) {
        #expect(diagnostics(source).map { "\($0.position.line):\($0.position.column)" } == [place])
    }

    @Test func wordsThatReadAsTheyAreInCapitalsAreThose() {
        #expect(diagnostics("If NOT True { Keep; } ELSE { STOP; }").filter { $0.severity == .error } == [])
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
                "t:1:1: error: the redirect command cannot be used here: a relay sends no mail; remove it"
            ]
        )
        #expect(
            diagnostics("require \"fileinto\"; fileinto \"a\";", options: options).map(\.description) == [
                "t:1:9: error: require command: \"fileinto\" cannot be used here: there is no quarantine; remove it, and what needs it"
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
        #expect(diagnostics("a;b;c;", options: options).map(\.message).allSatisfy { $0.hasPrefix("unknown command") })
        let more = diagnostics("a;b;c;d;e;f;", options: options)
        #expect(more.count == 4)
        #expect(
            more.last?.description
                == "t:1:7: error: there are more than 3 errors: the rest is left out (errors); fix those before it"
        )
    }

    @Test func warningsHideNoError() {
        var options = CompilerOptions()
        options.limits.errors = 2
        let warned = String(repeating: "if header :matches \"a\" \"b\" {}\n", count: 5)
        let compilation = Compiler(options: options).compile(Array((warned + "frop;").utf8), name: "t")
        #expect(compilation.script == nil)
        #expect(compilation.diagnostics.map(\.severity) == [.warning, .warning, .error])
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
