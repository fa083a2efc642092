// What becomes of messages that are too large: how large that is, and what the client gets.
// Must not know a message: only its octets are asked for.

import POP3
package import Patterns

/// A bound for messages, and what becomes of one that is larger. The most special one counts: a user's, then a
/// listener's, then an upstream's, then the general one.
package struct SizePolicy: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// `-ERR [SYS/PERM]`; several clients stop there, at every poll.
        case error
        /// A notice in its place.
        case notice
        /// Its header and its first lines, with a note.
        case truncate
        /// The message, with a header field that says that no rule has looked at it.
        case pass
    }

    /// What is larger is too large; nil: only what can't be held for rules that want all of it.
    package var octets: Int?
    package var outcome = Outcome.notice
    /// Of the body, where it is truncated.
    package var lines = 100
    /// DELE is passed on though the client did not get the message whole.
    package var isDeletable = false

    package init() {}

    /// A client that deletes what it has fetched deletes it without having it. Who was told an error knows what it does.
    var staysOnServer: Bool { (outcome == .notice || outcome == .truncate) && !isDeletable }

    /// The client may get something else than the message, which then stays on the server. Also where it is told an error:
    /// in the middle of a message there is none.
    var mayLeaveUndelivered: Bool { octets != nil && outcome != .pass && !isDeletable }

    /// What the session machine is to do about such messages; nil where their size alone says nothing.
    var oversize: SessionMachine.Oversize? {
        guard let octets else { return nil }
        let fetch: SessionMachine.Oversize.Fetch =
            switch outcome {
            case .error, .notice: .header
            case .truncate: .lines(lines)
            case .pass: .whole
            }
        return SessionMachine.Oversize(octets: octets, fetch: fetch, staysOnServer: staysOnServer)
    }

    /// A user's own.
    package struct OfUser: Sendable {
        package var user: Glob
        package var policy: SizePolicy

        package init(user: String, policy: SizePolicy) {
            self.user = Glob(user)
            self.policy = policy
        }
    }
}

extension RelayConfiguration {
    /// What counts for a session; nil where nobody has set anything.
    func sizePolicy(user: [UInt8]?, listener: SizePolicy?, upstream: String?) -> SizePolicy? {
        if let user, let own = userSizePolicies.first(where: { $0.user.matches(user) }) { return own.policy }
        if let listener { return listener }
        return upstreams.first { $0.name == upstream }?.sizePolicy ?? sizePolicy
    }
}
