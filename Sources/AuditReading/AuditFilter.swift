// Which lines of an audit log a reader wants.

package import Audit
package import Patterns

/// What a reader asks for; what is nil does not matter.
package struct AuditFilter: Sendable, Equatable {
    /// The user's name.
    package var user: Glob?
    /// A message's verdict, one of ``verdicts``.
    package var verdict: String?
    /// A session's name, or how it begins.
    package var session: String?
    /// An event's name, one of ``Sentence/events``.
    package var event: String?
    /// Events that are left out.
    package var leftOut: Set<String>

    package init(
        user: Glob? = nil,
        verdict: String? = nil,
        session: String? = nil,
        event: String? = nil,
        leftOut: Set<String> = []
    ) {
        self.user = user
        self.verdict = verdict
        self.session = session
        self.event = event
        self.leftOut = leftOut
    }

    /// The words for what rules decide about a message; the last is for one that broke off before.
    package static let verdicts = [
        "passed", "tagged", "rewritten", "discarded", "quarantined", "rejected", "released", "failed", "postponed",
        "unjudged", "truncated", "undecided",
    ]

    package func accepts(_ record: AuditRecord) -> Bool {
        if leftOut.contains(record.event) { return false }
        if let event, record.event != event { return false }
        if let verdict, record.text("verdict") != verdict { return false }
        if let session, record.text("session")?.hasPrefix(session) != true { return false }
        guard let user else { return true }
        return record.text("user").map { name in user.matches(name.utf8) } ?? false
    }

    /// Whether particular lines are asked for.
    var isParticular: Bool { user != nil || verdict != nil || session != nil || event != nil }
}
