// What `popsieve quarantine` says of what it has done, and how it shows what strangers have written.
// Must not test the quarantine itself: its target does.

import Audit
import Foundation
import Quarantine
import Testing

struct QuarantineCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("popsieve.yaml", "upstream: pop.example.com\nquarantine: quarantine\naudit: audit.jsonl\n")
        try folder.write("audit.jsonl", "")
    }

    private func put(subject: String) throws -> String {
        let quarantine = try MessageQuarantine(root: "\(folder.path)/quarantine")
        let origin = MessageOrigin(
            user: Array("me@example.com".utf8),
            upstream: "office",
            uidl: Array("1".utf8),
            number: 1,
            session: "k3f9",
            rule: nil,
            verdict: "quarantined"
        )
        let octets = Array("From: a@example.com\r\nSubject: \(subject)\r\n\r\nx\r\n".utf8)
        return "\(try quarantine.put(octets.span, into: QuarantineFolder("Junk"), origin: origin, at: 1_000_000))"
    }

    @Test func deletingSaysWhatIsGone() async throws {
        let identifiers = [try put(subject: "one"), try put(subject: "two"), try put(subject: "three")]
        let several = try await folder.popsieve(["quarantine", "delete"] + identifiers.prefix(2))
        let tail = "1970-01-01T00:00:01Z  Junk  me@example.com  a@example.com  "
        #expect(
            several.output == "deleted: \(identifiers[0])  \(tail)one\ndeleted: \(identifiers[1])  \(tail)two\n",
            "\(several)"
        )
        let third = try await folder.popsieve(["quarantine", "delete", "--json", identifiers[2]])
        let value = AuditValue(parsing: Array(third.output.utf8))
        #expect(value?["id"]?.text == identifiers[2] && value?["subject"]?.text == "three", "\(third)")
        #expect(try await folder.popsieve(["quarantine", "list"]).output == "")
    }

    /// The line comes first: a relay would deliver at once what nobody is told of. The log is as long as files may be.
    @Test(arguments: [["release"], ["delete"], ["expire", "--size", "0"]])
    func whatTheAuditLogCanNotTakeIsNotDone(_ command: [String]) async throws {
        let identifier = try put(subject: "one")
        let octets = 1 << 20
        try folder.write("audit.jsonl", String(repeating: " ", count: octets - 1) + "\n")
        let names = command.count == 1 ? [identifier] : []
        let arguments = ["quarantine"] + command + names
        let ended = try await folder.popsieve(arguments, under: ["prlimit", "--fsize=\(octets)"])
        #expect(ended.status == 74 && ended.output == "", "\(ended)")
        #expect(ended.errors.contains("the audit log can't be written, so this was not done"), "\(ended)")
        let listed = try await folder.popsieve(["quarantine", "list"]).output
        #expect(listed.contains("  one\n"), "\(listed)")
    }

    /// A terminal would obey them, or show text in another order than it stands.
    @Test func noControlCharacterOfAMessageIsInJSON() async throws {
        let subject = "a\u{9B}31mb\u{7F}\u{85}\u{2028}\u{202E}c\u{2066}\u{E0041}"
        let identifier = try put(subject: subject)
        let listed = try await folder.popsieve(["quarantine", "list", "--json"])
        let audit =
            #"{"v":1,"event":"login_failed","time":"2026-11-23T08:15:04.123456Z","user":"\#(subject)"}"# + "\n"
        try folder.write("others.jsonl", audit)
        let tailed = try await folder.popsieve(["tail", "--json", "others.jsonl"])
        try folder.write("rules/0.sieve", "keep;")
        try folder.write("message.eml", "Subject: \(subject)\r\nX-Popsieve-\(subject): x\r\n\r\nx\r\n")
        let tried = try await folder.popsieve(["try", "--json", "rules", "message.eml"])
        for ended in [listed, tailed, tried] {
            let isSafe = ended.output.unicodeScalars.allSatisfy { !$0.isTreacherous || $0 == "\n" }
            #expect(isSafe && ended.output.contains(#"\u009b31mb\u007f\u0085\u2028\u202ec"#), "\(ended)")
            #expect(AuditValue(parsing: Array(ended.output.utf8)) != nil)
        }
        #expect(AuditValue(parsing: Array(listed.output.utf8))?["id"]?.text == identifier)
        #expect(AuditValue(parsing: Array(tailed.output.utf8))?["user"]?.text == subject)
    }
}
