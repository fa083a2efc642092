// Whose message is meant, and under which rules it was judged.
// Must not hold a password, nor anything of a message.

/// A maildrop's owner.
package struct Account: Sendable, Hashable {
    /// The upstream's name in the settings.
    package let upstream: String
    /// As the server was told.
    package let user: [UInt8]

    package init(upstream: String, user: [UInt8]) {
        self.upstream = upstream
        self.user = user
    }
}

/// What a verdict depends on besides the message: a digest of rules, lists and the scanners that are set up.
package struct Fingerprint: Sendable, Hashable {
    package static let count = 32

    package let octets: [UInt8]

    /// Nil unless there are 32 octets.
    package init?(_ octets: [UInt8]) {
        guard octets.count == Self.count else { return nil }
        self.octets = octets
    }
}

/// Which verdict is meant. A message without a UIDL can't be known again: nothing is asked or remembered of it.
package struct VerdictKey: Sendable, Hashable {
    package let account: Account
    package let uidl: [UInt8]
    package let fingerprint: Fingerprint

    package init(account: Account, uidl: [UInt8], fingerprint: Fingerprint) {
        self.account = account
        self.uidl = uidl
        self.fingerprint = fingerprint
    }
}

extension Account {
    var isWithinLimits: Bool {
        upstream.utf8.count <= StoreLimits.valueOctets && user.count <= StoreLimits.valueOctets
    }
}

extension VerdictKey {
    var isWithinLimits: Bool { account.isWithinLimits && uidl.count <= StoreLimits.valueOctets }
}
