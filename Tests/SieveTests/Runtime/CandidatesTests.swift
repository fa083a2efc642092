// Many regular expressions on the same texts: each answers as it would alone.
// Must not measure time.

import Testing

@testable import Sieve

struct CandidatesTests {
    private static let message = """
        From: Ann <ann@example.com>
        To: bob@example.org
        Subject: Cheap Watches from =?utf-8?q?=C5=BFale?=
        Content-Type: multipart/alternative; boundary=b

        --b
        Content-Type: text/plain

        Dear friend, money back
        --b
        Content-Type: text/html

        <p>free<b>bies</b> for you</p>
        --b--
        """

    /// What makes a text worth a scan, and is never there.
    private static let others = (0..<5).map { number in
        """
        if header :regex "Subject" "nothing\(number)" { fileinto "wrong"; }
        if header :regex ["From", "To"] "nothing\(number)" { fileinto "wrong"; }
        if address :regex "From" "nothing\(number)" { fileinto "wrong"; }
        if body :regex "nothing\(number)" { fileinto "wrong"; }

        """
    }.joined()

    private static let scripts: [(name: String, source: String, actions: [String])] = [
        (
            "one that matches among others", #"if header :regex "Subject" "cheap.watches" { fileinto "a"; }"#,
            ["fileinto a"]
        ),
        ("letters in another form", #"if header :regex "Subject" "from sale" { fileinto "a"; }"#, ["fileinto a"]),
        ("without literals", #"if header :regex "Subject" "[a-c]h.[^ ]p" { fileinto "a"; }"#, ["fileinto a"]),
        ("negated", #"if not header :regex "Subject" "nothing" { fileinto "a"; }"#, ["fileinto a"]),
        (
            "any of them",
            #"if anyof (header :regex "Subject" "nothing", header :regex "Subject" "cheap", false) { fileinto "a"; }"#,
            ["fileinto a"]
        ),
        (
            "all of them",
            """
            if allof (header :regex "Subject" "cheap", header :regex "Subject" "watches") { fileinto "a"; }
            if allof (header :regex "Subject" "cheap", header :regex "Subject" "nothing") { fileinto "wrong"; }
            elsif allof (not header :regex "Subject" "nothing", header :regex "To" "bob@") { fileinto "b"; }
            else { fileinto "wrong"; }
            """,
            ["fileinto a", "fileinto b"]
        ),
        (
            "keys of one test",
            #"if header :regex ["To", "Subject"] ["nothing", "cheap (w.t)", "watches"] { fileinto "${1}"; }"#,
            ["fileinto Wat"]
        ),
        (
            "match variables stay where a test fails",
            """
            if header :regex "Subject" "(ch[a-z]+)" { fileinto "${1}"; }
            if header :regex "Subject" "(nothing)" { fileinto "wrong"; }
            fileinto "${1}2";
            """,
            ["fileinto Cheap", "fileinto Cheap2"]
        ),
        (
            "a key with a variable",
            """
            set "word" "cheap";
            if header :regex "Subject" "${word} +w" { fileinto "a"; }
            """,
            ["fileinto a"]
        ),
        (
            "a field that was added since",
            """
            if header :regex "Subject" "parcel" { fileinto "wrong"; }
            addheader "Subject" "your parcel";
            if header :regex "Subject" "parcel" { fileinto "a"; }
            deleteheader "Subject";
            if header :regex "Subject" ["parcel", "cheap"] { fileinto "wrong"; }
            """,
            ["addheader Subject", "fileinto a", "deleteheader Subject (2)"]
        ),
        (
            "text of the body, whatever was done to the header",
            """
            if body :regex "money[ ]back" { fileinto "a"; addheader "X-A" "b"; }
            if body :regex "freebies for" { fileinto "b"; }
            if body :text :regex "<b>bies" { fileinto "wrong"; }
            if body :content "text/html" :regex "<b>bies" { fileinto "c"; }
            if body :raw :regex "boundary=b|--b--" { fileinto "d"; }
            if not body :regex "nothing" { fileinto "e"; }
            """,
            ["fileinto a", "addheader X-A", "fileinto b", "fileinto c", "fileinto d", "fileinto e"]
        ),
        (
            "in a loop",
            """
            foreverypart { if header :regex "Subject" "cheap" { fileinto "a"; break; } }
            foreverypart { if header :regex "Subject" "nothing" { fileinto "wrong"; } }
            """,
            ["fileinto a"]
        ),
        (
            "in a script that is included", #"include "other"; if header :regex "Subject" "cheap" { fileinto "b"; }"#,
            ["fileinto x", "fileinto b"]
        ),
        ("parts of addresses", #"if address :domain :regex "From" "example[.]com$" { fileinto "a"; }"#, ["fileinto a"]),
    ]

    private static let requires = """
        require ["fileinto", "editheader", "regex", "body", "variables", "include", "foreverypart"];

        """

    @Test(arguments: scripts)
    func eachAnswersAsItWouldAlone(script: (name: String, source: String, actions: [String])) {
        let included = #"""
            require ["fileinto", "regex"];
            if header :regex "Subject" ["a1", "a2", "a3"] { fileinto "wrong"; }
            if header :regex "Subject" "watches" { fileinto "x"; }
            """#
        for source in [script.source, Self.others + script.source, script.source + "\n" + Self.others] {
            let result = evaluate(Self.requires + source, on: Self.message, includes: ["other": included])
            #expect(result.diagnostics == [])
            #expect(result.failure == nil)
            #expect(result.actions == script.actions, "\(source)")
        }
    }

    // MARK: What it would have cost

    private func failure(of pattern: String, on subject: String) -> String? {
        let keys = (0..<5).map { #"if header :regex "Subject" "nothing\#($0)" { discard; }"# }.joined(separator: "\n")
        let source = "require [\"regex\"];\n\(keys)\nif header :regex \"Subject\" \"\(pattern)\" { discard; }"
        return evaluate(source, on: "Subject: \(subject)\n\n").failure
    }

    /// Alone it would have spent its steps on finding that out.
    @Test func aPatternThatCannotMatchDoesNotFail() {
        let subject = String(repeating: "a", count: 60)
        #expect(failure(of: "^(a+)+[b-c]$", on: subject)?.contains("(steps)") == true)
        #expect(failure(of: "^(a+)+[b-c]+end$", on: subject) == nil)
        #expect(failure(of: "^(a+)+[b-c]+end$", on: subject + " end")?.contains("(steps)") == true)
    }

    // MARK: Those who look on

    @Test func theStepsAreTheSameAsOnesWithoutAScan() throws {
        let tests = ["nothing", "cheap", "never", "watches.*sale", "not there"]
        let together = try steps(tests.map { #"if header :regex "Subject" "\#($0)" { keep; }"# })
        let alone = try tests.flatMap { try steps([#"if header :regex "Subject" "\#($0)" { keep; }"#]) }
        #expect(together.count > tests.count)
        #expect(together.map(\.kind) == alone.map(\.kind))
        #expect(together.map(\.subject) == alone.map(\.subject))
        #expect(together.map(\.matched) == alone.map(\.matched))
        #expect(together.map(\.compared) == alone.map(\.compared))
    }

    private func steps(_ tests: [String]) throws -> [TraceStep] {
        let source = (["require \"regex\";"] + tests).joined(separator: "\n")
        let script = try #require(Compiler().compile(Array(source.utf8), name: "t").script)
        let header = Array(Self.message.replacing("\n", with: "\r\n").utf8)
        var evaluation = Evaluation(script, header: header, isTraced: true)
        guard case .finished(let outcome) = evaluation.run() else { return [] }
        return outcome.trace
    }

    // MARK: At random

    private static let words = [
        "cheap", "watch", "sale", "skin", "K", "ſ", "money", "\\\\b", "[aeiou]", ".", "a+", "(x|sale)?", "\\\\W", "es",
    ]
    private static let texts = ["cheap", "watches", "SALE", "ſkin", "\u{212A}", " ", "money", "x", "a", "aes", "; "]

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func manyAnswerAsOneByOne(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func pick(_ list: [String]) -> String {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return list[Int(state >> 33) % list.count]
        }
        func some(_ list: [String], _ most: Int) -> String {
            (0..<(1 + (Int(pick((1...most).map(String.init))) ?? 1))).map { _ in pick(list) }.joined()
        }
        let message =
            "From: \(some(Self.texts, 3))\nTo: \(some(Self.texts, 3))\nSubject: \(some(Self.texts, 6))\n\n\(some(Self.texts, 20))"
        let tests = (0..<60).map { _ in
            let key = some(Self.words, 3)
            return pick([
                #"header :regex "Subject" "\#(key)""#, #"header :regex ["From", "To"] "\#(key)""#,
                #"body :regex "\#(key)""#,
                #"header :comparator "i;octet" :regex "Subject" "\#(key)""#, #"not body :raw :regex "\#(key)""#,
            ])
        }
        let alone = tests.enumerated().compactMap { number, test in
            let result = evaluate(
                #"require ["regex", "body", "fileinto"]; if \#(test) { fileinto "\#(number)"; }"#,
                on: message
            )
            #expect(result.failure == nil)
            return result.actions == ["fileinto \(number)"] ? "fileinto \(number)" : nil
        }
        let statements = tests.enumerated().map { #"if \#($1) { fileinto "\#($0)"; }"# }.joined(separator: "\n")
        var limits = Sieve.Limits()
        limits.actions = 100
        let together = evaluate(
            "require [\"regex\", \"body\", \"fileinto\"];\n\(statements)",
            on: message,
            limits: limits
        )
        #expect(
            together.actions == (alone.isEmpty ? ["implicit keep"] : alone),
            "seed \(seed): \(message)\n\(statements)"
        )
    }
}
