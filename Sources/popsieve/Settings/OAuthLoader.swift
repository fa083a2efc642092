// What tokens need beside the settings: secrets of clients and keys, read at the start and at each reload.
// Must not say a secret, or what stands in its file, nor ask anybody.

import Foundation
import HTTPClient
import OAuth
import SystemPackage
import TLS
import Tokens

/// Everything that is needed to have tokens.
struct TokenSettings: Sendable {
    var path: String
    var keys: [TokenKey]
    var providers: [ConfiguredProvider]
    var proxy: HTTPProxy?
}

/// A provider with its secret; its endpoints may have to be asked for.
struct ConfiguredProvider: Sendable {
    let setting: Settings.Provider
    let clientSecret: Secret?
    /// By what its servers are trusted.
    let context: ClientContext

    /// - Parameter discovery: what the issuer publishes, where the settings don't say all
    func provider(_ discovery: Discovery?) throws(OAuthFailure) -> OAuthProvider {
        let known = setting.wellKnown
        func url(_ text: String?) -> HTTPURL? {
            text.flatMap { HTTPURL($0.replacing("{tenant}", with: setting.tenant ?? WellKnownOAuth.usualTenant)) }
        }
        guard let token = setting.token ?? discovery?.token ?? url(known?.token) else {
            throw .impossible("where \"\(setting.name)\" gives tokens is not known")
        }
        let isDaemon = setting.signIn == .clientCredentials
        let usual = isDaemon ? known?.daemonScopes : known?.scopes
        var provider = OAuthProvider(token: token, clientID: setting.clientID, scopes: setting.scopes ?? usual ?? [])
        provider.authorization = setting.authorization ?? discovery?.authorization ?? url(known?.authorization)
        provider.device = setting.device ?? discovery?.device ?? url(known?.device)
        provider.issuer = setting.issuer
        provider.clientSecret = clientSecret
        provider.flow = setting.signIn ?? .code
        provider.authorizationParameters = known?.parameters ?? [:]
        provider.redirectHost = setting.redirectHost ?? known?.redirectHost ?? provider.redirectHost
        return provider
    }

    /// The endpoints can't be told without asking.
    var needsDiscovery: Bool { setting.token == nil && (setting.wellKnown == nil || setting.issuer != nil) }
}

/// Reads them; what can't be had is a finding.
struct OAuthLoader {
    let findings: FindingList
    var environment = ProcessInfo.processInfo.environment

    /// Nil where no account needs a token, or something is wrong.
    func tokens(_ settings: Settings) -> TokenSettings? {
        let providers = settings.providers.compactMap { configured($0) }
        guard let account = settings.tokenAccounts.first, let path = settings.tokenFile(environment) else { return nil }
        let sources = [settings.tokenKey(environment), settings.tokens.oldKey].compactMap(\.self)
        let place = settings.tokens.places.holds("key") ? settings.tokens.places["key"] : account.places["token"]
        let keys = sources.compactMap { key($0, place) }
        guard keys.count == sources.count, !keys.isEmpty else { return nil }
        check(path, keys, settings)
        return TokenSettings(path: path, keys: keys, providers: providers, proxy: settings.httpProxy)
    }

    /// Nobody's mail waits for it: other accounts go on.
    private func check(_ path: String, _ keys: [TokenKey], _ settings: Settings) {
        do throws(TokenFileFault) {
            let tokens = try TokenStore(path: path, keys: keys).tokens()
            for account in settings.tokenAccounts {
                guard let name = account.token, tokens[name] == nil else { continue }
                let fix = "popsieve account renew \(name)"
                findings.warning(account.places["token"], "nobody has signed in for \(name)", fix)
            }
        } catch {
            findings.warning(settings.tokens.places.section, "\(path): \(error)", error.remedy(for: path))
        }
    }

    func configured(_ setting: Settings.Provider) -> ConfiguredProvider? {
        guard let context = findings.webContext(ca: setting.ca, setting.places) else { return nil }
        guard let source = setting.clientSecret else {
            return ConfiguredProvider(setting: setting, clientSecret: nil, context: context)
        }
        let place = setting.places["client-secret"]
        guard let octets = octets(source, "client secret", place) else { return nil }
        let text = String(decoding: octets, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let secret = Secret(text) else {
            let fix = "put what the provider gave there, and nothing else"
            findings.error(place, "\(source): this is no client secret", fix)
            return nil
        }
        return ConfiguredProvider(setting: setting, clientSecret: secret, context: context)
    }

    func key(_ source: String, _ place: Place) -> TokenKey? {
        guard let octets = octets(source, "key of the tokens", place) else { return nil }
        do throws(TokenKeyFault) {
            return try TokenKey(octets)
        } catch {
            let fix = "make one with: openssl rand -hex 32"
            let message =
                switch error {
                case .tooShort: "the key has fewer than 32 octets"
                case .unavailable: "OpenSSL may not compute it here"
                }
            findings.error(place, "\(source): \(message)", fix)
            return nil
        }
    }

    private func octets(_ source: String, _ what: String, _ place: Place) -> [UInt8]? {
        if let octets = SettingsSection.octets(of: source) { return octets }
        do {
            let octets = try FileManager.default.regularFile(at: source, upTo: 4_096)
            guard let mode = FileManager.default.permissions(source), mode & 0o004 != 0 else { return octets }
            findings.error(place, "\(source): anybody on this machine may read it", "chmod o-r \(source)")
        } catch {
            let isKey = error == .missing && what.hasPrefix("key")
            let fix = isKey ? "popsieve account add makes it, and so does: openssl rand -hex 32" : error.fix
            findings.error(place, "\(source): the \(what) can't be read: \(error)", fix)
        }
        return nil
    }
}

extension TokenFileFault {
    /// What a person can do.
    func remedy(for path: String) -> String {
        switch self {
        case .shared: "chmod 600 \(path)"
        case .otherKey: "see \"tokens\": name the key with which it was written, as key or old-key"
        case .system(let number, _) where number == .permissionDenied: "let the service's user read and write it"
        case .system, .irregular, .tooLarge: "see \"tokens\": name another file, or repair this one"
        case .damaged: "move it away, then sign in again: popsieve account renew"
        case .unavailable: "see which ciphers this OpenSSL lets programs use"
        }
    }
}
