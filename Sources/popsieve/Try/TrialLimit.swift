// What the relay would do to a message because of its size, under settings that count whatever listener it comes by.
// Must not ask a rule.

import Patterns
import Relay

/// A size limit that a message is beyond.
struct TrialLimit {
    let policy: SizePolicy
    /// Octets that would not be too large.
    let octets: Int
    /// Such as `size-limit`.
    let setting: String
    let place: Place
    /// Some listener has a limit of its own.
    var dependsOnListener = false

    /// The verdict in one word, as the audit log would have it.
    var word: String {
        switch policy.outcome {
        case .error, .notice: "rejected"
        case .truncate: "truncated"
        case .pass: "unjudged"
        }
    }

    /// What the client gets.
    var delivery: String {
        switch policy.outcome {
        case .error: "an error"
        case .notice: "a notice in place of the message"
        case .truncate: "the header, \(policy.lines) lines of the body and a note"
        case .pass: "the message, with X-Popsieve-Unjudged in its header"
        }
    }
}

extension Settings {
    /// The limit that a message is beyond; nil if it is beyond none.
    ///
    /// - Parameters:
    ///   - octets: the message's
    ///   - isHeld: rules have looked at all of it
    func limit(of octets: Int, isHeld: Bool, user: String?) -> TrialLimit? {
        let found = sizeLimit(for: user)
        if let found, let most = found.policy.octets {
            guard octets > most else { return heldLimit(of: octets, isHeld, found.policy) }
            var limit = TrialLimit(policy: found.policy, octets: most, setting: "size-limit", place: found.place)
            limit.dependsOnListener = !found.isOfUser && listeners.contains { $0.sizeLimit != nil }
            return limit
        }
        return heldLimit(of: octets, isHeld, found?.policy)
    }

    /// What rules want to see whole has to be held.
    private func heldLimit(of octets: Int, _ isHeld: Bool, _ policy: SizePolicy?) -> TrialLimit? {
        let most = limits.holding.message
        guard isHeld, octets > most else { return nil }
        let place = holdingPlaces?["message"] ?? places.section
        return TrialLimit(policy: policy ?? SizePolicy(), octets: most, setting: "holding.message", place: place)
    }

    /// A user's limit, else an upstream's, else the general one.
    private func sizeLimit(for user: String?) -> (policy: SizePolicy, place: Place, isOfUser: Bool)? {
        if let user, let own = users.first(where: { $0.sizeLimit != nil && Glob($0.user).matches(user.utf8) }),
            let policy = own.sizeLimit
        {
            return (policy, own.places["size-limit"], true)
        }
        if let upstream = upstream(of: user), let policy = upstream.sizeLimit {
            return (policy, upstream.places["size-limit"], false)
        }
        return sizeLimit.map { ($0, places["size-limit"], false) }
    }

    /// The only one, or the user's.
    private func upstream(of user: String?) -> Upstream? {
        if upstreams.count < 2 { return upstreams.first }
        let route = routes.first { Glob($0.user).matches((user ?? "").utf8) }
        return upstreams.first { $0.name == route?.upstream }
    }
}
