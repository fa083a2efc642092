// Which lines of an audit log a reader wants.

package import Audit
package import Patterns

/// What a reader asks for: of each kind one of several; what is empty does not matter.
package struct AuditFilter: Sendable, Equatable {
    /// The user's name.
    package var user: [Glob]
    /// A message's verdict, one of ``verdicts``.
    package var verdict: [String]
    /// A session's name, or how it begins.
    package var session: [String]
    /// An event's name, one of ``Sentence/events``.
    package var event: [String]
    /// Events that are left out.
    package var leftOut: Set<String>

    package init(
        user: [Glob] = [],
        verdict: [String] = [],
        session: [String] = [],
        event: [String] = [],
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
        if !event.isEmpty, !event.contains(record.event) { return false }
        if !verdict.isEmpty, record.text("verdict").map(verdict.contains) != true { return false }
        if !session.isEmpty, record.text("session").map({ session.contains(where: $0.hasPrefix) }) != true {
            return false
        }
        if user.isEmpty { return true }
        return record.text("user").map { name in user.contains { $0.matches(name.utf8) } } ?? false
    }

    /// Whether particular lines are asked for.
    var isParticular: Bool { !user.isEmpty || !verdict.isEmpty || !session.isEmpty || !event.isEmpty }
}
