// Signing in with a browser on any machine, by a code that is typed there (RFC 8628).
// Must not ask more often than the provider wants.

import HTTPClient

/// RFC 8628, 3.2; `verification_url` is what Google calls it.
private struct DeviceAnswer: Decodable {
    let device_code: String
    let user_code: String
    let verification_uri: String?
    let verification_url: String?
    let verification_uri_complete: String?
    let expires_in: LenientNumber?
    let interval: LenientNumber?
}

/// One sign-in.
package struct DeviceFlow: Sendable {
    /// Where the person goes, and what is to be typed there.
    package let address: String
    package let userCode: String
    /// The same as one address, where the provider has it.
    package let wholeAddress: String?
    private let endpoint: TokenEndpoint
    private let code: Secret
    private let lifetime: Duration
    private let interval: Int

    /// Asks for a code.
    package static func begin(_ endpoint: TokenEndpoint) async throws(OAuthFailure) -> DeviceFlow {
        guard let device = endpoint.provider.device else { throw .impossible("no device endpoint is known") }
        // The secret too: some providers want it here, and those that don't have given none.
        let response = try await endpoint.post(device, [("scope", endpoint.scope)], withSecret: true)
        return try DeviceFlow(endpoint, response.answer(DeviceAnswer.self, what: "the answer with the code"))
    }

    private init(_ endpoint: TokenEndpoint, _ answer: DeviceAnswer) throws(OAuthFailure) {
        func page(_ text: String?) -> String? { text.flatMap(HTTPURL.init).map { "\($0)" } }
        guard let code = Secret(answer.device_code),
            let address = page(answer.verification_uri ?? answer.verification_url)
        else { throw .malformed("the answer with the code makes no sense") }
        self.endpoint = endpoint
        self.address = address
        self.code = code
        userCode = ProviderWords.line(answer.user_code)
        wholeAddress = page(answer.verification_uri_complete)
        lifetime = .seconds(min(max(answer.expires_in?.value ?? 900, 1), 3600))
        interval = min(max(answer.interval?.value ?? Limits.interval, 1), Limits.longestInterval)
    }

    /// Asks until the person has signed in, refused, or let the code expire.
    package func grant(clock: some Clock<Duration> = ContinuousClock()) async throws(OAuthFailure) -> Grant {
        let end = clock.now.advanced(by: lifetime)
        var interval = interval
        while clock.now < end {
            guard (try? await clock.sleep(for: .seconds(interval))) != nil else { throw .expired }
            do throws(OAuthFailure) {
                return try await endpoint.grant([
                    ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code.text),
                ])
            } catch {
                switch error {
                case .refused(code: "authorization_pending", _): continue
                case .refused(code: "slow_down", _): interval = min(interval + 5, Limits.longestInterval)
                case .refused(code: "expired_token", _): throw .expired
                // RFC 8628, 3.5: more and more slowly.
                case .unavailable: interval = min(max(1, interval * 2), Limits.longestInterval)
                case .refused, .malformed, .expired, .impossible: throw error
                }
            }
        }
        throw .expired
    }
}
