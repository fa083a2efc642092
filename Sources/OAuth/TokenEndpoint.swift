// What a provider's token endpoint is asked (RFC 6749).
// Must not keep tokens, nor ask twice.

package import HTTPClient

/// A provider as this client asks it.
package struct TokenEndpoint: Sendable {
    package let provider: OAuthProvider
    let client: HTTPClient

    package init(_ provider: OAuthProvider, _ client: HTTPClient) {
        self.provider = provider
        self.client = client
    }

    /// A new access token for a refresh token (RFC 6749, 6).
    package func refresh(_ token: Secret) async throws(OAuthFailure) -> Grant {
        // Without a scope, it is what was granted.
        try await grant([("grant_type", "refresh_token"), ("refresh_token", token.text)])
    }

    /// For the client itself (RFC 6749, 4.4).
    package func clientCredentials() async throws(OAuthFailure) -> Grant {
        guard provider.clientSecret != nil else { throw .impossible("client credentials need a client secret") }
        return try await grant([("grant_type", "client_credentials"), ("scope", scope)])
    }

    var scope: String { provider.scopes.joined(separator: " ") }

    func grant(_ values: [(name: String, value: String)]) async throws(OAuthFailure) -> Grant {
        try await post(provider.token, values, withSecret: true).grant
    }

    func post(
        _ url: HTTPURL,
        _ values: [(name: String, value: String)],
        withSecret: Bool
    ) async throws(OAuthFailure) -> HTTPResponse {
        guard url.isPrivate else { throw .impossible("\(url.authority) would hear secrets in plain text") }
        var values = values + [("client_id", provider.clientID)]
        if withSecret, let secret = provider.clientSecret { values.append(("client_secret", secret.text)) }
        var response = try await response(to: .form(url, values), client)
        if response.status != 200 { response.hide(values) }
        return response
    }
}

extension HTTPResponse {
    /// What a request says that everybody may know.
    private static let known: Set = ["client_id", "grant_type", "scope", "redirect_uri"]

    /// Takes out of a refusal what it quotes of the request's secrets.
    fileprivate mutating func hide(_ values: [(name: String, value: String)]) {
        var text = String(decoding: body, as: UTF8.self)
        for (name, value) in values where !Self.known.contains(name) && value.count >= 4 {
            for form in [value, URLQuery.encode(value)] { text = text.replacing(form, with: "[secret]") }
        }
        body = Array(text.utf8)
    }
}

/// The same with the failures of this target.
func response(to request: HTTPRequest, _ client: HTTPClient) async throws(OAuthFailure) -> HTTPResponse {
    do throws(HTTPFailure) {
        return try await client.response(to: request)
    } catch {
        switch error {
        case .malformed, .tooLarge: throw .malformed("\(request.url.authority): \(error)")
        case .unreachable, .untrusted, .proxyRefused, .timedOut, .cut, .cancelled:
            throw .unavailable("\(request.url.authority): \(error)")
        }
    }
}
