// Whose mailbox the doctor opens, and with what: as the relay would.
// Must not show a secret.

import Audit
import Patterns
import Relay

/// A user, and what opens his mailbox.
struct LoginTarget {
    enum Credential {
        case password(HeldSecret)
        /// An access token of this account.
        case token(String)
    }

    let user: String
    /// At the upstream.
    let name: [UInt8]
    /// The same for people; a directory may put into it what was said in confidence.
    var shownName: String
    let upstream: RelayConfiguration.Upstream
    /// Nil: the password has to be asked for.
    var credential: Credential?
    /// What the settings say of him; nil: he has no account, and a route leads to the upstream.
    let account: Settings.Account?

    var usesToken: Bool { if case .token = credential { true } else { false } }

    /// Somebody whom a directory knows, or a server that takes his password.
    init(
        _ user: String,
        at upstream: RelayConfiguration.Upstream,
        as name: [UInt8]?,
        _ credential: Credential
    ) {
        (self.user, self.upstream, self.credential, account) = (user, upstream, credential, nil)
        self.name = name ?? Array(user.utf8)
        shownName = String(decoding: self.name, as: UTF8.self)
    }

    /// - Throws: where nobody gets in by that name
    init(_ user: String, _ configuration: RelayConfiguration, _ settings: Settings) throws(Complaint) {
        self.user = user
        let octets = Array(user.utf8)
        if let match = configuration.accounts.match(octets) {
            let name = match.account.name.map { $0.name(for: octets) ?? [] } ?? octets
            guard let upstream = configuration.upstream(of: match.account, octets), !name.isEmpty else {
                throw Complaint("the account \"\(user)\" leads to no upstream", "see its \"upstream\" and the routes")
            }
            (self.upstream, self.name) = (upstream, name)
            shownName = String(decoding: name, as: UTF8.self)
            account = settings.accounts.first { $0.user.lowercased() == match.account.user.text.lowercased() }
            credential =
                switch match.account.credential {
                case .password(let secret): .password(secret)
                case .token(let name): .token(name)
                }
            return
        }
        guard let (upstream, name) = configuration.destination(for: octets) else {
            throw Self.unknown(user, settings)
        }
        (self.upstream, self.name) = (upstream, name ?? octets)
        shownName = String(decoding: self.name, as: UTF8.self)
        account = nil
    }

    private static func unknown(_ user: String, _ settings: Settings) -> Complaint {
        let names = settings.accounts.map(\.user)
        let near = names.nearest(to: user).map { "did you mean \"\($0)\"?" }
        let known = names.isEmpty ? "add a route for it" : "known: \(names.prefix(10).joined(separator: ", "))"
        return Complaint("no account and no route is for the user \"\(user)\"", near ?? known)
    }

    /// In words.
    var remark: Remark {
        let by =
            switch credential {
            case .password: "with the password in \"secret\""
            case .token(let account): "with a token of \(account)"
            case nil: "with the password that was given"
            }
        return Remark("\(user) logs in at \(upstream.name)\(shownName == user ? "" : " as \(shownName)"), \(by)")
    }

    /// What is to be looked at where the server refuses the login.
    var remedy: String {
        guard let account else { return "see whether user and password are right there" }
        switch credential {
        case .token(let name): return "sign in again: popsieve account renew \(name)"
        case .password, nil:
            let place = account.places["secret"]
            return "see \"secret\" (\(place)) and \"as\": they are the provider's user and password"
        }
    }
}
