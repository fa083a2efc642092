// Why a login gets no token, and what happens to tokens that operators want to know.
// Must not name a token.

/// Why there is no token for an account.
package enum TokenProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The store has no such account.
    case unknown
    /// Somebody has to sign in again: the provider's reason.
    case needsPerson(String)
    /// Not now: the provider, the network, the store or the settings.
    case unavailable(String)
    /// The server refuses a token that is new.
    case refused

    package var description: String {
        switch self {
        case .unknown: "nobody has signed in for this account"
        case .needsPerson(let reason): "somebody has to sign in again: \(reason)"
        case .unavailable(let reason): reason
        case .refused:
            "the server refuses a new token: is POP switched on for the mailbox?"
        }
    }

    /// Trying again later may help, without anybody doing anything.
    package var isTemporary: Bool { if case .unavailable = self { true } else { false } }
}

/// What has happened to an account's tokens.
package enum TokenEvent: Equatable, Sendable {
    case refreshed(account: String, lifetime: Duration)
    case failed(account: String, TokenProblem)
}

/// The two clocks. Times in files are the machine's, which may be wrong; all others are of the one that only goes forward.
package struct TokenClock: Sendable {
    /// Seconds since 1970.
    package var wall: @Sendable () -> Int64
    package var now: @Sendable () -> ContinuousClock.Instant

    package init(
        wall: @escaping @Sendable () -> Int64,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.wall = wall
        self.now = now
    }
}
