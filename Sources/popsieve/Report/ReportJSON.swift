// A report for programs.
// Must not lose what the tables show.

import Audit
import AuditReading

struct ReportJSON: Encodable {
    /// Without a name it is the sum of those that are not told apart.
    struct Named: Encodable {
        let name: String?
        let count: Int
    }

    struct Rule: Encodable {
        let rule: String?
        let hits: Int
        let mean_us: Int

        init(_ name: String?, _ counts: ReportTotals.Rule) {
            rule = name
            hits = counts.hits
            mean_us = counts.microseconds / max(1, counts.hits)
        }
    }

    struct Person: Encodable {
        let name: String
        let logins: Int
        let failed_logins: Int
        let messages: Int
        let octets: Int

        init(_ name: String, _ counts: ReportTotals.Person) {
            self.name = name
            logins = counts.logins
            failed_logins = counts.failures
            messages = counts.messages
            octets = counts.octets
        }
    }

    /// The first ones, and the sum of all others.
    struct People: Encodable {
        let top: [Person]
        let others: Person

        init(_ counts: TopCounts<String, ReportTotals.Person>, _ limit: Int) {
            let (top, rest) = counts.top(limit, by: { $0.logins + $0.failures })
            self.top = top.map { Person($0.0, $0.1) }
            others = Person("", rest)
        }
    }

    struct Quarantine: Encodable {
        let folders: [Named]
        let released: Int
        let deleted: Int
        let expired: Int
    }

    struct Slow: Encodable {
        let time: String?
        let session: String
        let user: String
        let number: Int
        let rules_us: Int
    }

    struct Period: Encodable {
        let period: String
        let sessions: Int
        let messages: Int
        let failures: Int
    }

    let from: String?
    let to: String?
    let lines: Int
    let unreadable_lines: Int
    let lost_lines: Int
    let starts: Int
    let sessions: Int
    let refused: Int
    let logins: Int
    let failed_logins: Int
    let messages: Int
    let octets: Int
    let deletions: Int
    let verdicts: [Named]
    let failures: [Named]
    let rules: [Rule]
    let users: People
    let addresses: People
    let quarantine: Quarantine
    let slowest: [Slow]
    let periods: [Period]

    init(_ report: Report) {
        let totals = report.totals
        (from, to) = (totals.first?.text, totals.last?.text)
        (lines, unreadable_lines, lost_lines) = (totals.lines, totals.unreadable, totals.missingLines)
        (starts, sessions, refused) = (totals.starts, totals.sessions, totals.refused)
        (logins, failed_logins) = (totals.logins, totals.failedLogins)
        (messages, octets, deletions) = (totals.messages, totals.octets, totals.deletions)
        let limit = totals.limits.names
        func named(_ counts: TopCounts<String, Int>) -> [Named] {
            let (names, rest) = counts.top(limit, by: { $0 })
            return names.map { Named(name: $0.0, count: $0.1) } + (rest > 0 ? [Named(name: nil, count: rest)] : [])
        }
        verdicts = named(totals.verdicts)
        failures = named(totals.failures)
        let hits = totals.rules.top(limit, by: \.hits)
        rules = hits.names.map { Rule($0.0, $0.1) } + (hits.rest.hits > 0 ? [Rule(nil, hits.rest)] : [])
        users = People(totals.users, totals.limits.table)
        addresses = People(totals.addresses, totals.limits.table)
        quarantine = Quarantine(
            folders: named(totals.folders),
            released: totals.released,
            deleted: totals.removed,
            expired: totals.expired
        )
        slowest = totals.slowest.map { message in
            Slow(
                time: message.time?.text,
                session: message.session,
                user: message.user,
                number: message.number,
                rules_us: message.microseconds
            )
        }
        periods = report.periods.map {
            Period(period: $0.name, sessions: $0.sessions, messages: $0.messages, failures: $0.failures)
        }
    }
}
