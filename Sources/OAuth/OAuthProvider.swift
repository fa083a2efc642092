// Who gives tokens, and as which client it knows us (RFC 6749).
// Must not hold what a person has been given.

package import HTTPClient

/// A provider's endpoints, and this client's name there.
package struct OAuthProvider: Sendable, Equatable {
    /// How an account comes to its first token.
    package enum Flow: String, Sendable, CaseIterable {
        /// A browser on this machine, or one whose last address is pasted (RFC 6749, 4.1; RFC 8252).
        case code
        /// A browser anywhere (RFC 8628).
        case device
        /// No person at all: the client itself may read mail (RFC 6749, 4.4).
        case clientCredentials = "client-credentials"
    }

    package var token: HTTPURL
    package var authorization: HTTPURL?
    package var device: HTTPURL?
    /// Who must be named in the answer to an authorization (RFC 9207), where that is known.
    package var issuer: String?
    package var clientID: String
    package var clientSecret: Secret?
    package var scopes: [String]
    package var flow = Flow.code
    /// What this provider wants beside the standard to give a refresh token.
    package var authorizationParameters: [String: String] = [:]
    /// The name of this machine in the redirect address that is registered there.
    package var redirectHost = "127.0.0.1"

    package init(token: HTTPURL, clientID: String, scopes: [String]) {
        self.token = token
        self.clientID = clientID
        self.scopes = scopes
    }
}

/// What a provider has given.
package struct Grant: Sendable, Equatable {
    package var accessToken: Secret
    /// Nil: the one that there is stays good.
    package var refreshToken: Secret?
    /// From the answer on.
    package var lifetime: Duration
    /// What may be done with it, where that is less or other than was asked for.
    package var scope: String?
}

/// Why there is no token, and whose fault that is.
package enum OAuthFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// It can't be reached, or can't answer now.
    case unavailable(String)
    /// It says no: the error's code (RFC 6749, 5.2) and its words.
    case refused(code: String, words: String)
    /// What it says makes no sense.
    case malformed(String)
    /// The person did not come back in time.
    case expired
    /// This can't be done with what the settings say.
    case impossible(String)

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .refused(let code, let words): words.isEmpty ? code : "\(code): \(words)"
        case .malformed(let what): what
        case .expired: "nobody has signed in in time"
        case .impossible(let reason): reason
        }
    }

    /// Asking again with the same will not help; a person has to sign in.
    package var needsPerson: Bool {
        guard case .refused(let code, _) = self else { return false }
        return ["invalid_grant", "interaction_required", "consent_required", "login_required"].contains(code)
    }
}
