// Clients that log in with tokens, with the relay between them and a Dovecot that judges their signatures.
// Must not test how tokens are had.

import Foundation
import Testing

@Suite("Logging in with tokens", .timeLimit(.minutes(5)))
struct TokenLoginTests {
    private func serving(routed: Bool, _ body: (Popsieve, Folder) async throws -> Void) async throws {
        try await Folder.temporary { folder in
            let mechanisms = "plain xoauth2 oauthbearer"
            try await DovecotServer.serving(Message.orderly, mechanisms: mechanisms, in: folder) { server in
                var settings = Popsieve.Settings.relaying(to: server.plain)
                if routed { settings.routes = [("*", "main")] }
                try await Popsieve.serving(settings, in: folder) { relay in try await body(relay, folder) }
            }
        }
    }

    @Test(
        "every client that knows tokens",
        arguments: [(.curl, "OAUTHBEARER"), (.mpop, "OAUTHBEARER"), (.mpop, "XOAUTH2")]
            as [(client: MailClient, mechanism: String)],
        [false, true]
    )
    func clients(_ login: (client: MailClient, mechanism: String), routed: Bool) async throws {
        let authority = try await Certificates.shared().authority
        let anna = Account(name: Account.anna.name, password: try BearerToken.signed(for: Account.anna.name))
        try await serving(routed: routed) { relay, folder in
            let way = MailClient.Way(mechanism: login.mechanism, authority: authority)
            let count = Message.orderly.count
            let got = try await login.client.fetch(count, from: relay.address, as: anna, way, in: folder)
            #expect(got.count == count)
            let logins = try relay.audit.lines("login_succeeded")
            #expect(Set(logins.compactMap { $0["mechanism"]?.text }) == [login.mechanism])
            if routed { #expect(Set(logins.compactMap { $0["user"]?.text }) == [Account.anna.name]) }
        }
    }

    @Test("a bad token: the server's complaint, the client's last word, and the refusal", arguments: [false, true])
    func refused(routed: Bool) async throws {
        try await serving(routed: routed) { relay, _ in
            try await Peer.connected(to: relay.address) { peer in
                _ = try await peer.line()
                let name = Account.anna.name
                let bad = Data("n,a=\(name),\u{1}auth=Bearer not-a-good-token\u{1}\u{1}".utf8).base64EncodedString()
                #expect(try await peer.command("AUTH OAUTHBEARER").hasPrefix("+"))
                // `{"status":"invalid_token"}`
                #expect(try await peer.command(bad) == "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=")
                #expect(try await peer.command("AQ==").hasPrefix("-ERR [AUTH]"))
                #expect(try await peer.command("NOOP").hasPrefix("-ERR"))
            }
            let failure = try #require(try relay.audit.lines("login_failed").first)
            #expect(failure["mechanism"] == "OAUTHBEARER" && failure["side"] == "upstream")
        }
    }
}
