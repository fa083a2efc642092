// Signing in at a real OAuth server: code with PKCE, device code, client credentials; and what comes of a token.

import HTTPClient
import NIOPosix
import OAuthServer
import Testing

@testable import OAuth

@Suite struct SignInTests {
    let server: OAuthServer

    init() async throws { server = try await OAuthServer() }

    @Test("a code that the browser brings to the loopback address becomes a token")
    func code() async throws {
        let listener = try await RedirectListener(on: MultiThreadedEventLoopGroup.singleton)
        let flow = try CodeFlow(server.endpoint(), redirect: "http://127.0.0.1:\(listener.port)/")
        let place = try await server.browse(flow.address(hint: "me@example.com"))
        async let arrival = listener.arrival { flow.arrival(query: $0) }
        // Others come to the port first: a browser that wants an icon, and a page that guesses.
        for path in ["favicon.ico", "?state=guess&code=stolen", "?code=stolen"] {
            let url = try #require(HTTPURL("http://127.0.0.1:\(listener.port)/\(path)"))
            #expect(try await server.client.response(to: HTTPRequest(.get, url)).status == 404)
        }
        let page = try await server.client.response(to: HTTPRequest(.get, #require(HTTPURL(place))))
        #expect(page.status == 200)
        #expect(String(decoding: page.body, as: UTF8.self).contains("You are signed in"))
        guard case .code(let code) = await arrival else {
            Issue.record("no code came")
            return
        }
        let grant = try await flow.grant(for: code)
        #expect(try await server.control().live == [grant.accessToken.text])
        #expect(grant.lifetime == .seconds(3600))
        #expect(grant.refreshToken != nil)
        await listener.close()
        // It counts once.
        await #expect(throws: OAuthFailure.self) { () async throws in _ = try await flow.grant(for: code) }
    }

    @Test("a code without the verifier that belongs to it is worth nothing")
    func stolenCode() async throws {
        let flow = try CodeFlow(server.endpoint(), redirect: "http://127.0.0.1:9/")
        let thief = try CodeFlow(server.endpoint(), redirect: "http://127.0.0.1:9/")
        guard case .code(let code) = try await flow.arrival(address: server.browse(flow.address(hint: nil))) else {
            Issue.record("no code came")
            return
        }
        await #expect(throws: OAuthFailure.self) { () async throws in _ = try await thief.grant(for: code) }
    }

    @Test("the person says no")
    func denied() async throws {
        try await server.control(["mode": "deny"])
        let flow = try CodeFlow(server.endpoint(), redirect: "http://127.0.0.1:9/")
        let arrival = try await flow.arrival(address: server.browse(flow.address(hint: nil)))
        guard case .refused(.refused(code: "access_denied", _)) = arrival else {
            Issue.record("\(arrival)")
            return
        }
    }

    @Test("a code that is typed elsewhere becomes a token")
    func device() async throws {
        let flow = try await DeviceFlow.begin(server.endpoint())
        #expect(flow.address == server.root + "/device")
        #expect(!flow.userCode.isEmpty)
        let clock = JumpingClock()
        async let grant = flow.grant(clock: clock)
        while clock.sleeps < 3 { await Task.yield() }
        try await server.control(["device": "approved"])
        let token = try await grant.accessToken
        #expect(try await server.control().live == [token.text])
    }

    @Test("whoever asks too often waits five seconds more each time (RFC 8628, 3.5)")
    func slowDown() async throws {
        try await server.control(["device": "slow"])
        let flow = try await DeviceFlow.begin(server.endpoint())
        let clock = JumpingClock()
        async let grant = flow.grant(clock: clock)
        while clock.sleeps < 4 { await Task.yield() }
        try await server.control(["device": "approved"])
        _ = try await grant
        #expect(Array(clock.lengths.prefix(4)) == [.seconds(1), .seconds(6), .seconds(11), .seconds(16)])
    }

    @Test("a device code that is refused, and one that nobody types")
    func deviceEnds() async throws {
        let endpoint = try server.endpoint()
        try await server.control(["device": "denied"])
        let flow = try await DeviceFlow.begin(endpoint)
        do throws(OAuthFailure) {
            _ = try await flow.grant(clock: JumpingClock())
            Issue.record("a token for somebody who has refused")
        } catch {
            if case .refused(code: "access_denied", _) = error {} else { Issue.record("\(error)") }
        }
        try await server.control(["device": "slow"])
        let forgotten = try await DeviceFlow.begin(endpoint)
        await #expect(throws: OAuthFailure.expired) { () async throws in
            _ = try await forgotten.grant(clock: JumpingClock())
        }
    }

    @Test("a token for the client itself")
    func clientCredentials() async throws {
        let grant = try await server.endpoint(isDaemon: true).clientCredentials()
        #expect(try await server.control().live == [grant.accessToken.text])
        #expect(grant.refreshToken == nil)
        await #expect(throws: OAuthFailure.self) { () async throws in
            _ = try await server.endpoint().clientCredentials()
        }
    }

    @Test("refresh tokens that are exchanged, and those that stay", arguments: [true, false])
    func refresh(rotates: Bool) async throws {
        try await server.control(["rotates": "\(rotates)"])
        let endpoint = try server.endpoint()
        let first = try #require(await server.signIn().refreshToken)
        let next = try await endpoint.refresh(first)
        #expect(next.refreshToken != first)
        let again = await Task { try await endpoint.refresh(first) }.result
        let isGone = (try? again.get()) == nil
        #expect(isGone == rotates)
    }

    @Test("a refresh token that was taken back needs a person")
    func revoked() async throws {
        let token = try #require(await server.signIn().refreshToken)
        try await server.revoke(token)
        let endpoint = try server.endpoint()
        do throws(OAuthFailure) {
            _ = try await endpoint.refresh(token)
            Issue.record("it counts")
        } catch {
            #expect(error.needsPerson)
        }
    }

    @Test("what a provider publishes about itself (RFC 8414)")
    func discovery() async throws {
        let found = try await Discovery.find(server.root, server.client)
        #expect(try found.token == server.url("/token"))
        #expect(try found.authorization == server.url("/authorize"))
        #expect(try found.device == server.url("/device_authorization"))
        try await server.control(["mode": "impostor"])
        await #expect(throws: OAuthFailure.self) { () async throws in
            _ = try await Discovery.find(server.root, server.client)
        }
    }
}
