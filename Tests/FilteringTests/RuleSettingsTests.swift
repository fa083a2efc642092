// What settings tell rule files, and what whole messages let them do.

import Mail
import Sieve
import Synchronization
import Testing

@testable import Filtering

struct RuleSettingsTests {
    private static let message = """
        From: Anna <Anna@example.com>
        To: me-work@example.org
        X-Score: 7.5
        Subject: Lunch
        Content-Type: text/plain

        Let us eat.

        """.replacing("\n", with: "\r\n")

    private func verdict(
        _ script: String,
        settings: RuleSettings = RuleSettings(),
        reach: Reach = .body,
        includes: [String: String] = [:]
    ) throws -> (verdict: Verdict, depth: Depth) {
        let file = RuleFile(name: "t.sieve", source: Array(script.utf8)) { location, name in
            includes["\(location.rawValue)/\(name)"].map { Array($0.utf8) }
        }
        let octets = Array(Self.message.utf8)
        let header = Array(octets[..<HeaderBlock(octets).range.upperBound])
        let filter = Filter(
            ruleSet: try RuleSet(files: [file], settings: settings, reach: reach),
            header: header,
            facts: Facts(size: octets.count),
            message: reach == .everything ? MessageOctets(octets) : nil
        )
        while true {
            if case .finished(let verdict) = filter.run() { return (verdict, filter.depth) }
            filter.provide(size: octets.count)
        }
    }

    private func refusal(_ script: String, settings: RuleSettings = RuleSettings(), reach: Reach = .body) -> String? {
        do {
            _ = try RuleSet(files: [RuleFile(name: "t", source: Array(script.utf8))], settings: settings, reach: reach)
            return nil
        } catch {
            return error.diagnostics.first?.message
        }
    }

    // MARK: Lists

    @Test(arguments: [
        ("anna@example.com", true), ("# anna@example.com", false), ("a\n\t ANNA@EXAMPLE.COM \r\nb", true),
        ("example.com", false), ("", false),
    ])
    func lists(_ text: String, _ isInIt: Bool) throws {
        var settings = RuleSettings()
        settings.lists["friends"] = ValueList(text: Array(text.utf8))
        let script = "require \"extlists\"; if address :list \"from\" \"friends\" { discard; }"
        let outcome = try verdict(script, settings: settings).verdict.outcome
        #expect((outcome == .discard) == isInIt)
        let question = "require \"extlists\"; if valid_ext_list [\"friends\"] { discard; }"
        #expect(try verdict(question, settings: settings).verdict.outcome == .discard)
        #expect(try verdict(question).verdict.outcome == .keep)
    }

    // MARK: Scores

    @Test func spamtestNeedsAField() throws {
        let script = """
            require ["spamtest", "relational", "comparator-i;ascii-numeric"];
            if spamtest :value "ge" :comparator "i;ascii-numeric" "7" { discard; }
            """
        #expect(refusal(script)?.contains("name a header field with \"spamtest\"") == true)
        #expect(refusal("require \"virustest\"; if virustest \"1\" { }")?.contains("\"virustest\"") == true)
        #expect(refusal("require \"virustest\"; if virustest \"1\" { }")?.contains("scanner for viruses") == true)
        var settings = RuleSettings()
        settings.scores.spam = ScoreSource(field: "X-Score")
        settings.scores.spam?.maximum = 10
        #expect(try verdict(script, settings: settings).verdict.outcome == .discard)
        settings.scores.spam?.maximum = 100
        #expect(try verdict(script, settings: settings).verdict.outcome == .keep)
    }

    // MARK: Copies

    @Test func aCopyIsCompiledFromWhatWasReadFirst() throws {
        let reads = Mutex(0)
        let file = RuleFile(name: "t", source: Array("require \"include\"; include \"a\"; include \"a\";".utf8)) {
            _,
            _ in
            reads.withLock { $0 += 1 }
            return reads.withLock { $0 } == 1 ? Array("discard;".utf8) : Array("frop".utf8)
        }
        let copy = try RuleSet(files: [file]).copy().copy()
        #expect(reads.withLock { $0 } == 1)
        let filter = Filter(ruleSet: copy, header: Array("A: b\r\n\r\n".utf8), facts: Facts(size: 9))
        guard case .finished(let verdict) = filter.run() else {
            Issue.record("it does not end")
            return
        }
        #expect(verdict.word == "discarded")
    }

    @Test func aCopyCompilesNoRegularExpressionAgain() throws {
        let source = """
            require ["regex", "include"]; include "a";
            if header :regex "subject" ["a+", "b+", "a+"] { discard; }
            """
        let file = RuleFile(name: "t", source: Array(source.utf8)) { _, _ in
            Array("require \"regex\"; if header :regex \"from\" [\"a+\", \"c+\"] { stop; }".utf8)
        }
        let original = try RuleSet(files: [file, RuleFile(name: "u", source: file.source, includes: file.includes)])
        #expect(original.patternCount == 3)
        let copies = [try original.copy(), try original.copy().copy()]
        for rules in [original] + copies {
            #expect(rules.patternCount == 3)
            for (subject, word) in [("xbx", "discarded"), ("xyz", "passed")] {
                let header = Array("Subject: \(subject)\r\n\r\n".utf8)
                let filter = Filter(ruleSet: rules, header: header, facts: Facts(size: 9))
                guard case .finished(let verdict) = filter.run() else {
                    Issue.record("it does not end")
                    return
                }
                #expect(verdict.word == word)
            }
        }
        // Another rule set knows nothing of them.
        #expect(try RuleSet(files: [RuleFile(name: "t", source: Array("keep;".utf8))]).patternCount == 0)
    }

    // MARK: Header fields and addresses

    @Test func subjectIsAlwaysTheirs() throws {
        var settings = RuleSettings()
        settings.unaddableFields = ["subject"]
        settings.undeletableFields = ["subject"]
        let script = "require \"editheader\"; deleteheader \"Subject\"; addheader \"Subject\" \"new\";"
        #expect(try verdict(script, settings: settings).verdict.edits == ["+Subject", "-Subject"])
    }

    @Test func fieldsThatAreNotTheirs() throws {
        let script = "require \"editheader\"; addheader \"X-New\" \"1\"; deleteheader \"To\";"
        #expect(try verdict(script).verdict.word == "tagged")
        var settings = RuleSettings()
        settings.unaddableFields = ["x-new"]
        settings.undeletableFields = ["to"]
        #expect(try verdict(script, settings: settings).verdict.word == "passed")
        settings = RuleSettings()
        settings.limits.headerValueLength = 3
        #expect(refusal("require \"editheader\"; addheader \"A\" \"1234\";", settings: settings) != nil)
    }

    @Test func addressSeparator() throws {
        let script = "require \"subaddress\"; if address :detail \"to\" \"work\" { discard; }"
        #expect(try verdict(script).verdict.outcome == .keep)
        var settings = RuleSettings()
        settings.addressSeparator = "-"
        #expect(try verdict(script, settings: settings).verdict.outcome == .discard)
    }

    // MARK: Includes

    @Test func includes() throws {
        let script = "require \"include\"; include \"a\"; include :global \"a\"; include :optional \"none\";"
        let scripts = ["personal/a": "keep;", "global/a": "if true {\n discard; }"]
        let verdict = try verdict(script, includes: scripts).verdict
        #expect(verdict.matches.map { "\($0.file):\($0.line)" } == ["personal/a:1", "global/a:2"])
        #expect(refusal(script)?.contains("included personal script 'a' does not exist") == true)
    }

    @Test func anIncludedFileSeesWhatItRequires() throws {
        let test = "require \"subaddress\"; if address :detail \"to\" \"work\" { discard; }"
        var settings = RuleSettings()
        settings.addressSeparator = "-"
        let script = "require \"include\"; include \"a\";"
        let verdict = try verdict(script, settings: settings, includes: ["personal/a": test]).verdict
        #expect(verdict.outcome == .discard)
    }

    @Test func anIncludedFileIsRefusedWhatItsIncluderIs() throws {
        let source = RuleFile(name: "t", source: Array("require \"include\"; include \"a\";".utf8)) { _, _ in
            Array("require \"fileinto\"; fileinto \"x\";".utf8)
        }
        #expect {
            _ = try RuleSet(files: [source])
        } throws: { error in
            (error as? RuleSetError)?.diagnostics.first?.file == "personal/a"
        }
    }

    // MARK: Whole messages

    @Test(arguments: [
        "require \"body\"; if body :contains \"eat\" { discard; }", "require \"fileinto\"; fileinto \"Junk\";",
        "require \"foreverypart\"; foreverypart { discard; }", "require \"duplicate\"; if not duplicate { discard; }",
    ])
    func whatNeedsMoreThanTheHeader(_ script: String) throws {
        #expect(refusal(script, reach: []) != nil)
        #expect(refusal(script, reach: .everything) == nil)
        #expect(try verdict(script, reach: .everything).verdict.outcome == .discard)
    }

    @Test func noReachSendsMail() {
        #expect(refusal("redirect \"a@b.example\";", reach: .everything)?.contains("sends no mail") == true)
    }

    @Test func depthIsWhatWasNeeded() throws {
        let script = "require \"body\"; if allof (size :over 1M, body :contains \"eat\") { discard; }"
        #expect(try verdict(script, reach: .everything).depth == .header)
        #expect(try verdict(script.replacing(":over", with: ":under"), reach: .everything).depth == .body)
    }

    @Test func quarantine() throws {
        let script = "require [\"fileinto\", \"copy\"]; fileinto :copy \"A\"; "
        let copied = try verdict(script, reach: .everything).verdict
        #expect(copied.word == "passed")
        #expect(copied.quarantine == ["A"])
        let moved = try verdict(script + "fileinto \"B\";", reach: .everything).verdict
        #expect(moved.word == "quarantined")
        #expect(moved.quarantine == ["A", "B"])
    }

    @Test func rewritten() throws {
        let script = "require [\"replace\", \"editheader\"]; addheader \"X-New\" \"1\"; replace \"gone\";"
        let verdict = try verdict(script, reach: .everything).verdict
        let message = String(decoding: verdict.message?.joined() ?? [], as: UTF8.self)
        #expect(verdict.word == "rewritten")
        #expect(message.hasPrefix("X-New: 1\r\n"))
        #expect(message.contains("gone"))
        #expect(!message.contains("Let us eat"))
    }
}
