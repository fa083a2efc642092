// What `try` shows of rules and messages.
// Must not test the rules' language: that is Sieve's.

import Filtering
import Foundation
import Testing

@testable import popsieve

@Suite struct TrialTests {
    private static let message = """
        From: Anna <anna@example.com>
        To: me@example.org
        Subject: Lunch
        X-Popsieve-Spam: forged
        Date: Mon, 23 Nov 2026 08:00:00 +0000

        Body

        """

    private func trial(_ script: String, _ message: String = message, isTraced: Bool = false) async throws -> Trial {
        let file = RuleFile(name: "t.sieve", source: Array(script.utf8))
        return await Trial(
            path: "m.eml",
            message: Array(message.utf8),
            ruleSet: try RuleSet(files: [file], reach: .everything),
            facts: Facts(user: "me"),
            sources: isTraced ? ["t.sieve": Array(script.utf8)] : nil
        )
    }

    /// Without what a clock measured.
    private func shown(_ script: String, _ message: String = message, isTraced: Bool = false) async throws -> String {
        let text = TrialText(terminal: Terminal(hasColours: false))
            .text(try await trial(script, message, isTraced: isTraced))
        return text.replacing(/rules took \d+ µs/, with: "rules took N µs")
    }

    @Test func tagged() async throws {
        let script = """
            require "editheader";
            if header :contains "Subject" "lunch" {
                addheader :last "X-Food" "yes";
            }
            """
        let expected = """
            m.eml: tagged (139 octets, depth header, rules took N µs)
              t.sieve:3  addheader X-Food
              t.sieve
                 2  true   if header :contains "Subject" "lunch"  ← Subject: Lunch
                 3             addheader :last "X-Food" "yes"
                …
                Subject: Lunch
              - X-Popsieve-Spam: forged
                Date: Mon, 23 Nov 2026 08:00:00 +0000
              + X-Food: yes
            """
        #expect(try await shown(script, isTraced: true) == expected)
    }

    @Test func passed() async throws {
        let message = Self.message.replacing("X-Popsieve-Spam", with: "X-Other")
        #expect(
            try await shown("keep;", message)
                == "m.eml: passed (131 octets, depth header, rules took N µs)\n  t.sieve:1  keep"
        )
    }

    @Test func rejected() async throws {
        let expected = """
            m.eml: rejected (139 octets, depth header, rules took N µs)
              t.sieve:1  reject
              the client gets  a notice with the reason: no thanks
            """
        #expect(try await shown("require \"reject\"; reject \"no thanks\";") == expected)
    }

    @Test func discarded() async throws {
        let expected = """
            m.eml: discarded (139 octets, depth header, rules took N µs)
              t.sieve:1  discard
              the client gets  a notice in place of the message
            """
        #expect(try await shown("discard;") == expected)
    }

    @Test func aMessageCannotSpeakToTheTerminal() async throws {
        let message = Self.message.replacing("Lunch", with: "\u{1B}]0;x\u{7}\u{202E}")
        let script = "require \"editheader\"; deleteheader \"Subject\";"
        #expect(try await shown(script, message).contains("  - Subject: \u{FFFD}]0;x\u{FFFD}\u{FFFD}"))
    }

    @Test func json() async throws {
        let script = "require \"editheader\"; if size :over 1 { addheader \"X-Food\" \"yes\"; }"
        let json = try await trial(script, isTraced: true).json().replacing(/"rules_us":\d+/, with: "\"rules_us\":N")
        let expected = """
            {"added":["X-Food: yes"],"defects":[],"depth":"header","message":"m.eml","octets":139,"removed":["X-Popsieve-Spam: forged"],\
            "rules":[{"action":"addheader X-Food","file":"t.sieve","line":1}],"rules_us":N,\
            "trace":[{"column":26,"file":"t.sieve","kind":"test","line":1,"nesting":0,"text":"if size :over 1",\
            "value":true},{"column":41,"file":"t.sieve","kind":"command","line":1,"nesting":1,\
            "text":"addheader \\"X-Food\\" \\"yes\\""}],\
            "verdict":"tagged"}
            """
        #expect(json == expected)
    }

    @Test(arguments: ["a: b\n\nc\n", "a: b\r\n\r\nc\r\n", "a: b\r\rc\r", "a: b\n\r\nc\r", "a: b\r\n\nc\n"])
    func lineEndsOfDisksBecomeThoseOfTheNetwork(_ message: String) async throws {
        #expect(try await trial("keep;", message).octets == 11)
    }

    @Test(arguments: ["", "\n", "\nbody\n", "a: b", "a: b\n", "no header\n\n"])
    func oddMessages(_ message: String) async throws {
        let trial = try await trial("require \"editheader\"; addheader \"X-New\" \"1\";", message)
        #expect(trial.verdict.word == "tagged")
        #expect(trial.changes.added == ["X-New: 1"])
        #expect(trial.changes.removed == [])
    }

    // MARK: What the relay cannot do as yet

    @Test func quarantined() async throws {
        let expected = """
            m.eml: quarantined (139 octets, depth header, rules took N µs)
              t.sieve:1  fileinto Junk
              a copy goes to the quarantine folder "Junk"
              the client gets  a notice in place of the message
            """
        #expect(try await shown("require \"fileinto\"; fileinto \"Junk\";") == expected)
    }

    @Test func rewritten() async throws {
        let script =
            "require [\"foreverypart\", \"replace\", \"body\"]; if body :contains \"Body\" { replace \"gone\"; }"
        let shown = try await shown(script, Self.message.replacing("X-Popsieve-Spam: forged\n", with: ""))
        #expect(shown.hasPrefix("m.eml: rewritten (114 octets, depth body"))
        #expect(shown.hasSuffix("  parts\n  - text/plain (6 octets)\n  + text/plain (4 octets)"))
    }

    @Test(arguments: [("", "0 octets"), ("\n", "2 octets"), ("a: b\n\nx", "9 octets")])
    func octets(_ message: String, _ expected: String) async throws {
        #expect(try await shown("keep;", message).hasPrefix("m.eml: passed (\(expected), "))
    }

    @Test func onePartOfOneOctet() {
        #expect(PartOutline.lines(Array("a: b\r\n\r\nx".utf8)) == ["text/plain (1 octet)"])
    }

    @Test func debugLines() async throws {
        let script = "require \"vnd.dovecot.debug\"; debug_log \"here\u{7}\";"
        #expect(try await shown(script).contains("  debug  t.sieve:1  here\u{FFFD}"))
    }

    @Test func theRelayRefusesIsAWarning() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.sieve", "require \"virustest\"; if virustest \"5\" { discard; }")
        let list = FindingList()
        let rules = RuleDirectory(findings: list).compileForTrial([path])
        #expect(!rules.ruleSet.isEmpty)
        #expect(!list.hasErrors)
        #expect(rules.refusals == list.findings)
        #expect(rules.refusals.map(\.message).first?.hasPrefix("the relay refuses this file: ") == true)
        let trial = await Trial(path: "m", message: [], ruleSet: rules.ruleSet, facts: Facts())
        #expect(trial.json(rules.refusals).contains("\"relay_refuses\":[\""))
        #expect(RuleDirectory(findings: list).compile([path]).ruleSet.isEmpty)
        #expect(list.hasErrors)
    }
}
