// Providers of access tokens, and the file of tokens: what the settings say of them.
// Must not read a secret or ask a provider; OAuthLoader and ProviderDirectory do.

import Foundation
import HTTPClient
import OAuth
import Yams

extension Settings {
    /// Who gives tokens; well-known ones need no endpoints.
    struct Provider {
        var name: String
        var clientID: String
        /// A file, or a variable of the environment.
        var clientSecret: String?
        /// The organisation at a provider of many.
        var tenant: String?
        var issuer: String?
        var authorization: HTTPURL?
        var token: HTTPURL?
        var device: HTTPURL?
        /// Nil: the usual ones.
        var scopes: [String]?
        var signIn: OAuthProvider.Flow?
        var redirectHost: String?
        /// PEM file with the roots to trust; the system's where it is nil.
        var ca: String?
        var places = Places(.program)

        var wellKnown: WellKnownOAuth? { WellKnownOAuth.named(name) }
    }

    /// Where tokens are kept.
    struct TokenStorage {
        /// Nil: the default place.
        var file: String?
        /// What it is encrypted with; nil: a file beside it, which `popsieve account` makes.
        var key: String?
        /// The one before.
        var oldKey: String?
        var places = Places(.program)
    }

    /// Accounts that need one.
    var tokenAccounts: [Account] { accounts.filter { $0.token != nil } }

    /// The file in force; nil where the default place can't be told.
    func tokenFile(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        tokens.file ?? Self.stateFolder(environment).map { "\($0)/tokens" }
    }

    func tokenKey(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        tokens.key ?? tokenFile(environment).map { $0 + ".key" }
    }

    func checkOAuth(_ findings: FindingList) {
        for provider in providers {
            if provider.token == nil, provider.issuer == nil, provider.wellKnown == nil,
                !provider.places.leavesOpen("issuer")
            {
                let near = WellKnownOAuth.all.map(\.name).nearest(to: provider.name).map { "did you mean \($0)?" }
                let message = "where \"\(provider.name)\" gives tokens is not known"
                let fix = near ?? "add issuer: https://id.example.com, or token-endpoint: with the others"
                findings.error(provider.places.section, message, fix)
            }
            if provider.tenant != nil, provider.wellKnown?.token.contains("{tenant}") != true {
                findings.error(provider.places["tenant"], "\"\(provider.name)\" has no tenants", "take it away")
            }
            if provider.signIn == .clientCredentials, provider.clientSecret == nil,
                !provider.places.leavesOpen("client-secret")
            {
                let fix = "add client-secret: FILE, credential:NAME or env:NAME"
                findings.error(provider.places["sign-in"], "client credentials need a client secret", fix)
            }
        }
        if !tokenAccounts.isEmpty, tokenFile() == nil {
            let message = "there is no place for tokens: HOME is not set"
            findings.error(tokenAccounts[0].places["token"], message, "name a file with tokens: { file: FILE }")
        }
    }

    /// As the settings file has it.
    var oauthLines: [String] {
        let values = [("file", tokens.file), ("key", tokens.key), ("old-key", tokens.oldKey)]
        let storage = values.compactMap { key, value in value.map { (key, $0.quoted) } }
        return (providers.isEmpty ? [] : ["oauth:"]) + providers.map { "  \($0.name.quoted): \($0.text)" }
            + (storage.isEmpty ? [] : ["tokens: \(flow(storage))"])
            + (httpProxy.map { ["http-proxy: \("\($0)".quoted)"] } ?? [])
    }
}

extension Settings.Provider {
    var text: String {
        let texts: [(String, String?)] = [
            ("client-id", clientID.quoted), ("client-secret", clientSecret?.quoted), ("tenant", tenant?.quoted),
            ("issuer", issuer?.quoted), ("authorization-endpoint", authorization.map { "\($0)".quoted }),
            ("token-endpoint", token.map { "\($0)".quoted }), ("device-endpoint", device.map { "\($0)".quoted }),
            ("scopes", scopes.map { "[\($0.map(\.quoted).joined(separator: ", "))]" }), ("sign-in", signIn?.rawValue),
            ("redirect", redirectHost?.quoted), ("ca", ca?.quoted),
        ]
        return flow(texts.compactMap { key, value in value.map { (key, $0) } })
    }
}

extension SettingsReader {
    func readOAuth(_ root: SettingsSection, into settings: inout Settings) {
        if let section = root.section("oauth") {
            section.refuseNamelessKey("a provider")
            settings.providers = section.names.compactMap { name in section[name].flatMap { readProvider($0, name) } }
            if settings.providers.count < section.names.count { root.markFaulty("oauth") }
        }
        readTokens(root, &settings.tokens)
        settings.httpProxy = root.value("http-proxy", "a proxy", "\"http://proxy.example:3128\"", HTTPProxy.init)
    }

    private func readProvider(_ node: Node, _ name: String) -> Settings.Provider? {
        guard let section = SettingsSection(node, source, what: "a provider") else { return nil }
        let clientID = section.string("client-id")
        var provider = Settings.Provider(name: name, clientID: clientID ?? "")
        provider.clientSecret = section.secretPath("client-secret", mayBeVariable: true)
        provider.tenant = section.value("tenant", "a tenant", "office.example", Self.tenant)
        provider.issuer = readURL(section, "issuer").map { _ in section["issuer"]?.scalar?.string ?? "" }
        provider.authorization = readURL(section, "authorization-endpoint")
        provider.token = readURL(section, "token-endpoint")
        provider.device = readURL(section, "device-endpoint")
        provider.scopes = section.list("scopes") { $0.scalar?.string }
        provider.signIn = section.choice("sign-in", OAuthProvider.Flow.self)
        provider.redirectHost = section.value("redirect", "127.0.0.1 or localhost", "localhost") {
            ["127.0.0.1", "localhost"].contains($0) ? $0 : nil
        }
        provider.ca = section.secretPath("ca")
        section.finish()
        section.misses("client-id", "a provider needs a \"client-id\"", "write the one that was registered there")
        provider.places = section.places
        return clientID == nil ? nil : provider
    }

    /// What stands in the middle of an address.
    private static func tenant(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet & 0xDF) || octet == 0x2D || octet == 0x2E
        }
        return isPlain && !text.isEmpty ? text : nil
    }

    private func readURL(_ section: SettingsSection, _ key: String) -> HTTPURL? {
        let url = section.value(key, "a URL", "https://id.example.com/token", HTTPURL.init)
        guard let url, !url.isPrivate else { return url }
        section.error(
            key,
            "secrets would go to \(url.authority) in plain text",
            "write https:, or use a loopback address"
        )
        return nil
    }

    private func readTokens(_ root: SettingsSection, _ tokens: inout Settings.TokenStorage) {
        guard let section = root.section("tokens") else { return }
        tokens.file = section.path("file").map(source.path)
        tokens.key = section.secretPath("key", mayBeVariable: true)
        tokens.oldKey = section.secretPath("old-key", mayBeVariable: true)
        section.finish()
        tokens.places = section.places
    }
}
