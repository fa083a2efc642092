// One login that the relay carries out, as far as the session machine does not know it.
// Must not decide anything; the session does. Answers that come late are known by it.

import POP3
import SASL

/// From the client's credentials to the upstream's decision.
final class LoginAttempt {
    let query: LoginQuery
    /// Whose password is checked here.
    var account: Accounts.Account?
    /// What a directory was asked.
    var question: DirectoryQuestion?
    /// What opens the mailbox; nil where the client's own credentials do.
    var credential: Accounts.Credential?
    var upstream: RelayConfiguration.Upstream?
    /// At the upstream.
    var name: [UInt8]
    var mechanism: UpstreamMechanism?
    /// A password or a token.
    var secret: HeldSecret?
    var exchange: SASLClient?
    /// The server has refused a token already.
    var isRetry = false

    init(_ query: LoginQuery) {
        self.query = query
        name = query.user
    }

    var usesToken: Bool { if case .token = credential { true } else { false } }
}
