// Verdicts: rule files in order on a header block, what the client gets, and why.

import Foundation
import Mail
import Sieve
import Testing

@testable import Filtering

private let message = """
    Return-Path: <sender@example.com>
    Delivered-To: me@example.org
    From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>
    Date: Mon, 23 Nov 2026 08:15:04 +0000
    Subject: Hello
    X-Popsieve-Spam: no
    x-POPSIEVE-virus : no
     folded

    """

private func octets(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }
private func text(_ octets: [UInt8]?) -> String? {
    octets.map { String(decoding: $0, as: UTF8.self).replacing("\r\n", with: "\n") }
}

private func ruleSet(_ sources: String...) throws -> RuleSet {
    try RuleSet(
        files: sources.enumerated().map { RuleFile(name: "\($0.offset).sieve", source: Array($0.element.utf8)) }
    )
}

private func verdict(_ ruleSet: RuleSet, on header: String = message, facts: Facts = Facts(size: 1000)) -> Verdict? {
    let filter = Filter(ruleSet: ruleSet, header: octets(header), facts: facts)
    guard case .finished(let verdict) = filter.run() else { return nil }
    return verdict
}

/// The message without the fields that only Popsieve may write.
private let clean = message.replacing("X-Popsieve-Spam: no\nx-POPSIEVE-virus : no\n folded\n", with: "")

struct FilterTests {
    @Test func withoutRulesNothingIsTouched() throws {
        for rules in [RuleSet.empty, try ruleSet(), try ruleSet("# nothing\n", "")] {
            #expect(rules.isEmpty)
            #expect(rules.depth == Depth.none)
            let verdict = verdict(rules)
            #expect(verdict?.header == nil)
            #expect(verdict?.word == "passed")
        }
    }

    /// With kept line ends, readers for whom fewer octets end a line saw fields that no rule had seen.
    @Test(arguments: [
        ("Subject: x\n\nX-Hidden: y\r\nSubject: bad\r\n\r\n", true), ("\rSubject: bad\r\n\r\n", true),
        ("\nSubject: bad\r\n\r\n", true), ("A: b\r\n\rSubject: bad\r\n\r\n", true),
        ("A: b\r\n\nSubject: bad\r\n\r\n", true), ("A: b\n\rX-Popsieve-Spam: no\r\n\r\n", true),
        ("A: b\r\r\nSubject: bad\r\n\r\n", true), ("A: b\r\rc\nSubject: bad\r\n\r\n", true),
        ("A: b\nB: c\n\nbody\nmore\n", false), ("A: b\rB: c\r\n\r\n", false), ("A: b\nB: c\r\n\r\n", false),
        ("A: b\rX-Popsieve-Z: x\r\n\r\n", false), ("A: b\nX-Popsieve-Z: x\r\n\r\n", false), ("\r\n", false),
    ])
    func headersReadInTwoWays(header: String, isRefused: Bool) throws {
        let rules = try ruleSet(
            #"require "editheader"; addheader :last "X-Last" "1"; addheader "X-First" "1"; deleteheader "X-Del";"#
        )
        let filter = Filter(ruleSet: rules, header: Array(header.utf8), facts: Facts(size: 1000))
        guard case .finished(let verdict) = filter.run() else { return #expect(Bool(false), "it waits") }
        #expect(verdict.word == (isRefused ? "rejected" : "tagged"))
        if isRefused { return }
        #expect(!HeaderBlock(verdict.header ?? []).isReadInTwoWays)
        #expect(verdict.header.map { String(decoding: $0, as: UTF8.self).contains("\r\nX-Last: 1\r\n\r\n") } == true)
    }

    @Test(arguments: [
        ("<a@b.example>", "a@b.example", "b.example"), ("<>", "", ""),
        ("<@x.example:a@b.example>", "a@b.example", "b.example"),
        ("<a@>", "<a@>", nil), ("a@b.example>", "a@b.example>", nil), ("", nil, nil),
        ("<a@b.example", "<a@b.example", nil),
    ])
    func theSenderIsThePathThatReturnPathHas(value: String, all: String?, domain: String?) throws {
        let tests = [("", all), (":domain", domain)]
        for (part, expected) in tests {
            let rules = try ruleSet(
                "require \"envelope\"; if envelope \(part) \"from\" \"\(expected ?? "*")\" { discard; }"
            )
            let any = try ruleSet("require \"envelope\"; if envelope \(part) :matches \"from\" \"*\" { discard; }")
            let rule = expected == nil ? any : rules
            #expect(verdict(rule, on: "Return-Path: \(value)\n\n")?.word == (expected == nil ? "passed" : "discarded"))
        }
    }

    @Test func editsAreNamedOnce() throws {
        let rules = try ruleSet(
            """
            require ["editheader", "variables"];
            addheader "X-A" "1"; addheader :last "X-A" "2"; addheader "X-B" "1"; deleteheader "X-B";
            deleteheader "Delivered-To"; deleteheader "Subject"; addheader "Subject" "new";
            """
        )
        #expect(
            verdict(rules, on: clean)?.edits == ["+Subject", "+X-A", "-Delivered-To", "-Subject"]
        )
        let forged = (1...1000).map { "X-Popsieve-\($0): yes\n" }.joined()
        #expect(verdict(rules, on: forged + clean)?.edits.count == 32)
    }

    @Test func forgedFieldsAreRemovedAndNotSeen() throws {
        let rules = try ruleSet(
            "require \"editheader\"; if exists \"X-Popsieve-Spam\" { addheader \"X-Seen\" \"y\"; } keep;"
        )
        #expect(text(verdict(rules)?.header) == clean)
        #expect(verdict(rules)?.word == "tagged")
        #expect(verdict(rules)?.edits == ["-X-Popsieve-Spam", "-x-POPSIEVE-virus"])
        #expect(verdict(rules, on: clean)?.edits == [])
        #expect(verdict(rules, on: clean)?.header == nil)
        #expect(verdict(rules, on: clean)?.word == "passed")
    }

    /// What a message begins with, and what is left of it.
    private static let forgeries: [(String, String)] = [
        // A continuation of nothing, which some readers take for a field.
        (" X-Popsieve-Spam: no\n", ""), ("\tx-popsieve-spam: no\n", ""), (" X-Popsieve-Spam : no\n folded\n", ""),
        (" (scanned)\n X-Popsieve-Spam: no\n more\n", ""), (" \n X-Popsieve-Spam: no\n", ""),
        (" X-Popsieve-Spam: no\n X-Popsieve-Virus: no\n", ""), (" X-Pop\n sieve-Spam: no\n", ""),
        (" Subject: x\n", ""),
        // The same behind an mbox file's line, or a line without a colon.
        (
            "From a@b.example Mon Nov 23 08:15:04 2026\n X-Popsieve-Spam: no\n",
            "From a@b.example Mon Nov 23 08:15:04 2026\n"
        ),
        (
            "From a@b.example Mon Nov 23 08:15:04 2026\nX-Popsieve-Spam: no\n",
            "From a@b.example Mon Nov 23 08:15:04 2026\n"
        ),
        ("nothing\n X-Popsieve-Spam: no\nA: b\n", "nothing\nA: b\n"),
        ("A: b\nnothing\n\tX-Popsieve-Spam: no\n", "A: b\nnothing\n"),
        // A name whose colon is in the next line.
        ("X-Popsieve-Spam\n : no\nA: b\n", "A: b\n"), ("A: b\nX-Popsieve\n -Spam: no\n", "A: b\n"),
        ("X-Popsieve-Spam\n", ""),
        // A field that some readers skip, so that they take what continues it for a field.
        ("A b: c\n X-Popsieve-Spam: no\n", ""), (": c\n X-Popsieve-Spam: no\n", ""),
        ("A : c\n X-Popsieve-Spam: no\n", ""),
        ("\u{FEFF}A: c\n X-Popsieve-Spam: no\n", ""),
        ("A b: c\n d\n", "A b: c\n d\n"), ("A: c\n X-Popsieve-Spam: no\n", "A: c\n X-Popsieve-Spam: no\n"),
        // Octets that can't be in a name, in front, within and behind.
        ("\u{B}X-Popsieve-Spam: no\n", ""), ("\u{C}X-Popsieve-Spam: no\n", ""), ("\u{0}X-Popsieve-Spam: no\n", ""),
        ("\u{A0}X-Popsieve-Spam: no\n", ""), ("\u{FEFF}X-Popsieve-Spam: no\n", ""),
        ("\u{2003}X-Popsieve-Spam: no\n", ""),
        (" \u{B}X-Popsieve-Spam: no\n", ""), (" \u{A0}X-Popsieve-Spam: no\n", ""),
        (" \u{0}\u{C}X-Popsieve-Spam: no\n", ""),
        ("X-Popsieve-Spam\u{B}: no\n", ""), ("X-Popsieve-Spam\u{A0}: no\n", ""), ("X-Popsieve-Spam\u{0}: no\n", ""),
        ("X-Pop\u{0}sieve-Spam: no\n", ""), ("X-Popsieve-Spam\t \u{C}: no\n", ""), ("X-Popsieve-: no\n", ""),
    ]

    @Test(arguments: forgeries)
    func whatAReaderMayTakeForOurFieldIsRemoved(forged: String, left: String) throws {
        let rules = try ruleSet("require \"editheader\"; addheader \"X-Popsieve-Spam\" \"yes\";")
        let verdict = verdict(rules, on: forged + clean)
        let rendered = text(verdict?.header) ?? ""
        // Nothing of what belongs to no field continues those that are added.
        let own = "X-Popsieve-Spam: yes\n"
        #expect(rendered.replacing(own, with: "") == left + clean)
        #expect(rendered.contains("\n" + own) || rendered.hasPrefix(own))
        #expect(verdict?.edits.contains { $0.lowercased().hasPrefix("-") } == (forged != left))
    }

    @Test func editsCarryOverAndAreListed() throws {
        let rules = try ruleSet(
            "require \"editheader\";\n\naddheader \"X-Popsieve-A\" \"1\";",
            "require \"editheader\"; if header \"x-popsieve-a\" \"1\" {\n deleteheader \"X-Popsieve-A\"; addheader \"X-B\" \"2\"; }"
        )
        let verdict = verdict(rules)
        #expect(text(verdict?.header) == "X-B: 2\n" + clean)
        #expect(
            verdict?.matches == [
                RuleMatch(file: "0.sieve", line: 3, action: "addheader X-Popsieve-A"),
                RuleMatch(file: "1.sieve", line: 2, action: "deleteheader X-Popsieve-A"),
                RuleMatch(file: "1.sieve", line: 2, action: "addheader X-B"),
            ]
        )
    }

    @Test func filesRunInTheOrderOfTheirNames() throws {
        let add = { (value: String) in Array("require \"editheader\"; addheader \"X\" \"\(value)\";".utf8) }
        let rules = try RuleSet(files: [
            RuleFile(name: "20.sieve", source: add("b")), RuleFile(name: "10.sieve", source: add("a")),
        ])
        #expect(text(verdict(rules, on: clean)?.header) == "X: b\nX: a\n" + clean)
    }

    @Test(arguments: [
        ("stop;", Verdict.Outcome.keep, true),
        ("keep;", .keep, true),
        ("discard;", .discard, false),
        ("discard; keep;", .keep, true),
        ("require \"reject\"; reject \"no\r\nth\u{E4}nks\u{7}\";", .reject("no th?nks"), false),
    ])
    func theNextFileRunsWhileTheMessageIsKept(source: String, outcome: Verdict.Outcome, goesOn: Bool) throws {
        let rules = try ruleSet(source, "require \"editheader\"; addheader \"X-Next\" \"y\";")
        let verdict = verdict(rules)
        #expect(verdict?.outcome == outcome)
        #expect(verdict?.matches.contains { $0.file == "1.sieve" } == goesOn)
    }

    @Test func aFailureKeepsTheMessageAndSaysWhy() throws {
        let rules = try ruleSet(
            "require [\"editheader\", \"reject\"]; addheader \"X-A\" \"1\";\nkeep; reject \"no\";",
            "require \"editheader\"; addheader \"X-B\" \"2\";"
        )
        let verdict = verdict(rules)
        #expect(verdict?.outcome == .keep)
        #expect(verdict?.word == "failed")
        #expect(
            verdict?.failure
                == "0.sieve:2:7: reject/ereject action conflicts with other action: the keep action tries to deliver the message "
                + "(the other is in line 2)"
        )
        #expect(text(verdict?.header) == "X-B: 2\n" + clean)
    }

    /// A mailbox of POP3 has no other name.
    @Test func inboxIsWhereTheMessageIs() throws {
        let file = RuleFile(name: "a", source: Array(#"require "fileinto"; fileinto "INBOX"; keep;"#.utf8))
        let rules = try RuleSet(files: [file], reach: .everything)
        let whole = MessageOctets(octets(message))
        let filter = Filter(ruleSet: rules, header: octets(message), facts: Facts(), message: whole)
        guard case .finished(let verdict) = filter.run() else {
            Issue.record("something is asked for")
            return
        }
        #expect(verdict.outcome == .keep)
        #expect(verdict.quarantine.isEmpty)
    }

    @Test func theSizeIsAskedForOnce() throws {
        let rules = try ruleSet("if size :over 10 { keep; }", "if size :over 500 { discard; }")
        #expect(rules.needsSize)
        let filter = Filter(ruleSet: rules, header: octets(message), facts: Facts())
        guard case .needs(.size) = filter.run() else {
            Issue.record("the size is not asked for")
            return
        }
        filter.provide(size: 600)
        guard case .finished(let verdict) = filter.run() else {
            Issue.record("the size is asked for twice")
            return
        }
        #expect(verdict.outcome == .discard)
    }

    @Test(arguments: [
        ("envelope \"from\" \"sender@example.com\"", true),
        ("envelope :domain \"to\" \"example.org\"", true),
        ("envelope \"to\" \"you@example.org\"", false),
    ])
    func theEnvelopeComesFromTheHeader(test: String, expected: Bool) throws {
        let rules = try ruleSet("require \"envelope\"; if \(test) { discard; }")
        #expect((verdict(rules)?.outcome == .discard) == expected)
    }

    @Test func anEmptyReturnPathIsTheNullSender() throws {
        let rules = try ruleSet("require \"envelope\"; if envelope \"from\" \"\" { discard; }")
        #expect(verdict(rules, on: "Return-Path: <>\n\n")?.outcome == .discard)
        #expect(verdict(rules, on: "X: y\n\n")?.outcome == .keep)
    }

    @Test(arguments: [
        ("redirect \"a@b.example\";", "a relay sends no mail"),
        ("require \"vacation\";", "a relay sends no mail"),
        ("require \"fileinto\"; fileinto \"x\";", "it needs the quarantine"),
        ("require \"imap4flags\";", "a POP3 server has no flags"),
    ])
    func whatARelayCannotDoIsRefusedWithTheReason(source: String, reason: String) {
        let error = #expect(throws: RuleSetError.self) { try ruleSet("keep;", source) }
        #expect(error?.diagnostics.count == 1)
        #expect(error?.diagnostics.first?.file == "1.sieve")
        #expect(error?.diagnostics.first?.message.contains(reason) == true)
    }

    @Test func allFilesAreChecked() {
        let error = #expect(throws: RuleSetError.self) { try ruleSet("frop;", "keep;", "keep ];\nfrop;") }
        #expect(error?.diagnostics.map(\.file) == ["0.sieve", "2.sieve", "2.sieve"])
    }
}

struct RefusalTests {
    /// The rule's reason, and what stands of it in the notice, between the opening and what the message said.
    @Test(arguments: [
        ("No.", "No."),
        ("Über die Größe\r\nzweite Zeile", "Über die Größe\nzweite Zeile"),
        ("a${hex:1b}[31mb${hex:07}", "a [31mb"),
        ("a\r\n.\r\nSubject: x", "a\n.\nSubject: x"),
        ("", ""),
    ])
    func theReasonStandsInTheNoticeAsText(reason: String, expected: String) throws {
        let rules = try ruleSet("require [\"reject\", \"encoded-character\"];\nreject \"\(reason)\";")
        let refused = verdict(rules)
        let notice = text(refused?.notice) ?? ""
        let body = notice.components(between: "The reason:\n\n", and: "\n\nThe message said:\n")
        #expect(body?.split(separator: "\n").map { $0.trimmed }.joined(separator: "\n") == expected)
        #expect(notice.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(HeaderBlock(refused?.notice ?? []).defects == [])
        #expect(notice.contains("Subject: [rejected] Hello\n"))
        guard case .reject(let line)? = refused?.outcome else {
            Issue.record("not rejected")
            return
        }
        #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    }

    @Test func aLongReasonIsBounded() throws {
        let long = String(repeating: "ä ", count: 1300)
        let notice = verdict(try ruleSet("require \"reject\"; reject \"\(long)\";"))?.notice ?? []
        #expect(notice.count < 8192)
        #expect(text(notice)?.contains("The message said:") == true)
    }

    @Test func aHeaderBeyondTheLimitIsRefusedWithANoticeAndNotJudged() throws {
        let rules = try ruleSet(
            "require [\"editheader\", \"reject\"]; addheader \"X-A\" \"1\"; if header \"Subject\" \"late\" { discard; }"
        )
        let fields = String(repeating: "a:\n", count: 10_010)
        let refused = verdict(rules, on: fields + "X-Popsieve-Spam: no; by=forged\nSubject: late\n\n")
        #expect(refused?.word == "rejected")
        #expect(refused?.outcome == .reject("The header has too many fields"))
        #expect(refused?.matches == [])
        #expect(refused?.header == nil)
        #expect(refused?.edits == [])
        #expect(refused?.defects.contains("too-many-fields") == true)
        #expect(text(refused?.notice)?.contains("X-Popsieve-Spam") == false)
        #expect(text(refused?.notice)?.contains("The header has too many fields") == true)
    }

    @Test(arguments: ["bare-lf", "bare-cr"])
    func defectsOfTheLinesAreThoseThatRulesSee(defect: String) throws {
        let rules = try ruleSet("require \"vnd.popsieve.defects\"; if defect \"\(defect)\" { discard; }")
        var facts = Facts(size: 1)
        #expect(verdict(rules, facts: facts)?.word == verdict(try ruleSet("keep;"), facts: facts)?.word)
        facts.defects = [defect]
        #expect(verdict(rules, facts: facts)?.word == "discarded")
        #expect(verdict(rules, facts: facts)?.defects.first == defect)
    }

    @Test func aSizeThatNobodyKnowsMakesTheFileFail() throws {
        let rules = try ruleSet("if size :under 50K { discard; }")
        let filter = Filter(ruleSet: rules, header: octets(message), facts: Facts())
        guard case .needs(.size) = filter.run() else {
            Issue.record("the size is not asked for")
            return
        }
        filter.provide(size: nil)
        guard case .finished(let verdict) = filter.run() else {
            Issue.record("it does not end")
            return
        }
        #expect(verdict.word == "failed")
        #expect(verdict.failure?.hasPrefix("0.sieve:1:") == true)
    }
}

extension String {
    fileprivate func components(between start: String, and end: String) -> String? {
        guard let first = range(of: start), let last = range(of: end) else { return nil }
        return first.upperBound <= last.lowerBound ? String(self[first.upperBound..<last.lowerBound]) : ""
    }
}

extension Substring {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}

struct NoticeTests {
    @Test func saysWhoWhenWhatAndWhy() throws {
        let notice = text(verdict(try ruleSet("\ndiscard;"))?.notice)
        let expected = """
            Date: Mon, 23 Nov 2026 08:15:04 +0000
            From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>
            Subject: [discarded] Hello
            """
        #expect(notice?.hasPrefix(expected) == true)
        #expect(notice?.contains("\n  From:    Jürgen <j@example.com>\n") == true)
        #expect(notice?.contains("\nThe rule: 0.sieve, line 2\n") == true)
        #expect(notice?.hasSuffix("\n") == true)
    }

    @Test(
        "it has the message's sender and identifier, so that it stands in its place and thread; or its own",
        arguments: [
            ("From: a@example.com", "From: a@example.com"),
            ("From: Anna <a@example.com>, b@example.com", "From: Anna <a@example.com>, b@example.com"),
            ("From: nobody", nil), ("From: a@example.com\nFrom: b@example.com", nil), ("From: ü@example.com", nil),
            ("From: =?utf-8?q?a=0D=0ABcc:_x?= <a@example.com>", nil),
            ("From: \(String(repeating: "a", count: 600))@example.com", nil),
            ("Message-ID: <1@example.com>", "Message-ID: <1@example.com>"),
            ("Message-ID: 1@example.com", nil), ("Message-ID: <1@example.com> <2@example.com>", nil),
            ("Message-ID: <1@example.com>\nMessage-ID: <1@example.com>", nil),
        ] as [(String, String?)]
    )
    func keeps(_ fields: String, _ expected: String?) throws {
        let notice = text(verdict(try ruleSet("discard;"), on: fields + "\nSubject: a\n\n")?.notice) ?? ""
        let name = fields.prefix { $0 != ":" }
        let lines = notice.components(separatedBy: "\n").filter { $0.hasPrefix("\(name): ") }
        #expect(lines.count == 1)
        #expect(expected.map { $0 == lines.first } ?? lines.first?.contains("popsieve.invalid") == true, "\(lines)")
    }

    @Test func passesNoStructureOn() throws {
        let hostile = """
            Date: yesterday\u{1B}[31m
            From: a\u{202E}b@example.com
            Subject: =?utf-8?q?x=0D=0AX-Evil:_y=0D=0A=0D=0A.=00?=

            """
        let notice = text(verdict(try ruleSet("discard;"), on: hostile)?.notice) ?? ""
        #expect(notice.hasPrefix("Date: Thu, 01 Jan 1970 00:00:00 +0000\n"))
        let received = "Received: from a by b;\n\tThu, 26 Nov 2026 08:15:04 +0000\nReceived: from c; 12:00\n"
        let dated = text(verdict(try ruleSet("discard;"), on: received + hostile)?.notice) ?? ""
        #expect(dated.hasPrefix("Date: Thu, 26 Nov 2026 08:15:04 +0000\n"), "\(dated)")
        #expect(!notice.contains("\nX-Evil"))
        #expect(!notice.contains("\n.\n"))
        #expect(notice.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        #expect(!notice.contains("\u{202E}"))
    }

    @Test(arguments: [
        "=?utf-8?q?=1b[31mred?=", "x =?utf-8?q?a?= y =?utf-8?q?b?=", "Ü =?utf-8?q?a?=", "a=?utf-8?b?YQ==?=",
    ])
    func whatLooksLikeAnEncodedWordIsShownAsItIs(text: String) throws {
        let encoded = "=?utf-8?b?\(Data(text.utf8).base64EncodedString())?="
        let notice = HeaderBlock(verdict(try ruleSet("discard;"), on: "Subject: \(encoded)\n\n")?.notice ?? [])
        let shown = notice.firstField(named: "Subject").map {
            String(decoding: notice.decodedValue(of: $0), as: UTF8.self)
        }
        #expect(shown == "[discarded] \(text)")
        #expect(notice.defects.isEmpty)
    }

    @Test func isTheSameEachTimeAndWellFormed() throws {
        let rules = try ruleSet("discard;")
        let long = "Subject: " + String(repeating: "ä", count: 500) + "\n\n"
        let notice = verdict(rules, on: long)?.notice
        #expect(notice == verdict(rules, on: long)?.notice)
        let header = HeaderBlock(notice ?? [])
        #expect(header.defects.isEmpty)
        #expect(header.isTerminated)
        #expect(header.fields.count == 9)
        let subject = header.fields(named: "Subject").map {
            String(decoding: header.decodedValue(of: $0), as: UTF8.self)
        }
        #expect(subject == ["[discarded] " + String(repeating: "ä", count: 200) + "…"])
    }

    @Test func textIsMadeOneLine() {
        #expect("a\r\nb\tc".singleLine(upTo: 10) == "a b c")
        #expect("abc".singleLine(upTo: 3) == "abc")
        #expect("abcd".singleLine(upTo: 3) == "abc…")
    }
}
