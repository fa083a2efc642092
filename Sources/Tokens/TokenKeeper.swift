// The access tokens of all accounts, each exchanged before it runs out: once for everybody who waits for it.
// Must not hand out a token before the refresh token that came with it is on the disk.

import Dispatch
package import OAuth

/// Gives sessions the access token of an account.
package actor TokenKeeper {
    /// The provider of a name in the settings, which may have to be asked for its endpoints first.
    package typealias Endpoints = @Sendable (String) async throws(OAuthFailure) -> TokenEndpoint
    typealias Outcome = Result<Secret, TokenProblem>

    /// A token that may be used.
    private struct Fresh {
        var token: Secret
        var birth: ContinuousClock.Instant
        var end: ContinuousClock.Instant
    }

    private enum Phase {
        /// Nobody asks the provider.
        case idle
        /// It is being asked; whoever wants a token waits for this.
        case asking(Task<Outcome, Never>)
        /// It could not answer, and is left alone for a while.
        case pausing(until: ContinuousClock.Instant, TokenProblem)
    }

    private struct Account {
        var phase = Phase.idle
        var fresh: Fresh?
        /// One after the other.
        var failures = 0
        /// What the disk did not take.
        var unsaved: StoredToken?

        /// Better than none: it is about to run out, and there is no other.
        func usable(at now: ContinuousClock.Instant, insteadOf refused: Secret?) -> Secret? {
            fresh.flatMap { now < $0.end && $0.token != refused ? $0.token : nil }
        }
    }

    /// What is looked for.
    private struct Request {
        let account: String
        /// What the server does not take.
        let refused: Secret?
        /// If not, only what others have left in the store will do.
        let mayAsk: Bool
    }

    private let store: TokenStore
    private var endpoints: Endpoints
    private let clock: TokenClock
    private let tell: @Sendable (TokenEvent) -> Void
    private var accounts: [String: Account] = [:]
    /// The disk's turn: it may take long, and one after the other.
    private let disk = DispatchQueue(label: "tokens")

    package init(
        _ store: TokenStore,
        clock: TokenClock,
        endpoints: @escaping Endpoints,
        tell: @escaping @Sendable (TokenEvent) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.endpoints = endpoints
        self.tell = tell
    }

    /// After a reload: providers may be others, and nobody has to wait for what failed before.
    package func use(_ endpoints: @escaping Endpoints) {
        self.endpoints = endpoints
        for name in accounts.keys {
            accounts[name]?.fresh = nil
            if case .pausing = accounts[name]?.phase { accounts[name]?.phase = .idle }
        }
    }

    /// A token that the server should take.
    ///
    /// - Parameter refused: the one that it has just refused; it is exchanged, unless that has happened already
    package func token(for name: String, refused: Secret? = nil) async -> Result<Secret, TokenProblem> {
        let now = clock.now()
        var account = accounts[name] ?? Account()
        if case .asking(let task) = account.phase { return await task.value }
        let isRefused = account.fresh != nil && account.fresh?.token == refused
        if let fresh = account.fresh, !isRefused, now < fresh.end - Self.margin(fresh.end - fresh.birth) {
            return .success(fresh.token)
        }
        if case .pausing(let end, let failure) = account.phase, now < end {
            return account.usable(at: now, insteadOf: refused).map { .success($0) } ?? .failure(failure)
        }
        let isYoung = account.fresh.map { now - $0.birth <= Limits.youth } ?? false
        let request = Request(account: name, refused: refused, mayAsk: !(isRefused && isYoung))
        let task = Task { await exchange(request) }
        account.phase = .asking(task)
        accounts[name] = account
        return await task.value
    }

    /// Waits for the exchanges that are under way: their answers may hold refresh tokens that nobody gets twice.
    package func settled() async {
        for account in accounts.values {
            if case .asking(let task) = account.phase { _ = await task.value }
        }
    }

    static func margin(_ lifetime: Duration) -> Duration { min(Limits.margin, lifetime / 4) }

    // MARK: Exchanging

    private func exchange(_ request: Request) async -> Outcome {
        let name = request.account
        let outcome = await newToken(request)
        let now = clock.now()
        switch outcome {
        case .success(let fresh):
            accounts[name]?.fresh = fresh
            accounts[name]?.failures = 0
            accounts[name]?.phase = .idle
            return .success(fresh.token)
        case .failure(let failure):
            let failures = (accounts[name]?.failures ?? 0) + 1
            accounts[name]?.failures = failures
            // Who has to sign in may do so at any time; the store is looked at again by the next login.
            let pause = Limits.pause * (1 << min(failures - 1, 16))
            let end = now + min(pause, Limits.longestPause)
            accounts[name]?.phase = failure.isTemporary ? .pausing(until: end, failure) : .idle
            return accounts[name]?.usable(at: now, insteadOf: request.refused).map { .success($0) } ?? .failure(failure)
        }
    }

    private func newToken(_ request: Request) async -> Result<Fresh, TokenProblem> {
        let (name, refused) = (request.account, request.refused)
        do throws(TokenProblem) {
            let stored = try await stored(name)
            if let fresh = adopted(stored, refused) { return .success(fresh) }
            if let trouble = stored.trouble { throw .needsPerson(trouble) }
            guard request.mayAsk else { throw .refused }
            do throws(OAuthFailure) {
                return .success(try await grant(name, stored))
            } catch {
                guard error.needsPerson else { throw TokenProblem(error) }
                return .success(try await secondTry(name, stored, error, refused))
            }
        } catch {
            if error != .unknown { tell(.failed(account: name, error)) }
            return .failure(error)
        }
    }

    /// The refresh token is good no more: another process may have exchanged it while we asked.
    private func secondTry(
        _ name: String,
        _ used: StoredToken,
        _ failure: OAuthFailure,
        _ refused: Secret?
    ) async throws(TokenProblem) -> Fresh {
        var stored = try await stored(name)
        // It has its answer and may not have written it yet.
        for _ in 0..<Limits.looks where stored.refreshToken == used.refreshToken {
            try? await Task.sleep(for: Limits.look)
            stored = try await self.stored(name)
        }
        guard stored.refreshToken != used.refreshToken else {
            await giveUp(name, stored, failure)
            throw .needsPerson("\(failure)")
        }
        if let fresh = adopted(stored, refused) { return fresh }
        do throws(OAuthFailure) {
            return try await grant(name, stored)
        } catch {
            throw TokenProblem(error)
        }
    }

    private func grant(_ name: String, _ stored: StoredToken) async throws(OAuthFailure) -> Fresh {
        let endpoint = try await endpoints(stored.provider)
        let grant: Grant
        if let token = stored.refreshToken {
            grant = try await endpoint.refresh(token)
        } else {
            grant = try await endpoint.clientCredentials()
        }
        let now = clock.now()
        var next = stored
        next.refreshToken = grant.refreshToken ?? stored.refreshToken
        next.accessToken = grant.accessToken
        next.expires = clock.wall() + grant.lifetime.components.seconds
        next.trouble = nil
        await save(name, next, insteadOf: stored)
        tell(.refreshed(account: name, lifetime: grant.lifetime))
        return Fresh(token: grant.accessToken, birth: now, end: now + grant.lifetime)
    }

    /// What the store holds is still good: from before a restart, or from another process.
    private func adopted(_ stored: StoredToken, _ refused: Secret?) -> Fresh? {
        guard let token = stored.accessToken, token != refused else { return nil }
        let rest = Duration.seconds(stored.expires - clock.wall())
        // By a clock that was wrong when it was written it may end in the far future: then it will be refused.
        guard rest > Limits.margin, rest <= .seconds(90 * 86_400) else { return nil }
        let now = clock.now()
        // How old it is nobody knows: old enough to be exchanged when it is refused.
        return Fresh(token: token, birth: now - Limits.youth - .seconds(1), end: now + rest)
    }

    // MARK: The store

    private func stored(_ name: String) async throws(TokenProblem) -> StoredToken {
        if let unsaved = accounts[name]?.unsaved { return unsaved }
        let store = store
        switch await onDisk({ () throws(TokenFileFault) in try store.tokens()[name] }) {
        case .success(let token?): return token
        case .success(nil): throw .unknown
        case .failure(let fault): throw .unavailable("\(store.path): \(fault)")
        }
    }

    /// Before the new token is used. What somebody has signed in for meanwhile stays. A disk that is full does not keep
    /// people from their mail: what it did not take is kept in memory and tried again.
    private func save(_ name: String, _ next: StoredToken, insteadOf before: StoredToken) async {
        let (store, isRetry) = (store, accounts[name]?.unsaved != nil)
        let outcome = await onDisk { () throws(TokenFileFault) in
            try store.update { tokens in
                guard let there = tokens[name], isRetry || there.refreshToken == before.refreshToken else { return }
                tokens[name] = next
            }
        }
        switch outcome {
        case .success: accounts[name]?.unsaved = nil
        case .failure(let fault):
            accounts[name]?.unsaved = next
            tell(.failed(account: name, .unavailable("\(store.path): \(fault)")))
        }
    }

    /// Until somebody signs in again, nobody asks the provider for this account.
    private func giveUp(_ name: String, _ stored: StoredToken, _ failure: OAuthFailure) async {
        var next = stored
        next.trouble = "\(failure)"
        next.accessToken = nil
        await save(name, next, insteadOf: stored)
    }

    private func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable () throws(TokenFileFault) -> Value
    ) async -> Result<Value, TokenFileFault> {
        await withCheckedContinuation { continuation in
            disk.async { continuation.resume(returning: Result { () throws(TokenFileFault) in try body() }) }
        }
    }
}

extension TokenProblem {
    init(_ failure: OAuthFailure) {
        self = failure.needsPerson ? .needsPerson("\(failure)") : .unavailable("\(failure)")
    }
}
