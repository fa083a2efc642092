// The access token of an account, from the store or from its provider.
// Must not show it.

import NIOCore
import OAuth
import Relay
import Tokens
import Transport

struct TokenStep {
    private let tokens: (any TokenSource)?
    private let settings: TokenSettings?
    private let loop: any EventLoop

    /// - Parameter settings: of the providers, to name the one that refuses
    init(_ tokens: (any TokenSource)?, _ settings: TokenSettings?, on loop: any EventLoop) {
        self.tokens = tokens
        self.settings = settings
        self.loop = loop
    }

    func token(of account: String, insteadOf refused: HeldSecret? = nil) async throws(Complaint) -> HeldSecret {
        guard let tokens else {
            throw Complaint("there are no tokens here", "sign in: popsieve account add \(account)")
        }
        do {
            return try await tokens.token(of: account, insteadOf: refused, on: loop).get()
        } catch let failure as TokenFailure {
            throw complaint(failure, account)
        } catch {
            throw Complaint("there is no token for \(account)", "sign in: popsieve account renew \(account)")
        }
    }

    private func complaint(_ failure: TokenFailure, _ account: String) -> Complaint {
        let provider = provider(of: account)
        let who = provider.map { "\($0.setting.name)\($0.setting.address.map { " (\($0))" } ?? "") gives no token" }
        let what = "\(who ?? "there is no token") for \(account): \(failure.reason)"
        guard failure.isTemporary else { return Complaint(what, "sign in: popsieve account renew \(account)") }
        // The keeper hands on a sentence, which begins with the provider's code (RFC 6749, 5.2) where it has given one.
        let code = String(failure.reason.prefix { $0 != ":" && $0 != " " })
        let known = OAuthFailure.refused(code: code, words: "").remedy
        let place = provider.map { "see \"\($0.setting.name)\" under oauth (\($0.setting.places.section))" }
        let rest = known ?? "try again later; behind a proxy set http-proxy"
        return Complaint(what, "\(place ?? "see \"oauth\" and \"tokens\""); \(rest)")
    }

    /// Who gave what the store has.
    private func provider(of account: String) -> ConfiguredProvider? {
        guard let settings else { return nil }
        let stored = try? TokenStore(path: settings.path, keys: settings.keys).tokens()[account]
        return settings.providers.first { $0.setting.name == stored?.provider }
    }
}

extension Settings.Provider {
    /// Where it gives tokens, or tells where it does.
    fileprivate var address: String? {
        token.map { "\($0)" } ?? issuer
            ?? wellKnown?.token.replacing("{tenant}", with: tenant ?? WellKnownOAuth.usualTenant)
    }
}
