// The tokens of a running relay: one keeper over all reloads, as sessions and settings know it.
// Must not hold tokens; the keeper does.

import Audit
import HTTPClient
import NIOCore
import OAuth
import Relay
import Synchronization
import TLS
import Tokens

/// Keeps the keeper as long as the file is the same.
final class TokensInUse: Sendable {
    private struct State {
        var path: String?
        var keys: [TokenKey] = []
        var keeper: TokenKeeper?
    }

    private let state = Mutex(State())
    /// On which providers and a directory are asked.
    let group: any EventLoopGroup
    private let audit: AuditLog?
    private let settingsFile: String?

    /// - Parameter audit: nil: nobody is told
    init(on group: any EventLoopGroup, _ audit: AuditLog?, settingsFile: String?) {
        self.group = group
        self.audit = audit
        self.settingsFile = settingsFile
    }

    /// What sessions ask from now on; nil where no account needs a token.
    func take(_ settings: TokenSettings?) async -> (any TokenSource)? {
        guard let settings else { return nil }
        let directory = ProviderDirectory(settings.providers, on: group, proxy: settings.proxy)
        let endpoints: TokenKeeper.Endpoints = { (name) async throws(OAuthFailure) in try await directory.endpoint(name)
        }
        let (keeper, isNew) = keeper(settings, endpoints)
        if !isNew { await keeper.use(endpoints) }
        return KeptTokens(keeper: keeper)
    }

    /// Before the process ends: a moment for exchanges that are under way.
    func finish() async {
        guard let keeper = state.withLock({ $0.keeper }) else { return }
        // Who waits for an exchange can't be told to wait no longer.
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task {
            await keeper.settled()
            end.finish()
        }
        Task {
            try? await Task.sleep(for: .seconds(5))
            end.finish()
        }
        for await _ in ends {}
    }

    private func keeper(_ settings: TokenSettings, _ endpoints: @escaping TokenKeeper.Endpoints) -> (TokenKeeper, Bool)
    {
        state.withLock { state in
            // A key that has changed needs a store that has it; keys can't be compared, and files are read again at once.
            if let keeper = state.keeper, state.path == settings.path, state.keys == settings.keys {
                return (keeper, false)
            }
            let store = TokenStore(path: settings.path, keys: settings.keys)
            let clock = TokenClock(wall: { WallClock.now().seconds })
            let keeper = TokenKeeper(store, clock: clock, endpoints: endpoints) { [self] in tell($0) }
            state = State(path: settings.path, keys: settings.keys, keeper: keeper)
            return (keeper, true)
        }
    }

    private func tell(_ event: TokenEvent) {
        guard let audit else { return }
        switch event {
        case .refreshed(let account, let lifetime):
            record(.tokenRefreshed(.init(account: account, seconds: Int(lifetime.components.seconds))), audit)
        case .failed(let account, let problem):
            let file = settingsFile.map { " --config \($0)" } ?? ""
            var remedy: String?
            if case .needsPerson = problem { remedy = "popsieve account renew \(account)\(file)" }
            record(.tokenFailed(.init(account: account, reason: "\(problem)", remedy: remedy)), audit)
        }
    }
}

/// The keeper as sessions ask it.
private struct KeptTokens: TokenSource {
    let keeper: TokenKeeper

    func token(
        of account: String,
        insteadOf refused: HeldSecret?,
        on loop: any EventLoop
    ) -> EventLoopFuture<HeldSecret> {
        let promise = loop.makePromise(of: HeldSecret.self)
        let old = refused.flatMap { Secret(String(decoding: $0.octets, as: UTF8.self)) }
        Task {
            switch await keeper.token(for: account, refused: old) {
            case .success(let token): promise.succeed(HeldSecret(Array(token.text.utf8)))
            case .failure(let problem):
                promise.fail(TokenFailure(reason: "\(problem)", isTemporary: problem.isTemporary))
            }
        }
        return promise.futureResult
    }
}

extension Loaded {
    /// With what sessions ask for tokens, and about logins.
    func with(_ inUse: TokensInUse) async -> Loaded {
        var loaded = withDirectory(on: inUse.group)
        loaded.configuration.tokens = await inUse.take(tokens)
        return loaded
    }
}
