// Notices in a site's own words: what stands in for placeholders, and what is wrong with a file.
// Must not test what the rules decide.

import Mail
import Testing

@testable import Filtering

struct NoticeTextTests {
    private func ruleSet(_ source: String) throws -> RuleSet {
        try RuleSet(files: [RuleFile(name: "0.sieve", source: Array(source.utf8))])
    }

    private func verdict(_ ruleSet: RuleSet, on header: String = "Subject: Hello\n\n") -> Verdict? {
        let octets = Array(header.replacing("\n", with: "\r\n").utf8)
        guard case .finished(let verdict) = Filter(ruleSet: ruleSet, header: octets, facts: Facts()).run() else {
            return nil
        }
        return verdict
    }

    private func text(_ octets: [UInt8]?) -> String? {
        octets.map { String(decoding: $0, as: UTF8.self).replacing("\r\n", with: "\n") }
    }

    /// A message's text is never read as a site's.
    @Test func aSitesOwnWordsWithPlacesForTheMessage() throws {
        let texts = try NoticeTexts(
            parsing: """
                # ours
                [rejected-kept]
                subject:  Zurückgehalten: {subject}

                {{ {from} } {rule}
                - {reason} -
                {copy} in {folder}


                [discarded]
                Subject: weg
                """
        )
        let on = "From: a{rule}b@example.com\nSubject: {reason} ü\n\n"
        let rejected = verdict(try ruleSet("require \"reject\"; reject \"x{copy}\r\ny\";"), on: on)
        let copies = ["1", "2"].map { QuarantinedCopy(folder: "F{from}", identifier: $0) }
        let notice = rejected?.notice(naming: copies, texts: texts) ?? []
        let header = HeaderBlock(notice)
        #expect(header.defects.isEmpty && header.fields.count == 9)
        let subject = header.firstField(named: "Subject").map { header.decodedValue(of: $0) } ?? []
        #expect(String(decoding: subject, as: UTF8.self) == "Zurückgehalten: {reason} ü")
        let body = String(decoding: notice[header.range.upperBound...], as: UTF8.self)
        #expect(
            body == """
                { a{rule}b@example.com } 0.sieve, line 1\r
                - x{copy} -\r
                - y -\r
                1 in F{from}\r
                2 in F{from}\r

                """
        )
        // What is left out is said in the usual words.
        #expect(rejected?.notice(texts: texts) == rejected?.notice)
        let discarded = text(verdict(try ruleSet("discard;"), on: on)?.notice(texts: texts))
        #expect(discarded?.contains("\nSubject: weg\n") == true)
    }

    @Test(
        arguments: [
            ("hello", "1:1: this belongs to no notice"), ("[quarantine]\nx", "1:2: there is no notice \"quarantine\""),
            ("[discarded]\n\nHello", "3:1: \"discarded\" begins without a subject"),
            ("[discarded]\n", "3:1: \"discarded\" says nothing"),
            ("[discarded]\nSubject: a\n[discarded]\nSubject: b", "3:2: \"discarded\" stands here twice"),
            ("[discarded]\nSubject: {copy}", "2:1: {copy} may be several lines"),
            ("[discarded]\nSubject: ü{sbject}", "2:12: nothing is known as {sbject}"),
            ("[discarded]\nSubject: a\n\nx {subject", "4:3: a brace is not closed"),
            ("[discarded]\nSubject: a\u{1B}[31m", "2:11: control characters are not allowed"),
            ("[truncated]\n\nSubject: a", "3:1: a message that is truncated keeps its own subject"),
            ("[truncated]\n\n[discarded]\nSubject: a", "3:1: \"truncated\" says nothing"),
            ("[truncated]\n- {subject}", "2:3: nothing is known as {subject} in \"truncated\""),
        ]
    )
    func aFaultOfASitesOwnWordsIsShownWhereItIs(_ file: String, _ expected: String) {
        do throws(NoticeTexts.Faults) {
            _ = try NoticeTexts(parsing: file)
            Issue.record("no fault")
        } catch {
            #expect(error.faults.map { "\($0.line):\($0.column): \($0.message)" } == [expected])
        }
    }

    /// It could not be replaced, as all other texts could.
    @Test(
        arguments: [
            ("[discarded]\nSubject: a", ["(Popsieve left out what follows here. Too large.)"]),
            ("[truncated]\n\nweg:\n\n- {reason}\n.\n", ["", "weg:", "", "- Too large", "."]),
        ]
    )
    func theNoteBehindAMessageThatIsTooLarge(_ file: String, _ note: [String]) throws {
        #expect(try NoticeTexts(parsing: file).note(reason: "Too large") == Array(note.drop { $0.isEmpty }))
    }

    @Test func theStandardWordsAreGood() throws {
        _ = try NoticeTexts(parsing: NoticeTexts.standardFile)
        let crlf = NoticeTexts.standardFile.replacing("\n", with: "\r\n")
        let rules = try ruleSet("discard;")
        #expect(verdict(rules)?.notice(texts: try NoticeTexts(parsing: crlf)) == verdict(rules)?.notice)
    }

    /// A site can only change what it has seen.
    @Test func theStandardFileHasEveryTextAndPlaceholderThatThereIs() {
        for kind in NoticeTexts.Kind.allCases {
            let start = "\n[\(kind.rawValue)]\n" + (kind.hasSubject ? "Subject: " : "")
            #expect(NoticeTexts.standardFile.split(separator: start).count == 2, "\(kind)")
        }
        let comments = NoticeTexts.standardFile.split(separator: "\n").filter { $0.hasPrefix("#") }.joined()
        for placeholder in NoticeTexts.Placeholder.allCases {
            #expect(comments.contains("{\(placeholder.rawValue)}"), "\(placeholder)")
        }
    }

    @Test func noLineIsLongerThanMailMayHave() throws {
        let texts = try NoticeTexts(parsing: "[discarded]\nSubject: a\n\n" + String(repeating: "{subject}", count: 50))
        let long = "Subject: " + String(repeating: "ü", count: 180) + "\n\n"
        let notice = verdict(try ruleSet("discard;"), on: long)?.notice(texts: texts) ?? []
        let lines = notice.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count > 20 && lines.allSatisfy { $0.count <= 999 })
        #expect(String(validating: notice, as: UTF8.self) != nil)
    }
}
