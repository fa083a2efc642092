// Logins of accounts on loopback: the password here, what the upstream hears, tokens that come late, or not.
// Must not test hashes or mechanisms by themselves.

import Filtering
import NIOCore
import Passwords
import Patterns
import Synchronization
import Testing

@testable import Relay

/// Tokens that a test hands out, when it likes.
private final class Tokens: TokenSource {
    private let asked = Mutex<[(account: String, refused: HeldSecret?, promise: EventLoopPromise<HeldSecret>)]>([])

    func token(
        of account: String,
        insteadOf refused: HeldSecret?,
        on loop: any EventLoop
    ) -> EventLoopFuture<HeldSecret> {
        let promise = loop.makePromise(of: HeldSecret.self)
        asked.withLock { $0.append((account, refused, promise)) }
        return promise.futureResult
    }

    /// The question number `index`, from 0.
    func question(_ index: Int) async throws -> String {
        try await Peer.wait(for: "a question for a token") { self.asked.withLock { $0.count } > index }
        return asked.withLock { asked in
            asked[index].account
                + (asked[index].refused.map { ", not " + String(decoding: $0.octets, as: UTF8.self) } ?? "")
        }
    }

    func answer(_ index: Int, _ result: Result<String, TokenFailure>) {
        let promise = asked.withLock { $0[index].promise }
        switch result {
        case .success(let token): promise.succeed(HeldSecret(Array(token.utf8)))
        case .failure(let failure): promise.fail(failure)
        }
    }

    func failAll() {
        for question in asked.withLock({ $0 }) {
            question.promise.fail(TokenFailure(reason: "over", isTemporary: true))
        }
    }
}

@Suite("Logins of accounts", .timeLimit(.minutes(5)))
struct AccountLoginTests {
    /// Of `local`.
    private static let hash = "$2b$04$abcdefghijklmnopqrstuultCqDh8llbZjmsuYCqTslEkkP7EnfHa"

    private func serving(
        _ credential: Accounts.Credential,
        as name: String? = "box@upstream.example",
        logins: [UpstreamMechanism]? = nil,
        tokens: (any TokenSource)? = nil,
        limits: RelayLimits = RelayLimits(),
        _ body: (LoopbackRelay) async throws -> Void
    ) async throws {
        var account = Accounts.Account(user: Glob("printer"), credential: credential)
        account.password = try PasswordHash(Self.hash)
        account.name = name.flatMap { NameRewriting(Glob("printer"), to: $0) }
        try await LoopbackRelay.serving(
            limits: limits,
            changing: Change { configuration in
                configuration.accounts = Accounts([account])
                configuration.tokens = tokens
                configuration.upstreams[0].logins = logins
                // Loopback is trusted otherwise, and nobody would be counted.
                configuration.trustedNetworks = []
            },
            body
        )
    }

    private static let secret = Accounts.Credential.password(HeldSecret(Array("far-away".utf8)))
    private static let token = Accounts.Credential.token(account: "me")

    /// A client that has said its password.
    private func begun(_ relay: LoopbackRelay, _ password: String = "local") async throws -> Peer {
        let client = try await relay.client()
        try await client.expect("+OK Popsieve ready.\r\n")
        try await logIn(client, password)
        return client
    }

    private func logIn(_ client: Peer, _ password: String = "local", user: String = "printer") async throws {
        try await client.send("USER \(user)\r\n")
        try await client.expect("+OK Send PASS\r\n")
        try await client.send("PASS \(password)\r\n")
    }

    /// An upstream that has told what it can.
    private func asked(_ relay: LoopbackRelay, _ capabilities: String, at index: Int = 0) async throws -> Peer {
        let upstream = try await relay.upstream(index)
        try await upstream.send("+OK ready <1.2@upstream.example>\r\n")
        try await upstream.expect("CAPA\r\n")
        try await upstream.send("+OK\r\n\(capabilities).\r\n")
        return upstream
    }

    @Test("the mapped name and secret log in, not the client's")
    func mapped() async throws {
        try await serving(Self.secret) { relay in
            let client = try await begun(relay)
            let upstream = try await asked(relay, "USER\r\nSASL PLAIN\r\n")
            // `\0box@upstream.example\0far-away`
            try await upstream.expect("AUTH PLAIN AGJveEB1cHN0cmVhbS5leGFtcGxlAGZhci1hd2F5\r\n")
            try await upstream.send("+OK\r\n")
            try await client.expect("+OK\r\n")
            try await relay.exchange(client, upstream, "STAT\r\n", "+OK 0 0\r\n")
        }
    }

    @Test(
        "as the settings say, and in their order",
        arguments: [
            ([.user, .plain], "USER box@upstream.example\r\n"),
            ([.apop], "APOP box@upstream.example 5485f675a613b37a73b89b613c5e2e8c\r\n"),
            ([.cramMD5, .login], "AUTH LOGIN\r\n"),
        ] as [([UpstreamMechanism], String)]
    )
    func ordered(logins: [UpstreamMechanism], command: String) async throws {
        try await serving(Self.secret, logins: logins) { relay in
            _ = try await begun(relay)
            let upstream = try await asked(relay, "SASL PLAIN LOGIN\r\n")
            try await upstream.expect(command)
        }
    }

    @Test("a wrong password, and a user who is not there, never touch the upstream, and are told the same")
    func wrong() async throws {
        try await serving(Self.secret) { relay in
            let client = try await begun(relay, "loca1")
            try await client.expect("-ERR [AUTH] Login failed\r\n")
            try await logIn(client, user: "nobody")
            try await client.expect("-ERR [AUTH] Login failed\r\n")
            try await client.send("AUTH XOAUTH2 dXNlcj1wcmludGVyAWF1dGg9QmVhcmVyIHQBAQ==\r\n")
            try await client.expect("-ERR [AUTH] Login failed\r\n")
            #expect(relay.connections == 0)
            #expect(relay.auditEvents.count { $0.hasPrefix("login_failed: wrong password") } == 2)
        }
    }

    @Test("what the server offers will not do")
    func nothingFits() async throws {
        try await serving(Self.token, logins: [.oauthBearer], tokens: Tokens()) { relay in
            let client = try await begun(relay)
            _ = try await asked(relay, "SASL PLAIN XOAUTH2\r\n")
            try await client.expect("-ERR [SYS/PERM] No login is possible with these settings\r\n")
        }
    }

    @Test("a token comes late, is refused, and another is asked for")
    func tokenRefused() async throws {
        let tokens = Tokens()
        try await serving(Self.token, tokens: tokens) { relay in
            let client = try await begun(relay)
            let upstream = try await asked(relay, "SASL XOAUTH2\r\n")
            #expect(try await tokens.question(0) == "me")
            tokens.answer(0, .success("old"))
            try await upstream.expect("AUTH XOAUTH2\r\n")
            try await upstream.send("+\r\n")
            // `user=box@upstream.example\u{1}auth=Bearer old\u{1}\u{1}`
            try await upstream.expect("dXNlcj1ib3hAdXBzdHJlYW0uZXhhbXBsZQFhdXRoPUJlYXJlciBvbGQBAQ==\r\n")
            try await upstream.send("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
            try await upstream.expect("\r\n")
            try await upstream.send("-ERR no\r\n")
            #expect(try await tokens.question(1) == "me, not old")
            tokens.answer(1, .success("new"))
            try await upstream.expect("AUTH XOAUTH2\r\n")
            try await upstream.send("+OK\r\n")
            try await upstream.expect("dXNlcj1ib3hAdXBzdHJlYW0uZXhhbXBsZQFhdXRoPUJlYXJlciBuZXcBAQ==\r\n")
            try await upstream.send("+OK in\r\n")
            try await client.expect("+OK in\r\n")
        }
    }

    @Test(
        "there is no token",
        arguments: [
            (true, "-ERR [SYS/TEMP] No login is possible for now; try again later\r\n"),
            (false, "-ERR [AUTH] Login failed\r\n"),
        ]
    )
    func noToken(isTemporary: Bool, reply: String) async throws {
        let tokens = Tokens()
        try await serving(Self.token, tokens: tokens) { relay in
            let client = try await begun(relay)
            let upstream = try await asked(relay, "SASL XOAUTH2\r\n")
            _ = try await tokens.question(0)
            tokens.answer(0, .failure(TokenFailure(reason: "signed out", isTemporary: isTemporary)))
            try await client.expect(reply)
            #expect(try await upstream.rest() == "")
            #expect(relay.auditEvents.contains("login_failed: no token: signed out"))
        }
    }

    enum End: CaseIterable {
        case clientLeaves, clientResets, upstreamLeaves, silence, shutdown, reload
    }

    @Test("each end while a token is waited for", arguments: End.allCases)
    func ends(end: End) async throws {
        let tokens = Tokens()
        try await serving(Self.token, tokens: tokens) { relay in
            let client = try await begun(relay)
            let upstream = try await asked(relay, "SASL XOAUTH2\r\n")
            _ = try await tokens.question(0)
            switch end {
            case .clientLeaves:
                try await client.close()
                tokens.answer(0, .failure(TokenFailure(reason: "too late", isTemporary: true)))
                #expect(try await relay.endings() == ["client-left"])
            case .clientResets:
                try await client.reset()
                _ = try await relay.endings()
            case .upstreamLeaves:
                try await upstream.close()
                try await client.expect("-ERR [SYS/TEMP] The mail server closed the connection\r\n")
                // What comes now belongs to nobody, least of all to the next login.
                try await logIn(client)
                let second = try await asked(relay, "SASL XOAUTH2\r\n", at: 1)
                _ = try await tokens.question(1)
                tokens.answer(0, .success("late"))
                tokens.answer(1, .success("new"))
                try await second.expect("AUTH XOAUTH2\r\n")
                try await second.send("+\r\n")
                try await second.expect("dXNlcj1ib3hAdXBzdHJlYW0uZXhhbXBsZQFhdXRoPUJlYXJlciBuZXcBAQ==\r\n")
            case .silence:
                await relay.pass(.minutes(3))
                try await client.expect("-ERR [SYS/TEMP] No login is possible for now; try again later\r\n")
                #expect(relay.auditEvents.contains("login_failed: the login has taken too long"))
            case .shutdown:
                await relay.beginShutdown()
                tokens.answer(0, .success("new"))
                try await upstream.expect("AUTH XOAUTH2\r\n")
                try await upstream.send("-ERR\r\n")
                _ = try await tokens.question(1)
                tokens.answer(1, .failure(TokenFailure(reason: "over", isTemporary: true)))
                try await client.expect("-ERR [SYS/TEMP] No login is possible for now; try again later\r\n")
                #expect(try await relay.endings() == ["shutdown"])
            case .reload:
                try await relay.relay.reload(configuration: relay.configuration, ruleSet: .empty)
                tokens.answer(0, .success("new"))
                try await upstream.expect("AUTH XOAUTH2\r\n")
                try await upstream.send("+\r\n")
                try await upstream.expect("dXNlcj1ib3hAdXBzdHJlYW0uZXhhbXBsZQFhdXRoPUJlYXJlciBuZXcBAQ==\r\n")
                try await upstream.send("+OK\r\n")
                try await client.expect("+OK\r\n")
            }
            tokens.failAll()
        }
    }

    @Test("one login too many waits for nobody's hash")
    func crowd() async throws {
        var limits = RelayLimits()
        limits.slowHashes = 0
        try await serving(Self.secret, limits: limits) { relay in
            let client = try await begun(relay)
            try await client.expect("-ERR [SYS/TEMP] No login is possible for now; try again later\r\n")
            #expect(relay.connections == 0)
        }
    }

    @Test("a server that does not know the password is not believed")
    func impostor() async throws {
        try await serving(Self.secret) { relay in
            let client = try await begun(relay)
            let upstream = try await asked(relay, "SASL SCRAM-SHA-1 PLAIN\r\n")
            let command = try await upstream.line()
            #expect(command.hasPrefix("AUTH SCRAM-SHA-1 biwsbj1ib3hAdXBzdHJlYW0uZXhhbXBsZSxyP"), "\(command)")
            try await upstream.send("+ cj14LHM9QUFBQSxpPTQwOTY=\r\n")
            try await client.expect("-ERR [SYS/TEMP] No login is possible for now; try again later\r\n")
            #expect(relay.auditEvents.contains("login_failed: the server's nonce does not fit"))
        }
    }
}
