// Signing in with a browser whose last address brings a code (RFC 6749, 4.1; RFC 8252; PKCE, RFC 7636).
// Must not believe an address that does not carry this sign-in's state.

import HTTPClient

/// One sign-in.
package struct CodeFlow: Sendable {
    private let endpoint: TokenEndpoint
    private let redirect: String
    private let state = RandomText.make()
    private let proof: ProofKey
    private let authorization: HTTPURL

    /// - Parameter redirect: where the browser ends, such as `http://127.0.0.1:PORT/`
    package init(_ endpoint: TokenEndpoint, redirect: String) throws(OAuthFailure) {
        guard let authorization = endpoint.provider.authorization else {
            throw .impossible("no authorization endpoint is known")
        }
        guard let proof = ProofKey() else { throw .impossible("OpenSSL may not compute SHA-256 here") }
        self.endpoint = endpoint
        self.redirect = redirect
        self.proof = proof
        self.authorization = authorization
    }

    /// Where the person has to go.
    ///
    /// - Parameter hint: the address of the mailbox, so that the right one of several is asked for
    package func address(hint: String?) -> String {
        let provider = endpoint.provider
        var values = [
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirect),
            ("scope", endpoint.scope), ("state", state), ("code_challenge", proof.challenge),
            ("code_challenge_method", "S256"),
        ]
        values += provider.authorizationParameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let hint { values.append(("login_hint", hint)) }
        let separator = authorization.target.contains("?") ? "&" : "?"
        return "\(authorization)\(separator)\(URLQuery.text(values.map { (name: $0.0, value: $0.1) }))"
    }

    /// What a browser was sent to.
    package enum Arrival: Equatable, Sendable {
        case code(Secret)
        case refused(OAuthFailure)
        /// Nothing of this sign-in.
        case foreign
    }

    /// Reads the query of an address at which a browser has arrived.
    package func arrival(query: Substring) -> Arrival {
        guard let values = URLQuery.values(query), values["state"] == state else { return .foreign }
        // Two providers must not be taken for each other (RFC 9207).
        if let issuer = values["iss"], let expected = endpoint.provider.issuer, issuer != expected { return .foreign }
        if let error = values["error"] {
            let words = ProviderWords.line(values["error_description"] ?? "")
            return .refused(.refused(code: ProviderWords.line(error), words: words))
        }
        return values["code"].flatMap(Secret.init).map { .code($0) } ?? .refused(.malformed("there is no code"))
    }

    /// The same of a whole address that somebody has pasted.
    package func arrival(address: String) -> Arrival {
        guard let mark = address.firstIndex(of: "?"), address.utf8.count <= Limits.redirect else { return .foreign }
        let query = address[address.index(after: mark)...].prefix { $0 != "#" && !$0.isWhitespace }
        return arrival(query: query)
    }

    package func grant(for code: Secret) async throws(OAuthFailure) -> Grant {
        try await endpoint.grant([
            ("grant_type", "authorization_code"), ("code", code.text), ("redirect_uri", redirect),
            ("code_verifier", proof.verifier.text),
        ])
    }
}
