// A report as its readers get it: a few figures, a chart, and tables, whether on a terminal or on a page.
// Must not know how it is shown.

import Audit
import AuditReading
import Foundation

/// A table with a name.
struct ReportTable {
    struct Column {
        let name: String
        var isNumber = true
    }

    let caption: String
    let columns: [Column]
    let rows: [[String]]
}

/// What a log comes to.
struct Report {
    let totals: ReportTotals
    let since: Int64?
    let files: [String]
    let zone: TimeZone
    let periods: [ReportPeriod]
    /// What a period is.
    let noun: String

    init(_ totals: ReportTotals, since: Int64?, files: [String], zone: TimeZone) {
        self.totals = totals
        self.since = since
        self.files = files
        self.zone = zone
        (noun, periods) = totals.periods(in: zone)
    }

    /// From when to when, as clocks here have it.
    var span: String {
        guard let first = totals.first, let last = totals.last else { return "nothing happened" }
        return "\(local(first)) to \(local(last)), \(zone.abbreviation() ?? zone.identifier)"
    }

    /// The most important figures, each with its name.
    var figures: [(name: String, value: String)] {
        var figures = [
            ("sessions", "\(totals.sessions)" + remark(totals.refused, "refused")),
            ("logins", "\(totals.logins)" + remark(totals.failedLogins, "failed")),
            ("messages", "\(totals.messages), \(Double(totals.octets).asOctets)" + remark(totals.deletions, "deleted")),
        ]
        let kept = totals.folders.top(0, by: { $0 }).rest
        let gone = [(totals.released, "released"), (totals.removed, "deleted"), (totals.expired, "expired")]
        if kept + totals.released + totals.removed + totals.expired > 0 {
            figures.append(("quarantine", "\(kept) kept" + gone.map(remark).joined()))
        }
        if totals.starts > 0 { figures.append(("starts", "\(totals.starts)")) }
        if totals.missingLines > 0 { figures.append(("lines lost", "\(totals.missingLines)")) }
        if totals.unreadable > 0 { figures.append(("unreadable lines", "\(totals.unreadable)")) }
        return figures
    }

    private func remark(_ count: Int, _ word: String) -> String { count > 0 ? ", \(count) \(word)" : "" }

    func local(_ time: AuditTime) -> String {
        let date = Date(timeIntervalSince1970: Double(time.seconds))
        let text = AuditTime(seconds: time.seconds + Int64(zone.secondsFromGMT(for: date)), microseconds: 0).text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    /// Those that have rows.
    var tables: [ReportTable] {
        [verdicts, rules, users, addresses, failures, folders, slowest].filter { !$0.rows.isEmpty }
    }
}

// MARK: Tables

extension Report {
    private static let others = "all others"

    private var verdicts: ReportTable { words("Verdicts", "verdict", "messages", totals.verdicts) }
    private var failures: ReportTable { words("Failures by cause", "cause", "times", totals.failures) }
    private var folders: ReportTable { words("Quarantine", "folder", "copies", totals.folders) }

    private func words(
        _ caption: String,
        _ name: String,
        _ noun: String,
        _ counts: TopCounts<String, Int>
    ) -> ReportTable {
        let (top, rest) = counts.top(totals.limits.table, by: { $0 })
        let all = max(1, top.reduce(rest) { $0 + $1.1 })
        func row(_ name: String, _ count: Int) -> [String] { [name, "\(count)", "\(100 * count / all) %"] }
        return ReportTable(
            caption: caption,
            columns: [.init(name: name, isNumber: false), .init(name: noun), .init(name: "share")],
            rows: top.map(row) + (rest > 0 ? [row(Self.others, rest)] : [])
        )
    }

    private var rules: ReportTable {
        let (top, rest) = totals.rules.top(totals.limits.table, by: \.hits)
        func row(_ name: String, _ rule: ReportTotals.Rule) -> [String] {
            [name, "\(rule.hits)", "\(rule.microseconds / max(1, rule.hits)) µs"]
        }
        return ReportTable(
            caption: "Rules by hits; how long all rules took at the messages that each has hit",
            columns: [.init(name: "rule", isNumber: false), .init(name: "hits"), .init(name: "mean")],
            rows: top.map(row) + (rest.hits > 0 ? [row(Self.others, rest)] : [])
        )
    }

    private var users: ReportTable { people("Users", "user", totals.users) }
    private var addresses: ReportTable { people("Clients' addresses", "address", totals.addresses) }

    /// Those with many failed logins are as interesting as those with many messages.
    private func people(
        _ caption: String,
        _ noun: String,
        _ counts: TopCounts<String, ReportTotals.Person>
    ) -> ReportTable {
        let (top, rest) = counts.top(totals.limits.table, by: { $0.logins + $0.failures })
        func row(_ name: String, _ person: ReportTotals.Person) -> [String] {
            let octets = Double(person.octets).asOctets
            return [name, "\(person.logins)", "\(person.failures)", "\(person.messages)", octets]
        }
        let names = ["logins", "failed", "messages", "octets"].map { ReportTable.Column(name: $0) }
        return ReportTable(
            caption: caption + (counts.isCut ? "; there are more than are told apart" : ""),
            columns: [.init(name: noun, isNumber: false)] + names,
            rows: top.map(row) + (rest.weight > 0 ? [row(Self.others, rest)] : [])
        )
    }

    private var slowest: ReportTable {
        ReportTable(
            caption: "Messages whose rules took longest",
            columns: [
                .init(name: "time", isNumber: false), .init(name: "session", isNumber: false),
                .init(name: "user", isNumber: false), .init(name: "message"), .init(name: "rules"),
            ],
            rows: totals.slowest.map { message in
                let time = message.time.map(local) ?? "?"
                return [time, message.session, message.user, "\(message.number)", "\(message.microseconds) µs"]
            }
        )
    }
}
