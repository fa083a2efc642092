// Which lines of an audit log a person wants to see.
// Must not change or show them.

import Audit
import Relay

/// What the flags of `tail` ask for; what is nil does not matter.
struct TailFilter: Equatable {
    /// A pattern as in the routes of the settings: `*` any run, `?` one octet, ASCII case ignored.
    var user: String?
    /// A message's verdict.
    var verdict: String?
    /// A session's name, or how it begins.
    var session: String?
    /// An event's name.
    var event: String?

    func accepts(_ record: AuditRecord) -> Bool {
        if let event, record.event != event { return false }
        if let verdict, record.text("verdict") != verdict { return false }
        if let session, record.text("session")?.hasPrefix(session) != true { return false }
        guard let user else { return true }
        let route = RelayConfiguration.Route(user: user, upstream: "")
        return record.text("user").map { name in route.matches(Array(name.utf8)) } ?? false
    }
}
