// Users whose password Popsieve checks itself, and what it logs in with upstream for them.
// Must not check anything, nor be printable where secrets are.

package import NIOCore
package import Passwords
package import Patterns

/// Something that opens a mailbox; no log may have it.
package struct HeldSecret: Equatable, Sendable, CustomReflectable, CustomStringConvertible {
    package let octets: [UInt8]

    package init(_ octets: [UInt8]) {
        self.octets = octets
    }

    package var description: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where access tokens (RFC 6749) come from.
package protocol TokenSource: Sendable {
    /// A token of an account, now or later, on `loop`.
    ///
    /// - Parameter refused: one that the server did not take: another is wanted
    /// - Returns: fails with `TokenFailure`
    func token(
        of account: String,
        insteadOf refused: HeldSecret?,
        on loop: any EventLoop
    ) -> EventLoopFuture<HeldSecret>
}

/// Why there is no token.
package struct TokenFailure: Error, Equatable, Sendable {
    /// For the audit log, without secrets.
    package var reason: String
    /// It may be there later; if not, somebody has to do something.
    package var isTemporary: Bool

    package init(reason: String, isTemporary: Bool) {
        self.reason = reason
        self.isTemporary = isTemporary
    }
}

/// Users with passwords of Popsieve's own.
package struct Accounts: Sendable {
    package struct Account: Sendable {
        package var user: Glob
        /// Nil: it stands in the file of passwords.
        package var password: PasswordHash?
        /// Name of one of the upstreams; nil: by the routes, or the only one.
        package var upstream: String?
        /// At the upstream; nil: the same.
        package var name: NameRewriting?
        package var credential: Credential

        package init(user: Glob, credential: Credential) {
            self.user = user
            self.credential = credential
        }
    }

    /// What opens the mailbox at the upstream.
    package enum Credential: Sendable {
        case password(HeldSecret)
        /// An access token of this account of the token source's.
        case token(account: String)
    }

    /// An account, and what its user's password is checked by; nil: he has none.
    package struct Match {
        package let account: Account
        package let hash: PasswordHash?
    }

    private var named: [[UInt8]: Account] = [:]
    /// In their order.
    private var patterns: [Account] = []
    private let file: PasswordFile
    /// Is checked for users who are not there: it takes as long.
    let decoy: PasswordHash?

    /// - Parameter file: hashes of users that the accounts do not give
    package init(_ accounts: [Account] = [], passwords file: PasswordFile = PasswordFile()) {
        for account in accounts {
            if account.user.isPlain {
                let key = Self.key(account.user.text.utf8)
                named[key] = named[key] ?? account
            } else {
                patterns.append(account)
            }
        }
        self.file = file
        decoy = accounts.lazy.compactMap(\.password).first ?? file.any
    }

    package var isEmpty: Bool { named.isEmpty && patterns.isEmpty }

    /// A name before a pattern.
    package func match(_ user: [UInt8]) -> Match? {
        guard !isEmpty else { return nil }
        let account = named[Self.key(user)] ?? patterns.first { $0.user.matches(user) }
        return account.map { Match(account: $0, hash: $0.password ?? file[user]) }
    }

    private static func key(_ name: some Sequence<UInt8>) -> [UInt8] {
        name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
