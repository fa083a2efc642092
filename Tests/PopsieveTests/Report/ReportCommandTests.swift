// `popsieve report` on files: as text, as JSON, as a page; hostile names, rotated files, times.
// Must not test the counting: AuditReadingTests do.

import Audit
import Foundation
import Testing

@testable import AuditReading
@testable import popsieve

@Suite struct ReportCommandTests {
    /// 2026-11-23T08:15:04Z
    private static let moment: Int64 = 1_795_421_704
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(_ user: String = "me@example.com", at seconds: Int64 = moment) -> String {
        let session = AuditSession(id: "s1", client: "192.0.2.7", user: Array(user.utf8), upstream: "office")
        let rule = AuditRule(file: "10-spam.sieve", line: 8, action: "addheader X-<b>")
        let message = AuditEvent.Message(
            session: session,
            command: .retr,
            number: 1,
            verdict: "tagged",
            rules: [rule],
            defects: [],
            depth: "header",
            edits: [],
            totals: .init(octetsIn: 1, octetsOut: 2_000, isComplete: true)
        )
        var lines = AuditLines()
        for event in [
            .sessionOpened(.init(session: AuditSession(id: "s1", client: "192.0.2.7"), port: 1, listener: "l")),
            .loginSucceeded(.init(session: session, mechanism: "PLAIN")), .message(message),
        ] as [AuditEvent] {
            lines.append(event, at: AuditTime(seconds: seconds, microseconds: 0))
        }
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    private func json(_ arguments: String...) async throws -> [String: Any] {
        let ended = try await folder.popsieve(["report", "--json"] + arguments)
        #expect(ended.status == 0 && ended.errors == "")
        return try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any] ?? [:]
    }

    @Test func theTextHasFiguresAChartAndTables() async throws {
        try folder.write("audit", lines() + lines(at: Self.moment + 3_600))
        let ended = try await folder.popsieve(["report", "audit"], under: ["TZ=UTC"])
        #expect(ended.status == 0 && ended.errors == "")
        let bar = String(repeating: "█", count: 40)
        for part in [
            "2026-11-23 08:15:04 to 2026-11-23 09:15:04, ", "sessions          2\n", "messages          2, 4.0 KB\n",
            "2026-11-23 08:00  \(bar) 1 session, 1 message\n", "\nVerdicts\n", "tagged          2  100 %\n",
            "10-spam.sieve:8  addheader X-<b>", "me@example.com       2       0         2  4.0 KB\n",
        ] { #expect(ended.output.contains(part), "\(part)") }
        #expect(!ended.output.contains("\u{1B}"))
    }

    @Test func rotatedFilesAreCountedAsFarAsTheyReach() async throws {
        try folder.write("audit.2", lines())
        try folder.write("audit.1", lines(at: Self.moment + 86_400))
        try folder.write("audit", lines(at: Self.moment + 2 * 86_400))
        #expect(try await json("audit")["sessions"] as? Int == 3)
        // Named or not, each is read once.
        #expect(try await json("audit", "audit.1")["sessions"] as? Int == 3)
        #expect(try await json("--since", "2026-11-24T00:00:00.000000Z", "audit")["sessions"] as? Int == 2)
        #expect(try await json("audit.1")["sessions"] as? Int == 1)
    }

    @Test(arguments: ["x\"<script>alert(1)</script>'&", "\u{202E}\u{1B}[31m", "<\u{338}script>"])
    func aPageObeysNobody(user: String) async throws {
        try folder.write("audit", lines(user))
        let ended = try await folder.popsieve(["report", "--html", "page.html", "audit"])
        #expect(ended.status == 0 && ended.output == "" && ended.errors == "")
        let page = try String(contentsOfFile: "\(folder.path)/page.html", encoding: .utf8)
        #expect(
            !page.contains("<script") && !page.contains("<b>") && !page.contains("\u{1B}") && !page.contains("\u{202E}")
        )
        #expect(page.contains(user.asHTML) && page.contains("addheader X-&lt;b&gt;"))
        for part in [
            "<caption>Users</caption>", "prefers-color-scheme: dark", "width=device-width", "default-src 'none'",
        ] {
            #expect(page.contains(part))
        }
        #expect(!page.contains("src=") && !page.contains("href="))
        #expect(Self.isBalanced(page))
    }

    /// Every element that is opened is closed, in its order.
    private static func isBalanced(_ page: String) -> Bool {
        var open: [Substring] = []
        for tag in page.matches(of: /<(\/?)([a-z0-9]+)[^>]*>/) where !["meta", "br"].contains(tag.2) {
            if tag.1.isEmpty { open.append(tag.2) } else if open.popLast() != tag.2 { return false }
        }
        return open.isEmpty
    }

    @Test func thePageOverwroteTheLog() async throws {
        try folder.write("audit", lines())
        try folder.write("audit.1", lines())
        try folder.write("notes", "mine\n")
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: "audit")
        try FileManager.default.linkItem(atPath: "\(folder.path)/audit.1", toPath: "\(folder.path)/twin")
        let before = ["audit", "audit.1", "notes"].map { FileManager.default.contents(atPath: "\(folder.path)/\($0)") }
        for page in ["audit", "./audit", "audit.1", "link", "twin", "notes"] {
            let ended = try await folder.popsieve(["report", "--html", page, "audit"])
            #expect(ended.status == 74 && ended.output == "", "\(page)")
            #expect(ended.errors.hasPrefix("\(page): error: it ") && ended.errors.contains(", and stays; "))
        }
        // The page's name is forgotten.
        #expect(try await folder.popsieve("report", "--html", "audit") == 74)
        let after = ["audit", "audit.1", "notes"].map { FileManager.default.contents(atPath: "\(folder.path)/\($0)") }
        #expect(before == after)
        // One that it has written itself, and one that is empty, it replaces.
        try folder.write("page", "")
        for _ in 1...2 { #expect(try await folder.popsieve("report", "--html", "page", "audit") == 0) }
    }

    @Test func aPageInNoFolderFailedForAReasonUnknown() async throws {
        try folder.write("audit", lines())
        let ended = try await folder.popsieve(["report", "--html", "none/page.html", "audit"])
        #expect(ended.status == 74 && ended.errors.contains("there is no folder \"@/none\"; make it"))
    }

    @Test func compressedFilesWereLeftOutInSilence() async throws {
        try folder.write("audit", lines())
        for name in ["audit.2.gz", "audit-20261123.zst"] {
            try Data([0x1F, 0x8B, 8, 0]).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        try folder.write("auditor.gz", "")
        let ended = try await folder.popsieve(["report", "audit"])
        #expect(ended.status == 0 && ended.output.contains("sessions          1\n"))
        #expect(
            ended.errors.hasPrefix("audit-20261123.zst: warning: it is compressed and left out, and so are others: 1; ")
        )
        let named = try await folder.popsieve(["report", "audit.2.gz"])
        #expect(named.status == 65 && named.errors.hasPrefix("audit.2.gz: error: this file is compressed; "))
        #expect(named.errors.contains("zcat -f FILE... | popsieve report -"))
        let shown = try await folder.popsieve(["tail", "audit.2.gz"])
        #expect(shown.status == 65 && shown.errors.contains("zcat -f FILE... | popsieve tail -"))
    }

    @Test func filesThatWereNamedByADayWereLeftOutInSilence() async throws {
        for name in ["audit", "audit-20261123", "audit-20261124-1700000000", "audit-old", "auditor-20261123"] {
            try folder.write(name, lines())
        }
        let ended = try await folder.popsieve(["report", "audit"])
        #expect(ended.output.contains("sessions          3\n"), "\(ended)")
    }

    @Test func standardOutputTakesThePage() async throws {
        try folder.write("audit", lines())
        let ended = try await folder.popsieve(["report", "--html", "-", "audit"])
        #expect(ended.output.hasPrefix("<!DOCTYPE html>") && ended.output.hasSuffix("</html>\n"))
    }

    @Test func eachEndHasItsStatus() async throws {
        try folder.write("other", "this is\nno log\n")
        try folder.write("empty", "")
        #expect(try await folder.popsieve("report", "other") == 65)
        #expect(try await folder.popsieve("report", "nowhere") == 66)
        #expect(try await folder.popsieve("report", ".") == 66)
        #expect(try await folder.popsieve("report", "empty") == 0)
        #expect(try await folder.popsieve("report", "--since", "soon", "empty") == 64)
        #expect(try await folder.popsieve("report", "--json", "--html", "x", "empty") == 64)
        #expect(try await folder.popsieve("report", "--html", "none/x", "empty") == 74)
    }

    @Test(
        arguments: [
            ("1d", 1_000_000 - 86_400), ("2w", 1_000_000 - 14 * 86_400), ("12h", 1_000_000 - 43_200),
            ("1970-01-02", 86_400 - 3_600), ("1970-01-02T00:00:00.000000Z", 86_400), ("1", nil), ("w", nil),
            ("1970-02-30", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func timesAreRead(text: String, expected: Int64?) throws {
        let zone = try #require(TimeZone(secondsFromGMT: 3_600))
        #expect(ReportCommand.moment(text, now: 1_000_000, zone: zone) == expected)
    }

    @Test(arguments: [(0, 10, ""), (10, 10, "████"), (5, 10, "██"), (1, 1_000_000, "▏"), (1, 0, "")])
    func barsAreProportional(value: Int, most: Int, expected: String) {
        #expect(ReportText.bar(value, of: most, width: 4) == expected)
    }
}
