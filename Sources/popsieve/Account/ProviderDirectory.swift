// The providers of the settings, each with its endpoints, which are asked for once where the settings don't say them.
// Must not keep tokens.

import HTTPClient
import OAuth

actor ProviderDirectory {
    private let providers: [String: ConfiguredProvider]
    private let client: HTTPClient
    private var found: [String: Discovery] = [:]

    init(_ providers: [ConfiguredProvider], _ client: HTTPClient) {
        self.providers = Dictionary(providers.map { ($0.setting.name, $0) }) { first, _ in first }
        self.client = client
    }

    func endpoint(_ name: String) async throws(OAuthFailure) -> TokenEndpoint {
        guard let configured = providers[name] else {
            throw .impossible("the settings have no provider \"\(name)\" under oauth")
        }
        return TokenEndpoint(try configured.provider(try await discovery(configured)), client)
    }

    private func discovery(_ configured: ConfiguredProvider) async throws(OAuthFailure) -> Discovery? {
        guard configured.needsDiscovery, let issuer = configured.setting.issuer else { return nil }
        if let discovery = found[issuer] { return discovery }
        let discovery = try await Discovery.find(issuer, client)
        found[issuer] = discovery
        return discovery
    }
}
