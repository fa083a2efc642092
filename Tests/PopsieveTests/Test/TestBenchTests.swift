// Test files from the disk to what is shown of them.
// Must not test the cases' language: that is Sieve's.

import ArgumentParser
import Foundation
import NIOCore
import Testing

@testable import popsieve

@Suite struct TestBenchTests {
    private let folder: TemporaryFolder

    private static let mixed = """
        require "vnd.dovecot.testsuite";
        test "good" { if false { test_fail "no"; } }
        test "bad" {
            test_fail "it is bad";
        }

        """

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("mixed.svtest", Self.mixed)
        try folder.write("deep/er/good.svtest", "require \"vnd.dovecot.testsuite\"; test \"x\" { }")
        try folder.write("broken/broken.svtest", "require \"vnd.dovecot.testsuite\";\ntest \"x\" { kepe; }\n")
        try folder.write("broken/other.txt", "no test")
    }

    private func tally(_ paths: String...) throws -> TestTally {
        var tally = TestTally()
        for path in paths { tally.add(try TestBench().results("\(folder.path)/\(path)")) }
        return tally
    }

    /// Without what differs from run to run.
    private func text(_ tally: TestTally, _ detail: TestText.Detail = .usual) -> String {
        let printer = TestText(terminal: Terminal(hasColours: false), detail: detail)
        return (printer.text(tally.results) + printer.summary(tally)).replacing(folder.path, with: "D")
    }

    @Test func casesAreShown() throws {
        let expected = """
            D/mixed.svtest
              passed   good
              failed   bad  line 3
                       it is bad
            1 passed, 1 failed, 0 skipped

            """
        #expect(text(try tally("mixed.svtest")) == expected)
    }

    @Test func quietShowsFailuresOnly() throws {
        let shown = text(try tally("mixed.svtest"), .less)
        #expect(!shown.contains("good"))
        #expect(shown.contains("bad  line 3"))
        #expect(text(try tally("deep/er/good.svtest"), .less) == "1 passed, 0 failed, 0 skipped\n")
    }

    @Test func aFileThatDoesNotCompileIsAFailedCase() throws {
        let results = try tally("broken/broken.svtest").results
        #expect(results.map(\.name) == ["broken.svtest"])
        #expect(results.map(\.status) == [.failed])
        #expect(results[0].reason?.contains("broken.svtest:2:12: error: unknown command 'kepe'") == true)
    }

    @Test func aFileThatStopsInTheMiddleIsAFailedCase() throws {
        try folder.write(
            "stops.svtest",
            "require \"vnd.dovecot.testsuite\"; test \"x\" { }\ntest_fail \"over\"; test \"y\" { }"
        )
        let results = try tally("stops.svtest").results
        #expect(results.map(\.status) == [.passed, .failed, .skipped])
        #expect(results[1].reason?.contains("over") == true)
        #expect(results[2].name == "y")
    }

    /// Each case stays within the engine's limits; there are only too many of them.
    @Test func aHostileFileEnds() throws {
        let hostile = """
            test "n" {
                if header :regex "Subject" "^(a|aa|aaa|(a|b)*)*c$" { keep; }
                if header :regex "Subject" "^(a|aa|aaa|(a|b)*)*d$" { keep; }
            }

            """
        let head = """
            require ["vnd.dovecot.testsuite", "regex"];
            test_set "message" text:
            Subject: \(String(repeating: "a", count: 60))b

            .
            ;

            """
        try folder.write("hostile.svtest", head + String(repeating: hostile, count: 100))
        let bench = TestBench(patience: .milliseconds(1))
        let results = try bench.results("\(folder.path)/hostile.svtest")
        #expect(results.map(\.reason) == ["the file took longer than 1ms"])
    }

    @Test func json() throws {
        let json = try tally("mixed.svtest").json.replacing(folder.path, with: "D")
        let expected = """
            {"cases":[\
            {"file":"D/mixed.svtest","line":2,"name":"good","reason":null,"status":"passed"},\
            {"file":"D/mixed.svtest","line":3,"name":"bad","reason":"it is bad","status":"failed"}],\
            "failed":1,"passed":1,"skipped":0}
            """
        #expect(json == expected)
    }

    @Test func wordsOfATestCannotSpeakToTheTerminal() throws {
        try folder.write(
            "rude.svtest",
            "require \"vnd.dovecot.testsuite\"; test \"\u{1B}[2J\" { test_fail \"\u{7}\"; }"
        )
        let shown = text(try tally("rude.svtest"))
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }

    @Test func searchesFolders() throws {
        let search = FileSearch(endings: [".svtest"])
        func found(_ path: String) -> [String] {
            search.files([folder.path + path]).found.map { $0.replacing(folder.path, with: "D") }
        }
        #expect(found("") == ["D/broken/broken.svtest", "D/deep/er/good.svtest", "D/mixed.svtest"])
        #expect(found("/broken/") == ["D/broken/broken.svtest"])
        #expect(found("/broken/other.txt") == ["D/broken/other.txt"])
        try folder.write("none/x", "")
        let missing = search.files([folder.path + "/none", folder.path + "/nothing"]).missing
        #expect(
            missing.map(\.message) == ["there is no *.svtest in this folder", "can't be read: there is no such file"]
        )
    }

    private static let commandLines: [([String], Int32)] = [
        (["@/deep"], 0), (["@/mixed.svtest"], 1), (["@/broken", "@/deep"], 1), (["@/nothing", "@/deep"], 66),
        (["@/broken", "@/nothing"], 66), ([], 64), (["--patience", "soon", "@/deep"], 64), (["--json", "@/deep"], 0),
    ]

    @Test(arguments: commandLines)
    func exitCodes(_ arguments: [String], _ code: Int32) async throws {
        #expect(try await folder.popsieve(["test", "--quiet"] + arguments).status == code)
    }

    @Test func theRulesThatShipPass() throws {
        let rules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../Rules")
        let (files, missing) = FileSearch(endings: [".svtest"]).files([rules.standardized.path])
        #expect(!files.isEmpty)
        #expect(missing.isEmpty)
        for file in files {
            for result in try TestBench().results(file) { #expect(result.status == .passed, "\(result)") }
        }
    }
}
