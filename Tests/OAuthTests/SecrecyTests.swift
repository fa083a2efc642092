// PKCE's arithmetic, and that nothing secret can be printed.

import HTTPClient
import NIOPosix
import Testing

@testable import OAuth

@Suite struct SecrecyTests {
    @Test("the example of RFC 7636, appendix B")
    func proofKey() throws {
        let proof = try #require(ProofKey(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
        #expect(proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(ProofKey()?.verifier.text.count == 43)
        #expect(ProofKey()?.challenge != ProofKey()?.challenge)
    }

    @Test("no secret shows itself")
    func shown() throws {
        let secret = try #require(Secret("hidden"))
        let grant = Grant(accessToken: secret, refreshToken: secret, lifetime: .zero)
        var text = "\(secret) \(grant)" + String(reflecting: grant)
        dump(grant, to: &text)
        #expect(!text.contains("hidden"))
    }

    @Test("what is no token", arguments: ["", "a\r\nb", "ü", "a\u{0}", String(repeating: "a", count: 16_385)])
    func nonsense(text: String) { #expect(Secret(text) == nil) }

    @Test("an answer of another provider is none (RFC 9207)")
    func mixUp() throws {
        let token = try #require(HTTPURL("https://id.example/token"))
        var provider = OAuthProvider(token: token, clientID: "c", scopes: [])
        provider.authorization = HTTPURL("https://id.example/authorize?p=1")
        provider.issuer = "https://id.example"
        let client = try HTTPClient(on: .singletonMultiThreadedEventLoopGroup)
        let flow = try CodeFlow(TokenEndpoint(provider, client), redirect: "http://127.0.0.1:9/")
        let address = flow.address(hint: nil)
        #expect(address.hasPrefix("https://id.example/authorize?p=1&response_type=code&client_id=c&"))
        let state = try #require(address.split(separator: "&").first { $0.hasPrefix("state=") })
        #expect(flow.arrival(query: "\(state)&code=x&iss=https%3A%2F%2Fid.example") == .code(try #require(Secret("x"))))
        #expect(flow.arrival(query: "\(state)&code=x&iss=https%3A%2F%2Fevil.example") == .foreign)
        #expect(flow.arrival(query: "\(state)&code=x&code=y") == .foreign)
        #expect(flow.arrival(address: "http://127.0.0.1:9/?\(state)&code=x#f \n") == .code(try #require(Secret("x"))))
        #expect(flow.arrival(address: "nothing") == .foreign)
    }
}
