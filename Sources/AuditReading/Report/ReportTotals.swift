// What a log comes to, counted as its lines are read.
// Must not keep lines, nor anything without a bound.

package import Audit

/// The sum of a log, or of its last days.
package struct ReportTotals: Sendable {
    /// What is counted of a user or an address.
    package struct Person: Countable {
        package var logins = 0
        package var failures = 0
        package var messages = 0
        package var octets = 0

        package init() {}

        package mutating func add(_ other: Person) {
            logins += other.logins
            failures += other.failures
            messages += other.messages
            octets += other.octets
        }

        package var weight: Int { logins + failures + messages }
    }

    /// What is counted of a rule.
    package struct Rule: Countable {
        package var hits = 0
        /// Of all rules at the messages that this one hit.
        package var microseconds = 0

        package init() {}

        package mutating func add(_ other: Rule) {
            hits += other.hits
            microseconds += other.microseconds
        }

        package var weight: Int { hits }
    }

    /// What happened in an hour.
    package struct Hour: Sendable {
        package var sessions = 0
        package var messages = 0
        package var failures = 0
    }

    /// A message whose rules took long.
    package struct SlowMessage: Sendable, Equatable {
        package let microseconds: Int
        package let time: AuditTime?
        package let session: String
        package let user: String
        package let number: Int
    }

    package let limits: ReportLimits

    package private(set) var lines = 0
    package private(set) var unreadable = 0
    package private(set) var first: AuditTime?
    package private(set) var last: AuditTime?

    package private(set) var sessions = 0
    package private(set) var refused = 0
    package private(set) var starts = 0
    package private(set) var logins = 0
    package private(set) var failedLogins = 0
    package private(set) var messages = 0
    package private(set) var octets = 0
    package private(set) var deletions = 0
    package private(set) var missingLines = 0
    package private(set) var removed = 0
    package private(set) var released = 0
    package private(set) var expired = 0

    package private(set) var users: TopCounts<String, Person>
    package private(set) var addresses: TopCounts<String, Person>
    package private(set) var verdicts: TopCounts<String, Int>
    package private(set) var rules: TopCounts<String, Rule>
    package private(set) var failures: TopCounts<String, Int>
    package private(set) var folders: TopCounts<String, Int>
    /// By hours since 1970; the oldest go when there are too many.
    package private(set) var hours: [Int: Hour] = [:]
    /// The slowest first.
    package private(set) var slowest: [SlowMessage] = []

    package init(limits: ReportLimits = ReportLimits()) {
        self.limits = limits
        users = TopCounts(limit: limits.names)
        addresses = TopCounts(limit: limits.names)
        verdicts = TopCounts(limit: limits.words)
        rules = TopCounts(limit: limits.names)
        failures = TopCounts(limit: limits.words)
        folders = TopCounts(limit: limits.words)
    }

    /// Lines of another time.
    package private(set) var leftOut = 0

    package mutating func addUnreadable() { unreadable += 1 }
    package mutating func leaveOut() { leftOut += 1 }

    package mutating func add(_ record: AuditRecord) {
        lines += 1
        if let time = record.time {
            // Clocks are set back, and files are read in any order.
            if first.map({ time < $0 }) ?? true { first = time }
            if last.map({ $0 < time }) ?? true { last = time }
        }
        switch record.event {
        case "session_opened":
            sessions += 1
            inHour(record) { $0.sessions += 1 }
        case "session_refused": refused += record.number("refusals") ?? 1
        case "service_started": starts += 1
        case "login_succeeded":
            logins += 1
            person(record) { $0.logins += 1 }
        case "login_failed": addFailedLogin(record)
        case "message": addMessage(record)
        case "message_ended": addOctets(record)
        case "session_closed": deletions += record.number("deletions") ?? 0
        case "released": released += 1
        case "removed": removed += 1
        case "expired": expired += record.number("messages") ?? 0
        case "audit_lost": missingLines += record.number("lines") ?? 0
        case "upstream_failed":
            fail(record, "upstream, \(record.text("phase") ?? "?"): \(record.text("reason") ?? "?")")
        case "protocol_violation": fail(record, "\(record.side), protocol: \(record.text("name") ?? "?")")
        case "store_failed": fail(record, "store")
        case "token_failed": fail(record, "token: \(record.text("reason") ?? "?")")
        case "rules_rejected", "settings_rejected", "certificates_rejected":
            fail(record, "reload: \(record.event.replacing("_", with: " "))")
        default: break
        }
    }
}

extension ReportTotals {
    private mutating func addFailedLogin(_ record: AuditRecord) {
        failedLogins += 1
        person(record) { $0.failures += 1 }
        let code = record.text("code").map { " [\($0)]" } ?? ""
        fail(record, "login, refused by \(record.side)\(code)")
    }

    private mutating func addMessage(_ record: AuditRecord) {
        messages += 1
        inHour(record) { $0.messages += 1 }
        person(record) { $0.messages += 1 }
        addOctets(record)
        verdicts.add(record.text("verdict") ?? "?") { $0 += 1 }
        let microseconds = record.number("rules_us") ?? 0
        for rule in record.list("rules") {
            let name = "\(rule["file"]?.text ?? "?"):\(rule["line"]?.number ?? 0)  \(rule["action"]?.text ?? "")"
            rules.add(name) { counts in
                counts.hits += 1
                counts.microseconds += microseconds
            }
        }
        for copy in record.list("quarantine") { folders.add(copy["folder"]?.text ?? "?") { $0 += 1 } }
        if record.text("failure") != nil { fail(record, "message: \(record.text("verdict") ?? "?")") }
        addSlow(record, microseconds)
    }

    private mutating func addOctets(_ record: AuditRecord) {
        guard let more = record.number("octets_out"), more > 0 else { return }
        octets += more
        person(record) { $0.octets += more }
    }

    private mutating func addSlow(_ record: AuditRecord, _ microseconds: Int) {
        guard microseconds > 0, slowest.count < limits.slowest || microseconds > slowest[slowest.count - 1].microseconds
        else { return }
        let message = SlowMessage(
            microseconds: microseconds,
            time: record.time,
            session: record.text("session") ?? "?",
            user: record.text("user") ?? "?",
            number: record.number("number") ?? 0
        )
        let place = slowest.firstIndex { $0.microseconds < microseconds } ?? slowest.count
        slowest.insert(message, at: place)
        if slowest.count > limits.slowest { slowest.removeLast() }
    }

    private mutating func fail(_ record: AuditRecord, _ cause: String) {
        failures.add(cause) { $0 += 1 }
        inHour(record) { $0.failures += 1 }
    }

    private mutating func person(_ record: AuditRecord, _ change: (inout Person) -> Void) {
        if let user = record.text("user") { users.add(user, change) }
        if let client = record.text("client") { addresses.add(client, change) }
    }

    private mutating func inHour(_ record: AuditRecord, _ change: (inout Hour) -> Void) {
        guard let time = record.time else { return }
        change(&hours[Int(time.seconds / 3_600), default: Hour()])
        if hours.count > limits.hours, let oldest = hours.keys.min() { hours[oldest] = nil }
    }
}
