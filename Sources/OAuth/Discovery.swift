// A provider's endpoints, as it publishes them (RFC 8414; OpenID Connect Discovery).
// Must not take another issuer's.

package import HTTPClient

private struct Metadata: Decodable {
    let issuer: String
    let token_endpoint: String
    let authorization_endpoint: String?
    let device_authorization_endpoint: String?
}

/// What is published at an issuer's well-known address.
package struct Discovery: Sendable, Equatable {
    package let issuer: String
    package let token: HTTPURL
    package let authorization: HTTPURL?
    package let device: HTTPURL?

    /// - Parameter issuer: an https URL without a query (RFC 8414, 2)
    package static func find(_ issuer: String, _ client: HTTPClient) async throws(OAuthFailure) -> Discovery {
        guard let url = HTTPURL(issuer), url.isPrivate, !url.target.contains("?") else {
            throw .impossible("an issuer is a URL of https without a query")
        }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let path = url.target == "/" ? "" : url.target
        let root = base.dropLast(base.hasSuffix(path) ? path.utf8.count : 0)
        let places = [
            "\(root)/.well-known/oauth-authorization-server\(path)", "\(base)/.well-known/openid-configuration",
        ]
        var failure = OAuthFailure.malformed("nothing is published there")
        for place in places.compactMap(HTTPURL.init) {
            do throws(OAuthFailure) {
                return try await read(place, issuer, client)
            } catch {
                if case .unavailable = error { throw error }
                failure = error
            }
        }
        throw failure
    }

    private static func read(
        _ place: HTTPURL,
        _ issuer: String,
        _ client: HTTPClient
    ) async throws(OAuthFailure) -> Discovery {
        var request = HTTPRequest(.get, place)
        request.fields = [("Accept", "application/json")]
        let answer = try await response(to: request, client).answer(
            Metadata.self,
            what: "what \(place.authority) publishes"
        )
        guard answer.issuer == issuer else {
            throw .malformed("\(place.authority) speaks for \(ProviderWords.line(answer.issuer))")
        }
        func endpoint(_ text: String?) -> HTTPURL? { text.flatMap(HTTPURL.init).flatMap { $0.isPrivate ? $0 : nil } }
        guard let token = endpoint(answer.token_endpoint) else {
            throw .malformed("\(place.authority) names no token endpoint")
        }
        return Discovery(
            issuer: issuer,
            token: token,
            authorization: endpoint(answer.authorization_endpoint),
            device: endpoint(answer.device_authorization_endpoint)
        )
    }
}
