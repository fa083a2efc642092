// By what Popsieve logs in upstream: the strongest that the server offers, or as the settings say.
// Must not say a word of it: the SASL client and the session machine do.

package import POP3
package import SASL

/// A way to log in, by the name that settings give it.
package enum UpstreamMechanism: String, Sendable, CaseIterable {
    case scramSHA256 = "scram-sha-256"
    case scramSHA1 = "scram-sha-1"
    case cramMD5 = "cram-md5"
    case apop
    case plain
    case login
    /// USER and PASS.
    case user
    case xoauth2
    case oauthBearer = "oauthbearer"

    /// With a password. APOP's digest of a stamp that the server chooses gives more away than any other (RFC 6151), so in
    /// TLS the clear ones come before it.
    private static let passwords: [Self] = [.scramSHA256, .scramSHA1, .cramMD5, .plain, .login, .user, .apop]
    /// With a token. Exchange has the first only.
    private static let tokens: [Self] = [.xoauth2, .oauthBearer]

    package var takesToken: Bool { Self.tokens.contains(self) }

    /// Whoever listens has the password.
    package var isClear: Bool { [.plain, .login, .user].contains(self) || takesToken }

    /// Nil for what is no SASL.
    package var sasl: SASLMechanism? { SASLMechanism(rawValue: rawValue.uppercased()) }

    /// The first that the server offers and that will do.
    ///
    /// - Parameters:
    ///   - setting: those that are allowed, in order; a clear one that is named is meant
    ///   - isConfidential: nobody can listen
    package static func choice(
        of offer: LoginOffer,
        _ setting: [Self]?,
        withToken: Bool,
        isConfidential: Bool
    ) -> Self? {
        let candidates = (setting ?? (withToken ? tokens : passwords)).filter { $0.takesToken == withToken }
        return candidates.first { candidate in
            (setting != nil || isConfidential || !candidate.isClear) && candidate.isOffered(by: offer, setting != nil)
        }
    }

    private func isOffered(by offer: LoginOffer, _ isNamed: Bool) -> Bool {
        switch self {
        case .user: offer.takesUser || isNamed
        case .apop: offer.stamp != nil
        default:
            // A server that lists nothing may know something all the same, as Exchange does.
            offer.mechanisms?.contains(rawValue.uppercased()) ?? isNamed
                || takesToken && offer.mechanisms?.isEmpty != false
        }
    }
}
