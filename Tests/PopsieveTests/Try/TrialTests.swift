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

    private func trial(_ script: String, _ message: String = message, isTraced: Bool = false) throws -> Trial {
        let file = RuleFile(name: "t.sieve", source: Array(script.utf8))
        return Trial(
            path: "m.eml",
            message: Array(message.utf8),
            ruleSet: try RuleSet(files: [file]),
            facts: Facts(user: "me"),
            isTraced: isTraced
        )
    }

    /// Without what a clock measured.
    private func shown(_ script: String, _ message: String = message, isTraced: Bool = false) throws -> String {
        let files = [RuleFile(name: "t.sieve", source: Array(script.utf8))]
        let text = TrialText(terminal: Terminal(hasColours: false), files: files)
            .text(try trial(script, message, isTraced: isTraced))
        return text.replacing(/rules took \d+ µs/, with: "rules took N µs")
    }

    @Test func tagged() throws {
        let script = """
            require "editheader";
            if header :contains "Subject" "lunch" {
                addheader :last "X-Food" "yes";
            }
            """
        let expected = """
            m.eml: tagged (139 octets, rules took N µs)
              t.sieve:3  addheader X-Food
              t.sieve:2:4  true   header :contains "Subject" "lunch" {  matched Lunch
              t.sieve:3:5  run    addheader :last "X-Food" "yes";
                …
                Subject: Lunch
              - X-Popsieve-Spam: forged
                Date: Mon, 23 Nov 2026 08:00:00 +0000
              + X-Food: yes
            """
        #expect(try shown(script, isTraced: true) == expected)
    }

    @Test func passed() throws {
        let message = Self.message.replacing("X-Popsieve-Spam", with: "X-Other")
        #expect(try shown("keep;", message) == "m.eml: passed (131 octets, rules took N µs)\n  t.sieve:1  keep")
    }

    @Test func rejected() throws {
        let expected = """
            m.eml: rejected (139 octets, rules took N µs)
              t.sieve:1  reject
              the client gets  -ERR [SYS/PERM] no thanks
            """
        #expect(try shown("require \"reject\"; reject \"no thanks\";") == expected)
    }

    @Test func discarded() throws {
        let expected = """
            m.eml: discarded (139 octets, rules took N µs)
              t.sieve:1  discard
              the client gets  a notice in place of the message
            """
        #expect(try shown("discard;") == expected)
    }

    @Test func aMessageCannotSpeakToTheTerminal() throws {
        let message = Self.message.replacing("Lunch", with: "\u{1B}]0;x\u{7}\u{202E}")
        let script = "require \"editheader\"; deleteheader \"Subject\";"
        #expect(try shown(script, message).contains("  - Subject: \u{FFFD}]0;x\u{FFFD}\u{FFFD}"))
    }

    @Test func json() throws {
        let script = "require \"editheader\"; if size :over 1 { addheader \"X-Food\" \"yes\"; }"
        let json = try trial(script, isTraced: true).json.replacing(/"rules_us":\d+/, with: "\"rules_us\":N")
        let expected = """
            {"added":["X-Food: yes"],"defects":[],"message":"m.eml","octets":139,"removed":["X-Popsieve-Spam: forged"],\
            "rules":[{"action":"addheader X-Food","file":"t.sieve","line":1}],"rules_us":N,\
            "trace":[{"column":26,"file":"t.sieve","line":1,"test":true},{"column":41,"file":"t.sieve","line":1}],\
            "verdict":"tagged"}
            """
        #expect(json == expected)
    }

    @Test(arguments: ["a: b\n\nc\n", "a: b\r\n\r\nc\r\n", "a: b\r\rc\r", "a: b\n\r\nc\r", "a: b\r\n\nc\n"])
    func lineEndsOfDisksBecomeThoseOfTheNetwork(_ message: String) throws {
        #expect(try trial("keep;", message).octets == 11)
    }

    @Test(arguments: ["", "\n", "\nbody\n", "a: b", "a: b\n", "no header\n\n"])
    func oddMessages(_ message: String) throws {
        let trial = try trial("require \"editheader\"; addheader \"X-New\" \"1\";", message)
        #expect(trial.verdict.word == "tagged")
        #expect(trial.changes.added == ["X-New: 1"])
        #expect(trial.changes.removed == [])
    }
}
