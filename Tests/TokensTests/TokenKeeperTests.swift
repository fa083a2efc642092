// The keeper of access tokens, with a real OAuth server behind it.

import Foundation
import OAuth
import OAuthServer
import Synchronization
import Testing

@testable import Tokens

/// A clock that tests set.
final class SetClock: Sendable {
    private let state = Mutex((now: ContinuousClock.now, wall: Int64(1_800_000_000)))
    var wall: Int64 { state.withLock { $0.wall } }

    var clock: TokenClock {
        TokenClock(wall: { self.state.withLock { $0.wall } }, now: { self.state.withLock { $0.now } })
    }

    func advance(_ seconds: Int64) {
        state.withLock { state in
            state.now = state.now + .seconds(seconds)
            state.wall += seconds
        }
    }

    /// Somebody sets the machine's clock.
    func setWall(by seconds: Int64) { state.withLock { $0.wall += seconds } }
}

@Suite struct TokenKeeperTests {
    let folder: TestFolder
    let server: OAuthServer
    let clock = SetClock()

    init() async throws {
        folder = try TestFolder()
        server = try await OAuthServer()
    }

    /// Signed in, with a token that runs out in an hour.
    private func prepare() async throws -> TokenStore {
        let (grant, store, wall) = (try await server.signIn(), try folder.store(), clock.wall)
        try store.update { tokens in
            tokens["me"] = StoredToken(
                provider: "own",
                user: "me@example.com",
                refreshToken: grant.refreshToken,
                accessToken: grant.accessToken,
                expires: wall + 3600
            )
        }
        try await server.control(["asked": "0"])
        return store
    }

    private func keeper(_ store: TokenStore, _ events: Events = Events()) throws -> TokenKeeper {
        let endpoint = try server.endpoint()
        let endpoints: TokenKeeper.Endpoints = { (name) async throws(OAuthFailure) in
            guard name == "own" else { throw .impossible("there is no \(name)") }
            return endpoint
        }
        return TokenKeeper(store, clock: clock.clock, endpoints: endpoints) { events.add($0) }
    }

    private func asked() async throws -> Int { try await server.control().asked }

    @Test("a token is used until shortly before its end, and then exchanged")
    func expiry() async throws {
        let keeper = try await keeper(prepare())
        let first = try await keeper.token(for: "me").get()
        clock.advance(3200)
        #expect(try await keeper.token(for: "me").get() == first)
        #expect(try await asked() == 0)
        clock.advance(101)
        let next = try await keeper.token(for: "me").get()
        #expect(next != first)
        #expect(try await server.control().live.contains(next.text))
        #expect(try await asked() == 1)
    }

    @Test("a thousand sessions across an expiry cause one exchange")
    func crowd() async throws {
        let store = try await prepare()
        try await server.control(["delay": "0.3"])
        let keeper = try keeper(store)
        clock.advance(3400)
        let tokens = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<1000 { group.addTask { try await keeper.token(for: "me").get() } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens.count == 1)
        #expect(try await asked() == 1)
    }

    @Test("a refused token is exchanged once, a new one that is refused is not")
    func refused() async throws {
        let keeper = try await keeper(prepare())
        let first = try await keeper.token(for: "me").get()
        let tokens = try await withThrowingTaskGroup(of: Secret.self) { group in
            for _ in 0..<100 { group.addTask { try await keeper.token(for: "me", refused: first).get() } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        let next = try #require(tokens.first)
        #expect(tokens.count == 1)
        #expect(next != first)
        #expect(await keeper.token(for: "me", refused: next) == .failure(.refused))
        #expect(try await asked() == 1)
        clock.advance(121)
        #expect(try await keeper.token(for: "me", refused: next).get() != next)
    }

    @Test("a provider that fails is left alone for a while; a token that still counts is used meanwhile")
    func backOff() async throws {
        let (store, events) = (try await prepare(), Events())
        let keeper = try keeper(store, events)
        let first = try await keeper.token(for: "me").get()
        try await server.control(["mode": "down"])
        clock.advance(3400)
        for _ in 0..<5 { #expect(try await keeper.token(for: "me").get() == first) }
        #expect(try await asked() == 1)
        clock.advance(300)
        for _ in 0..<5 {
            guard case .failure(.unavailable) = await keeper.token(for: "me") else {
                Issue.record("a token that has run out")
                return
            }
        }
        #expect(try await asked() == 2)
        #expect(events.failures == 2)
        try await server.control(["mode": ""])
        clock.advance(3)
        guard case .failure(.unavailable) = await keeper.token(for: "me") else {
            Issue.record("the second pause is longer")
            return
        }
        clock.advance(2)
        #expect(try await keeper.token(for: "me").get() != first)
    }

    @Test("who was thrown out is asked to sign in, and the provider is left alone until then")
    func revoked() async throws {
        let (store, events) = (try await prepare(), Events())
        let keeper = try keeper(store, events)
        let token = try #require(try store.tokens()["me"]?.refreshToken)
        try await server.revoke(token)
        clock.advance(3400)
        for _ in 0..<3 {
            guard case .failure(.needsPerson(let reason)) = await keeper.token(for: "me") else {
                Issue.record("a token of somebody who was thrown out")
                return
            }
            #expect(reason.hasPrefix("invalid_grant"))
        }
        #expect(try await asked() == 1)
        // Another process: the renewal.
        let (grant, wall) = (try await server.signIn(), clock.wall)
        try folder.store().update { tokens in
            tokens["me"]?.refreshToken = grant.refreshToken
            tokens["me"]?.accessToken = grant.accessToken
            tokens["me"]?.expires = wall + 3600
            tokens["me"]?.trouble = nil
        }
        #expect(try await keeper.token(for: "me").get() == grant.accessToken)
    }

    @Test("the exchanged refresh token is on the disk before its access token is used; a new process goes on with it")
    func restart() async throws {
        let store = try await prepare()
        clock.advance(3400)
        let token = try await keeper(store).token(for: "me").get()
        #expect(try folder.store().tokens()["me"]?.accessToken == token)
        #expect(try await keeper(folder.store()).token(for: "me").get() == token)
        clock.advance(3600)
        #expect(try await keeper(folder.store()).token(for: "me").get() != token)
    }

    @Test("an answer that was lost: the old refresh token is tried again")
    func lostAnswer() async throws {
        let store = try await prepare()
        try await server.control(["rotates": "false", "mode": "lost"])
        clock.advance(3400)
        let first = try keeper(store)
        guard case .success = await first.token(for: "me") else {
            // What it had has not run out yet only where it was used before.
            try await server.control(["mode": ""])
            let next = try await keeper(folder.store()).token(for: "me").get()
            #expect(try await server.control().live.contains(next.text))
            return
        }
        Issue.record("an answer that was lost brought a token")
    }

    @Test("two processes that exchange at the same time: who comes second takes what the first has got")
    func twoProcesses() async throws {
        let store = try await prepare()
        clock.advance(3400)
        let (one, other) = (try keeper(store), try keeper(folder.store()))
        async let first = one.token(for: "me")
        async let second = other.token(for: "me")
        let tokens = [try await first.get(), try await second.get()]
        let live = try await server.control().live
        for token in tokens { #expect(live.contains(token.text)) }
        #expect(try folder.store().tokens()["me"]?.trouble == nil)
    }

    @Test("the machine's clock is off by an hour", arguments: [-3600, 3600] as [Int64])
    func wrongClock(seconds: Int64) async throws {
        let store = try await prepare()
        let before = try #require(try store.tokens()["me"]?.accessToken)
        let running = try keeper(store)
        #expect(try await running.token(for: "me").get() == before)
        // While it runs nothing depends on the clock that was set.
        clock.setWall(by: seconds)
        #expect(try await running.token(for: "me").get() == before)
        // After a restart, what the server refuses is exchanged.
        clock.advance(3000)
        let next = try keeper(folder.store())
        let token = try await next.token(for: "me").get()
        let good = token == before ? try await next.token(for: "me", refused: token).get() : token
        #expect(try await server.control().live.contains(good.text))
        #expect(good != before)
    }

    @Test("a folder that can't be written keeps nobody from his mail, and nothing is lost once it can")
    func fullDisk() async throws {
        let (store, events) = (try await prepare(), Events())
        let keeper = try keeper(store, events)
        clock.advance(3400)
        let lock = folder.path + "/tokens.lock"
        try FileManager.default.removeItem(atPath: lock)
        try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
        let token = try await keeper.token(for: "me").get()
        #expect(events.failures == 1)
        #expect(try folder.store().tokens()["me"]?.accessToken != token)
        try FileManager.default.removeItem(atPath: lock)
        clock.advance(3400)
        let next = try await keeper.token(for: "me").get()
        #expect(try folder.store().tokens()["me"]?.accessToken == next)
    }

    @Test("an account that nobody has signed in for, and a provider that is not there")
    func unknown() async throws {
        let store = try await prepare()
        try store.update { $0["other"] = StoredToken(provider: "gone", user: "x", refreshToken: Secret("r")) }
        let keeper = try keeper(store)
        #expect(await keeper.token(for: "nobody") == .failure(.unknown))
        guard case .failure(.unavailable) = await keeper.token(for: "other") else {
            Issue.record("a provider that is not there")
            return
        }
    }

    @Test("a client without a person")
    func daemon() async throws {
        let (store, endpoint) = (try folder.store(), try server.endpoint(isDaemon: true))
        try store.update { $0["d"] = StoredToken(provider: "own", user: "box@example.com") }
        let keeper = TokenKeeper(
            store,
            clock: clock.clock,
            endpoints: { (_) async throws(OAuthFailure) in endpoint },
            tell: { _ in }
        )
        let token = try await keeper.token(for: "d").get()
        #expect(try await server.control().live == [token.text])
    }
}

/// What the keeper has told.
final class Events: Sendable {
    private let all = Mutex<[TokenEvent]>([])
    func add(_ event: TokenEvent) { all.withLock { $0.append(event) } }
    var failures: Int { all.withLock { $0.count { if case .failed = $0 { true } else { false } } } }
}
