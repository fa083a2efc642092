// Accounts: devices log in with passwords of the relay's own, and the relay logs in to Dovecot by each mechanism it has.
// Must not test the mechanisms' lines: see SASLTests.

import Foundation
import Testing

@Suite("Accounts", .timeLimit(.minutes(5)))
struct AccountTests {
    private static let printer = Account(name: "printer", password: "only-for-the-printer")
    /// Of its password, at the least cost that bcrypt has.
    private static let hash = "$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr."
    private static let everything = "plain login apop cram-md5 scram-sha-1 scram-sha-256"

    /// Dovecot with Anna's mailbox, and the relay that knows her password.
    private func serving(
        _ logins: [String]? = nil,
        encryption: Popsieve.Settings.Encryption = .none,
        mechanisms: String = Self.everything,
        more: String = "",
        _ body: (Popsieve, Folder) async throws -> Void
    ) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, mechanisms: mechanisms, in: folder) { server in
                var upstream = Popsieve.Settings.Upstream(
                    address: encryption == .implicit ? server.tls : server.plain,
                    encryption: encryption,
                    authority: encryption == .none ? nil : authority,
                    name: encryption == .none ? nil : "localhost"
                )
                upstream.logins = logins
                var settings = Popsieve.Settings(upstream: upstream)
                settings.more = """
                    accounts:
                      - { user: printer, password: "\(Self.hash)", as: "\(Account.anna.name)", secret: anna.secret }
                    \(more)
                    """
                settings.files = ["anna.secret": Account.anna.password + "\n"]
                try await Popsieve.serving(settings, in: folder) { relay in try await body(relay, folder) }
            }
        }
    }

    @Test(
        "the relay logs in by each mechanism",
        arguments: ["user", "apop", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"],
        [Popsieve.Settings.Encryption.none, .implicit]
    )
    func mechanisms(mechanism: String, encryption: Popsieve.Settings.Encryption) async throws {
        try await serving([mechanism], encryption: encryption) { relay, _ in
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(Self.printer)
                #expect(try await peer.command("STAT").hasPrefix("+OK \(Message.orderly.count) "))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let login = try #require(try relay.audit.lines("login_succeeded").first)
            #expect(login["user"] == "printer" && login["upstream_user"] == .string(Account.anna.name))
            let told = login["upstream_mechanism"]?.text ?? login["mechanism"]?.text
            #expect(told == mechanism.uppercased())
        }
    }

    @Test(
        "the strongest that the server offers",
        arguments: [
            (everything, "SCRAM-SHA-256"), ("plain login scram-sha-1 cram-md5", "SCRAM-SHA-1"),
            ("plain cram-md5", "CRAM-MD5"), ("login plain", "PLAIN"),
        ]
    )
    func strongest(offered: String, expected: String) async throws {
        try await serving(encryption: .starttls, mechanisms: offered) { relay, _ in
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(Self.printer)
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let logins = try relay.audit.lines("login_succeeded")
            #expect(logins.map { $0["upstream_mechanism"] } == [.string(expected)])
        }
    }

    @Test(
        "every client fetches the mailbox with the device's password",
        arguments: [
            (MailClient.curl, nil), (.curl, "PLAIN"), (.curl, "LOGIN"), (.poplib, nil), (.mpop, nil), (.mpop, "PLAIN"),
            (.mpop, "LOGIN"), (.fetchmail, nil),
        ] as [(MailClient, String?)]
    )
    func clients(client: MailClient, mechanism: String?) async throws {
        let authority = try await Certificates.shared().authority
        try await serving { relay, folder in
            let way = MailClient.Way(mechanism: mechanism, authority: authority)
            let count = Message.orderly.count
            let got = try await client.fetch(count, from: relay.address, as: Self.printer, way, in: folder)
            #expect(got.count == count)
        }
    }

    @Test("a wrong password, and a user who is not there, never reach the server")
    func wrong() async throws {
        try await serving { relay, _ in
            for account in [Account(name: "printer", password: "another-printer"), .anna] {
                try await Peer.connected(to: relay.address) { peer in
                    _ = try await peer.line()
                    #expect(try await peer.command("USER \(account.name)").hasPrefix("+OK"))
                    #expect(try await peer.command("PASS \(account.password)") == "-ERR [AUTH] Login failed")
                }
            }
            #expect(try relay.audit.lines("upstream_connected").isEmpty)
            let failures = try relay.audit.lines("login_failed")
            #expect(
                failures.map { $0["side"] } == ["relay", "relay"] && failures.map { $0["code"] } == ["AUTH", "AUTH"]
            )
        }
    }

    @Test("users with routes are served beside accounts")
    func routes() async throws {
        try await serving(more: "routes: [{ user: \"anna*\", upstream: main }]\n") { relay, _ in
            for account in [Self.printer, .anna] {
                try await Peer.connected(to: relay.address) { peer in
                    try await peer.logIn(account)
                    #expect(try await peer.command("QUIT").hasPrefix("+OK"))
                }
            }
            let users = try relay.audit.lines("login_succeeded").compactMap { $0["user"]?.text }
            #expect(users == ["printer", Account.anna.name])
        }
    }

    @Test("a reload takes new secrets and hashes, and a wrong file changes nothing")
    func reload() async throws {
        try await serving { relay, _ in
            func logIn() async throws -> String {
                try await Peer.connected(to: relay.address) { peer in
                    _ = try await peer.line()
                    _ = try await peer.command("USER printer")
                    return try await peer.command("PASS \(Self.printer.password)")
                }
            }
            #expect(try await logIn().hasPrefix("+OK"))
            try relay.folder.write("anna.secret", "")
            relay.reload()
            _ = try await relay.audit.waitFor("settings_rejected")
            #expect(try await logIn().hasPrefix("+OK"))
            try relay.folder.write("anna.secret", "not-hers\n")
            relay.reload()
            _ = try await relay.audit.waitFor("settings_reloaded")
            #expect(try await logIn() == "-ERR [AUTH] Login failed")
            let failure = try #require(try relay.audit.lines("login_failed").first)
            #expect(failure["credentials"] == "relay" && failure["side"] == "upstream")
        }
    }

    @Test("routes rewrite names, of passwords and of tokens")
    func rewritten() async throws {
        let heard = ScriptedMaildrop([])
        try await Relayed.script(
            heard.script,
            changing: Change { settings in
                settings.more = """
                    routes:
                      - { user: "*@old.example", upstream: main, as: "*@new.example" }
                      - { user: "*@pop.example.com", upstream: main, as: "*" }

                    """
            }
        ) { relayed in
            func tell(_ lines: [String]) async throws {
                try await Peer.connected(to: relayed.relay.address) { (peer) async throws in
                    _ = try await peer.line()
                    for line in lines { #expect(try await peer.command(line).hasPrefix("+OK"), "\(line)") }
                }
            }
            try await tell(["USER me@old.example", "PASS x"])
            try await tell(["USER you@a.example@pop.example.com", "PASS x"])
            let token = Data("user=me@OLD.example\u{1}auth=Bearer t\u{1}\u{1}".utf8).base64EncodedString()
            try await tell(["AUTH XOAUTH2 \(token)"])
            let renamed = Data("user=me@new.example\u{1}auth=Bearer t\u{1}\u{1}".utf8).base64EncodedString()
            let expected = [
                "USER me@new.example", "PASS x", "USER you@a.example", "PASS x", "AUTH XOAUTH2", renamed,
            ]
            #expect(heard.commands == expected)
        }
    }

    @Test(
        "clients whose exchange the routed server judges",
        arguments: [
            (MailClient.mpop, "SCRAM-SHA-1"), (.mpop, "SCRAM-SHA-256"), (.mpop, "PLAIN"), (.curl, "PLAIN"),
            (.curl, "LOGIN"), (.fetchmail, nil),
        ] as [(client: MailClient, mechanism: String?)],
        [false, true]
    )
    func passed(_ login: (client: MailClient, mechanism: String?), routed: Bool) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, mechanisms: Self.everything, in: folder) { server in
                var settings = Popsieve.Settings.relaying(to: server.plain)
                if routed {
                    settings.routes = [("*", "main")]
                    settings.upstreams[0].1.logins = ["scram-sha-256", "scram-sha-1", "user"]
                }
                try await Popsieve.serving(settings, in: folder) { relay in
                    let way = MailClient.Way(mechanism: login.mechanism, authority: authority)
                    let count = Message.orderly.count
                    let got = try await login.client.fetch(count, from: relay.address, as: .anna, way, in: folder)
                    #expect(got.count == count)
                    let logins = Set(try relay.audit.lines("login_succeeded").compactMap { $0["mechanism"]?.text })
                    if let mechanism = login.mechanism { #expect(logins == [mechanism]) }
                }
            }
        }
    }
}
