// The providers of the settings, each with its endpoints, which are asked for once where the settings don't say them.
// Must not keep tokens.

import HTTPClient
import NIOCore
import OAuth

actor ProviderDirectory {
    private let providers: [String: ConfiguredProvider]
    private let clients: [String: HTTPClient]
    private var found: [String: Discovery] = [:]

    init(_ providers: [ConfiguredProvider], on group: any EventLoopGroup, proxy: HTTPProxy?) {
        self.providers = Dictionary(providers.map { ($0.setting.name, $0) }) { first, _ in first }
        clients = self.providers.mapValues { HTTPClient(on: group, context: $0.context, proxy: proxy) }
    }

    func endpoint(_ name: String) async throws(OAuthFailure) -> TokenEndpoint {
        guard let configured = providers[name], let client = clients[name] else {
            throw .impossible("the settings have no provider \"\(name)\" under oauth")
        }
        return TokenEndpoint(try configured.provider(try await discovery(configured, client)), client)
    }

    private func discovery(
        _ configured: ConfiguredProvider,
        _ client: HTTPClient
    ) async throws(OAuthFailure) -> Discovery? {
        guard configured.needsDiscovery, let issuer = configured.setting.issuer else { return nil }
        if let discovery = found[issuer] { return discovery }
        let discovery = try await Discovery.find(issuer, client)
        found[issuer] = discovery
        return discovery
    }
}
