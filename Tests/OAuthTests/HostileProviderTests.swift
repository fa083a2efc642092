// A token endpoint that is down, answers garbage or something else than was asked.

import ChildProcess
import HTTPClient
import OAuthServer
import Testing

@testable import OAuth

@Suite struct HostileProviderTests {
    private enum Kind: Equatable {
        case unavailable
        case malformed
        case refused
        case grant(Duration)
    }

    @Test("each is told from the others, and none is believed")
    func answers() async throws {
        let server = try await OAuthServer()
        let expected: KeyValuePairs<String, Kind> = [
            "down": .unavailable, "busy": .unavailable, "temporarily": .unavailable, "lost": .unavailable,
            "garbage": .malformed, "html": .malformed, "list": .malformed, "deep": .malformed, "huge": .malformed,
            "empty": .malformed, "untyped": .malformed, "mac": .malformed, "newline": .malformed, "blank": .malformed,
            "forbidden": .malformed,
            "texts": .grant(.seconds(1200)), "forever": .malformed, "": .refused,
        ]
        let token = try #require(Secret("never-issued"))
        for (mode, kind) in expected {
            try await server.control(["mode": mode])
            #expect(try await answer(server.endpoint(), token) == kind, "\(mode)")
        }
    }

    private func answer(_ endpoint: TokenEndpoint, _ token: Secret) async -> Kind? {
        do throws(OAuthFailure) {
            return .grant(try await endpoint.refresh(token).lifetime)
        } catch {
            switch error {
            case .unavailable: return .unavailable
            case .malformed: return .malformed
            case .refused: return .refused
            case .expired, .impossible: return nil
            }
        }
    }

    @Test("nobody answers there")
    func down() async throws {
        let server = try await OAuthServer()
        let endpoint = try server.endpoint()
        server.process.signal(9)
        _ = await server.process.end()
        #expect(try await answer(endpoint, #require(Secret("x"))) == .unavailable)
    }

    @Test("secrets are not sent in plain text over a network")
    func plainText() async throws {
        let server = try await OAuthServer()
        var provider = try server.provider()
        provider.token = try #require(HTTPURL("http://id.example/token"))
        let endpoint = TokenEndpoint(provider, server.client)
        let token = try #require(Secret("x"))
        do throws(OAuthFailure) {
            _ = try await endpoint.refresh(token)
            Issue.record("they are")
        } catch {
            guard case .impossible = error else { throw error }
        }
    }
}
