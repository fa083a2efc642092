// The runner of test files: what its commands do to folders, cases and answers.

import Testing

@testable import Sieve

struct TestRunnerTests {
    private static let require = """
        require ["vnd.dovecot.testsuite", "fileinto", "mailbox", "replace", "enclose", "body", "include", "variables",
                 "relational", "comparator-i;ascii-numeric"];

        """
    private static let scripts = [
        "replace.sieve": "require \"replace\"; replace \"gone\";",
        "enclose.sieve": "require \"enclose\"; enclose :subject \"outer\" \"Beware.\";",
        "copy.sieve": "require [\"fileinto\", \"copy\", \"mailbox\"]; fileinto :copy :create \"first\";",
        "folder.sieve": "require [\"fileinto\", \"mailbox\"]; fileinto :create \"second\";",
        "missing.sieve": "require \"fileinto\"; fileinto \"nowhere\";",
        "included/stop.sieve": "stop;",
    ]

    private func report(_ source: String) -> TestReport {
        TestRun.report(Array((Self.require + source).utf8), name: "t", folder: "/f") { path in
            Self.scripts[String(path.dropFirst("/f/".count))].map { Array($0.utf8) }
        }
    }

    /// Each is the block of a case that passes.
    @Test(arguments: [
        """
        replace "gone";
        if not test_result_execute { test_fail "execute"; }
        test_message :folder "INBOX" 0;
        if not body :raw :is "gone" { test_fail "the stored message is the old one"; }
        """,
        """
        if not test_script_compile "replace.sieve" { test_fail "compile"; }
        if not test_script_run { test_fail "run"; }
        if not test_result_execute { test_fail "execute"; }
        test_message :folder "INBOX" 0;
        if not body :raw :is "gone" { test_fail "the stored message is the old one"; }
        """,
        """
        if not test_script_compile "enclose.sieve" { test_fail "compile"; }
        if not test_script_run { test_fail "run"; }
        if not test_result_execute { test_fail "execute"; }
        test_message :folder "INBOX" 0;
        if not header "subject" "outer" { test_fail "not enclosed"; }
        if not body :raw :contains "Beware." { test_fail "no text"; }
        """,
        """
        replace "gone";
        test_result_reset;
        if not test_result_execute { test_fail "execute"; }
        test_message :folder "INBOX" 0;
        if body :raw :is "gone" { test_fail "what was reset was done"; }
        """,
        """
        if not test_multiscript ["copy.sieve", "folder.sieve"] { test_fail "run"; }
        if not test_message :folder "first" 0 { test_fail "the first was not carried out"; }
        if not test_message :folder "second" 0 { test_fail "the second was not carried out"; }
        if test_message :folder "INBOX" 0 { test_fail "kept"; }
        """,
        """
        if not test_multiscript ["replace.sieve", "copy.sieve"] { test_fail "run"; }
        test_message :folder "first" 0;
        if not body :raw :is "gone" { test_fail "the stored message is the old one"; }
        test_message :folder "INBOX" 0;
        """,
        """
        if test_multiscript "missing.sieve" { test_fail "carried out"; }
        test_message :folder "INBOX" 0;
        """,
        """
        fileinto "nowhere";
        if test_result_execute { test_fail "carried out"; }
        if not test_error :contains "nowhere" { test_fail "no error"; }
        test_message :folder "INBOX" 0;
        if test_message :folder "INBOX" 1 { test_fail "kept twice"; }
        """,
        """
        keep;
        fileinto "nowhere";
        if test_result_execute { test_fail "carried out"; }
        if test_message :folder "INBOX" 1 { test_fail "kept twice"; }
        """,
        """
        if mailboxexists "a" { test_fail "is there"; }
        test_mailbox_create "a";
        if not mailboxexists "a" { test_fail "the old answer was given again"; }
        test_mailbox_delete "a";
        if mailboxexists "a" { test_fail "the old answer was given again"; }
        """,
    ])
    func passes(block: String) {
        let report = report("test \"case\" {\n\(block)\n}")
        #expect(report.failure == nil)
        #expect(report.cases.map(\.failure) == [nil])
    }

    @Test(arguments: ["stop;", "if true { stop; test_fail \"went on\"; }", "include \"stop\";", "return;"])
    func whatStopsACasePassesIt(command: String) {
        let source = """
            test "one" { \(command) test_fail "went on"; }
            test "two" { test_fail "this"; }
            test "three" { if false { stop; } }
            stop;
            test "four" { }
            """
        let report = report(source)
        #expect(report.failure == nil)
        #expect(report.cases.map(\.name) == ["one", "two", "three"])
        #expect(report.cases.map { $0.failure == nil } == [true, false, true])
        #expect(report.skipped.map(\.name) == ["four"])
    }

    @Test func answersOfOneCaseAreNotThoseOfTheNext() {
        let source = """
            test "one" { if mailboxexists "second" { test_fail "is there"; } }
            if not test_multiscript "folder.sieve" { stop; }
            test "two" { if not mailboxexists "second" { test_fail "the old answer was given again"; } }
            """
        #expect(report(source).cases.map(\.failure) == [nil, nil])
    }
}
