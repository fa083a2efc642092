// Explanations: what ran within what, with which value, and what was passed over.

import Mail
import Testing

@testable import Sieve

struct ExplanationTests {
    private static let message = """
        From: Anna <anna@example.com>
        Subject: Lunch
        Content-Type: multipart/mixed; boundary=b

        --b

        one
        --b
        Content-Type: text/html

        <p>two</p>
        --b--

        """.replacing("\n", with: "\r\n")

    /// Each line: indentation, value, text, what was seen.
    private func explain(
        _ scripts: [(name: String, source: String)],
        included: [String: String] = [:]
    ) throws -> [String] {
        var options = CompilerOptions()
        options.includes = { location, name in included["\(location.rawValue)/\(name)"].map { Array($0.utf8) } }
        var trace: [TraceStep] = []
        for (name, source) in scripts {
            let script = try #require(Compiler(options: options).compile(Array(source.utf8), name: name).script)
            var context = MessageContext()
            context.message = MessageOctets(Array(Self.message.utf8))
            context.size = Self.message.utf8.count
            var evaluation = Evaluation(script, header: Array(Self.message.utf8), context: context, isTraced: true)
            guard case .finished(let outcome) = evaluation.run() else { continue }
            trace += outcome.trace
        }
        let sources = included.merging(scripts.map { ($0.name, $0.source) }) { first, _ in first }
        return Explanation(trace, sources: sources.mapValues { Array($0.utf8) }).lines.map(Self.shown)
    }

    private static func shown(_ line: Explanation.Line) -> String {
        let indent = String(repeating: "  ", count: line.depth)
        let value = line.value.map { $0 ? "+ " : "- " } ?? (line.kind == .skipped ? "x " : "")
        let seen = line.matched ?? (line.compared.isEmpty ? nil : "?" + line.compared.joined(separator: ","))
        let remark = [line.subject, seen].compactMap { $0 }.joined(separator: "=")
        return "\(indent)\(value)\(line.text)\(remark.isEmpty ? "" : " <\(remark)>")"
    }

    private static let table: [(String, [String])] = [
        ("keep;", ["keep"]),
        ("stop;", ["stop"]),
        ("if true { keep; }", ["+ if true", "  keep"]),
        ("if false { keep; }", ["- if false"]),
        (
            "if header \"subject\" \"x\" { keep; } else { discard; }",
            ["- if header \"subject\" \"x\" <?Lunch>", "else", "  discard"]
        ),
        (
            "if header \"subject\" \"Lunch\" { keep; } elsif exists \"a\" { stop; } else { discard; }",
            ["+ if header \"subject\" \"Lunch\" <Subject=Lunch>", "  keep", "x elsif exists \"a\"", "x else"]
        ),
        (
            "if not anyof (exists \"from\", exists \"to\") { keep; }",
            ["- if not", "  + anyof", "    + exists \"from\""]
        ),
        (
            "if allof (not exists \"x\", not not exists \"from\") { keep; }",
            ["+ if allof", "  + not exists \"x\"", "  + not", "    - not exists \"from\"", "  keep"]
        ),
        (
            "if allof (exists \"x\", exists \"from\") { keep; } keep;",
            ["- if allof", "  - exists \"x\"", "keep"]
        ),
        ("if exists \"x\" { if true { keep; } } discard;", ["- if exists \"x\"", "discard"]),
        (
            "if address :domain \"from\" [\"a\", \"example.com\"] { keep; }",
            ["+ if address :domain \"from\" [\"a\", \"example.com\"] <From=example.com>", "  keep"]
        ),
        (
            "require [\"foreverypart\", \"mime\"]; foreverypart { if header :mime :type \"content-type\" \"text\" { break; } }",
            [
                "foreverypart <part 0: multipart/mixed>",
                "  - if header :mime :type \"content-type\" \"text\" <?multipart>",
                "foreverypart <part 1: text/plain>", "  - if header :mime :type \"content-type\" \"text\"",
                "foreverypart <part 2: text/html>",
                "  + if header :mime :type \"content-type\" \"text\" <Content-Type=text>", "    break",
            ]
        ),
        (
            "require \"regex\"; if header :regex \"subject\" \"n(c)h\" { keep; }",
            ["+ if header :regex \"subject\" \"n(c)h\" <Subject=Lunch>", "  keep"]
        ),
        (
            "require \"ihave\"; if ihave \"frop\" { frop; } else { keep; }",
            ["- if ihave \"frop\"", "else", "  keep"]
        ),
    ]

    @Test(arguments: table)
    func tells(_ source: String, _ expected: [String]) throws {
        let lines = try explain([("t", source)]).filter { !$0.hasPrefix("require") }
        #expect(lines == expected)
    }

    @Test func includedScriptsStandWithinTheirIncluder() throws {
        let lines = try explain(
            [("t", "require \"include\"; include \"a\"; keep;"), ("u", "discard;")],
            included: ["personal/a": "if true { keep; }"]
        )
        #expect(lines == ["include \"a\"", "  + if true", "    keep", "keep", "discard"])
    }

    @Test func scriptsThatEndWithAnEmptyInclude() throws {
        let lines = try explain(
            [("t", "require \"include\"; include \"a\";"), ("u", "discard;")],
            included: ["personal/a": "# nothing"]
        )
        #expect(lines == ["include \"a\"", "discard"])
    }

    @Test func longTextsAreCutAroundTheMatch() throws {
        var observed = Observation()
        let value = Array((String(repeating: "a", count: 500) + "needle" + String(repeating: "b", count: 500)).utf8)
        observed.place = 500
        observed.see(value, isMatch: true)
        #expect(observed.matched?.contains("needle") == true)
        #expect(observed.matched?.count == 162)
        observed.place = 1000
        observed.see(value, isMatch: true)
        #expect(observed.matched?.hasSuffix("bbb") == true)
    }

    /// A trace costs nothing where nobody looks, and changes nothing where somebody does.
    @Test func nobodyLooks() throws {
        let source = Array("if header :contains \"subject\" \"u\" { discard; }".utf8)
        let script = try #require(Compiler().compile(source, name: "t").script)
        var evaluation = Evaluation(script, header: Array(Self.message.utf8))
        guard case .finished(let outcome) = evaluation.run() else { return }
        #expect(outcome.trace.isEmpty)
        #expect(outcome.actions.map(\.description) == ["discard"])
    }
}
