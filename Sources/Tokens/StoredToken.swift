// What is kept of an account between two runs.
// Must not be printable; its encoding is only ever encrypted.

import FoundationEssentials
package import OAuth

/// The tokens of an account.
package struct StoredToken: Sendable, Equatable {
    /// The name of the provider in the settings.
    package var provider: String
    /// Whose mailbox it is.
    package var user: String
    package var refreshToken: Secret?
    package var accessToken: Secret?
    /// Seconds since 1970 by the clock of the machine; an account's access token may be no good earlier or later.
    package var expires: Int64
    /// Why somebody has to sign in again; nil while nobody has to.
    package var trouble: String?

    package init(
        provider: String,
        user: String,
        refreshToken: Secret? = nil,
        accessToken: Secret? = nil,
        expires: Int64 = 0,
        trouble: String? = nil
    ) {
        self.provider = provider
        self.user = user
        self.refreshToken = refreshToken
        self.accessToken = accessToken
        self.expires = expires
        self.trouble = trouble
    }
}

/// All accounts as JSON, which nobody sees: it is encrypted.
enum TokenText {
    private struct Record: Codable {
        var provider: String
        var user: String
        var refresh: String?
        var access: String?
        var expires: Int64
        var trouble: String?
    }

    static func encode(_ tokens: [String: StoredToken]) -> [UInt8]? {
        let records = tokens.mapValues { token in
            Record(
                provider: token.provider,
                user: token.user,
                refresh: token.refreshToken?.text,
                access: token.accessToken?.text,
                expires: token.expires,
                trouble: token.trouble
            )
        }
        return (try? JSONEncoder().encode(records)).map(Array.init)
    }

    static func decode(_ octets: [UInt8]) -> [String: StoredToken]? {
        (try? JSONDecoder().decode([String: Record].self, from: Data(octets)))?.mapValues { record in
            StoredToken(
                provider: record.provider,
                user: record.user,
                refreshToken: record.refresh.flatMap(Secret.init),
                accessToken: record.access.flatMap(Secret.init),
                expires: record.expires,
                trouble: record.trouble
            )
        }
    }
}
