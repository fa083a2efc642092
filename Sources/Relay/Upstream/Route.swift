// Which upstream a user belongs to, and as whom.
// Must not look anything up outside the settings: a host that they do not name is never dialled.

import Patterns
import Transport

extension RelayConfiguration {
    /// Popsieve is the server until it knows the user; if not, the only upstream answers itself.
    var leadsLogins: Bool {
        !routes.isEmpty || !accounts.isEmpty || directory != nil || upstreams.contains { $0.logins != nil }
    }

    /// The upstream for a user, or the only one for everybody; nil where no route matches.
    func upstream(for user: [UInt8]?) -> Upstream? {
        guard !routes.isEmpty, let user else { return upstreams.first }
        return destination(for: user)?.upstream
    }

    /// The upstream of a user without an account, with his name there where it is another; nil where no route matches.
    package func destination(for user: [UInt8]) -> (upstream: Upstream, name: [UInt8]?)? {
        guard !routes.isEmpty else { return accounts.isEmpty ? upstreams.first.map { ($0, nil) } : nil }
        guard let route = routes.first(where: { $0.user.matches(user) }),
            let upstream = upstreams.first(where: { $0.name == route.upstream })
        else { return nil }
        guard let rewriting = route.name else { return (upstream, nil) }
        return rewriting.name(for: user).map { (upstream, $0) }
    }

    /// The upstream of an account.
    package func upstream(of account: Accounts.Account, _ user: [UInt8]) -> Upstream? {
        guard let name = account.upstream else { return upstreams.count == 1 ? upstreams[0] : upstream(for: user) }
        return upstreams.first { $0.name == name }
    }

    /// What CAPA offers where Popsieve leads logins. Programs take the strongest of it, so SCRAM, which the upstream has to
    /// know, is offered only where the settings say of every upstream that it does; and where nobody has another name there,
    /// which its proofs are bound to.
    var offeredMechanisms: [String] {
        guard directory == nil, accounts.isEmpty || !routes.isEmpty else { return ["PLAIN", "LOGIN"] }
        let scram = [UpstreamMechanism.scramSHA256, .scramSHA1].filter { mechanism in
            accounts.isEmpty && routes.allSatisfy { $0.name == nil }
                && upstreams.allSatisfy { $0.logins?.contains(mechanism) == true }
        }
        return scram.map { $0.rawValue.uppercased() } + ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]
    }
}

extension RelayConfiguration.Upstream {
    /// As far as it is known before it is dialled, nobody can listen.
    var isConfidential: Bool {
        if case .socket? = places.first { return true }
        return encryption != .none || host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
