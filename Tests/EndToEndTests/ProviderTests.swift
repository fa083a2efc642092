// The whole way of an account with tokens: `popsieve account`, a real OAuth server, the relay, a server that takes tokens.
// Must not test what OAuthTests and TokensTests do.

import Foundation
import NIOPosix
import OAuth
import OAuthServer
import Testing

@Suite("Providers", .timeLimit(.minutes(5)))
struct ProviderTests {
    private static let user = "me@example.com"
    private static let password = "only-for-the-printer-27"

    /// A mailbox of one empty maildrop, which takes the provider's tokens and nothing else.
    private static func mailbox(_ provider: OAuthServer) -> Script {
        Script { peer in
            try await peer.send("+OK ready\r\n")
            while let line = try await peer.lineOrEnd() {
                let words = line.split(separator: " ")
                switch words.first?.uppercased() {
                case "CAPA": try await peer.send("+OK\r\nUIDL\r\nRESP-CODES\r\nSASL XOAUTH2\r\n.\r\n")
                case "AUTH":
                    if words.count == 2 { try await peer.send("+ \r\n") }
                    let response = words.count > 2 ? String(words[2]) : try await peer.line()
                    let text = String(decoding: Data(base64Encoded: response) ?? Data(), as: UTF8.self)
                    let live = try await provider.control().live
                    if live.contains(where: { text == "user=\(user)\u{1}auth=Bearer \($0)\u{1}\u{1}" }) {
                        try await peer.send("+OK in\r\n")
                    } else {
                        try await peer.send("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
                        _ = try await peer.line()
                        try await peer.send("-ERR [AUTH] no\r\n")
                    }
                case "QUIT": return try await peer.send("+OK bye\r\n")
                default: try await peer.send("+OK 0 0\r\n")
                }
            }
        }
    }

    private static func account(_ arguments: [String], in folder: Folder) async throws -> Ended {
        let environment = ["HOME": folder.path, "DEVICE": password]
        return try await Child.run(
            path: Built.popsieve,
            ["account"] + arguments,
            in: folder,
            environment: environment
        )
    }

    /// The relay with an account that `popsieve account add` has set up.
    private func serving(
        hasTLS: Bool = false,
        _ body: (Popsieve, OAuthServer, Folder) async throws -> Void
    ) async throws {
        Secrets.remember(Self.password)
        let certificates = try await Certificates.shared()
        let (pair, roots) = (certificates.good, certificates.authority)
        let provider = try await OAuthServer(tls: hasTLS ? (pair.certificate, pair.key, roots) : nil)
        try await provider.control(["device": "approved"])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(Self.mailbox(provider)) { address in
                let settings = try await settings(provider, address, folder, ca: hasTLS ? roots : nil)
                // Routed: only who has an account gets in.
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await body(relay, provider, folder)
                    let state = try await provider.control()
                    for secret in state.live + state.refreshes { Secrets.remember(secret) }
                }
            }
        }
    }

    /// Settings to which `popsieve account add` has added a printer.
    private func settings(
        _ provider: OAuthServer,
        _ address: Address,
        _ folder: Folder,
        of user: String = Self.user,
        ca: String? = nil
    ) async throws -> Popsieve.Settings {
        let roots = ca.map { ", ca: \"\($0)\"" } ?? ""
        let common = """
            oauth:
              own: { client-id: public, issuer: "\(provider.root)", scopes: [mail, offline_access]\(roots) }
            tokens: { file: "\(folder["tokens"])" }

            """
        let head = "# ours\nupstream: { host: 127.0.0.1, port: \(address.port), tls: none }\n"
        _ = try folder.write("seed.yaml", head + common)
        let added = try await Self.account(
            [
                "add", user, "--config", folder["seed.yaml"], "--server", "127.0.0.1:\(address.port)",
                "--oauth", "own", "--sign-in", "device", "--device-user", "printer", "--device-password",
                "env:DEVICE", "--untried", "--json",
            ],
            in: folder
        )
        #expect(added.status == 0, "\(added)")
        let seed = String(decoding: try folder.read("seed.yaml"), as: UTF8.self)
        #expect(seed.hasPrefix(head + common))
        let state = try await provider.control()
        for secret in state.live + state.refreshes + [Self.password] {
            Secrets.remember(secret)
            let said = String(decoding: added.output, as: UTF8.self) + added.errors + seed
            #expect(!Secrets.spellings(of: secret).contains { said.contains($0) })
        }
        var settings = Popsieve.Settings(upstream: address)
        let line = try #require(
            seed.split(separator: "\n").first { $0.contains("token: ") && $0.contains("- { user:") }
        )
        settings.more = common + "accounts:\n\(line)\n"
        return settings
    }

    private func logIn(_ relay: Popsieve, password: String = password) async throws -> String {
        try await Peer.connected(to: relay.address) { (peer) async throws in
            _ = try await peer.line()
            #expect(try await peer.command("USER printer").hasPrefix("+OK"))
            let answer = try await peer.command("PASS \(password)")
            if answer.hasPrefix("+OK") { #expect(try await peer.command("QUIT").hasPrefix("+OK")) }
            return answer
        }
    }

    @Test("a device with a password of its own reads a mailbox that wants tokens", arguments: [false, true])
    func whole(hasTLS: Bool) async throws {
        try await serving(hasTLS: hasTLS) { relay, provider, _ in
            #expect(try await logIn(relay).hasPrefix("+OK"))
            let line = try #require(try relay.audit.lines("login_succeeded").first)
            #expect(line["upstream_user"] == .string(Self.user))
            try await provider.control(["asked": "0"])
            #expect(try await logIn(relay, password: "something-else").hasPrefix("-ERR"))
            #expect(try await logIn(relay).hasPrefix("+OK"))
            #expect(try await provider.control().asked == 0)
        }
    }

    @Test(
        "Dovecot judges the provider's signed tokens, devices have passwords of their own, and rules run",
        arguments: ["OAUTHBEARER", "XOAUTH2"],
        [MailClient.curl, .fetchmail]
    )
    func signed(mechanism: String, client: MailClient) async throws {
        let (anna, authority) = (Account.anna.name, try await Certificates.shared().authority)
        let provider = try await OAuthServer()
        try await provider.control(["device": "approved", "signs": anna, "key": BearerToken.keyText])
        try await Folder.temporary { folder in
            let mechanisms = mechanism.lowercased()
            try await DovecotServer.serving(Message.orderly, mechanisms: mechanisms, in: folder) { server in
                var settings = try await settings(provider, server.plain, folder, of: anna)
                settings.rules = ["tag": #"require "editheader"; addheader "X-Tagged" "yes";"#]
                try await Popsieve.serving(settings, in: folder) { relay in
                    let printer = Account(name: "printer", password: Self.password)
                    let count = Message.orderly.count
                    let way = MailClient.Way(authority: authority)
                    let got = try await client.fetch(count, from: relay.address, as: printer, way, in: folder)
                    #expect(got.count == count)
                    #expect(got.allSatisfy { String(decoding: $0, as: UTF8.self).contains("X-Tagged: yes") })
                    let logins = try relay.audit.lines("login_succeeded")
                    #expect(Set(logins.compactMap { $0["upstream_mechanism"]?.text }) == [mechanism])
                    #expect(logins.allSatisfy { $0["user"] == "printer" && $0["upstream_user"] == .string(anna) })
                }
            }
        }
    }

    @Test("a token that was taken back is exchanged once; then somebody has to sign in, and is told how")
    func revoked() async throws {
        try await serving { relay, provider, folder in
            try await provider.control(["forget": "access"])
            #expect(try await logIn(relay).hasPrefix("+OK"))
            #expect(try relay.audit.lines("token_refreshed").map { $0["account"] } == [.string(Self.user)])
            try await provider.control(["forget": "all"])
            #expect(try await logIn(relay).hasPrefix("-ERR [AUTH]"))
            try await provider.control(["asked": "0"])
            let settings = folder["seed.yaml"]
            let listed = try await Self.account(["list", "--config", settings], in: folder)
            #expect(String(decoding: listed.output, as: UTF8.self).hasPrefix("printer"))
            let device = ["renew", "printer", "--config", settings]
            let renewed = try await Self.account(device + ["--sign-in", "device"], in: folder)
            #expect(renewed.status == 0, "\(renewed)")
            #expect(try await logIn(relay).hasPrefix("+OK"))
        }
    }

    @Test("a crowd of sessions whose token has ended causes one exchange")
    func crowd() async throws {
        try await serving { relay, provider, _ in
            try await provider.control(["forget": "access", "asked": "0", "delay": "0.5"])
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<150 { group.addTask { try await logIn(relay) } }
                for try await answer in group { #expect(answer.hasPrefix("+OK"), "\(answer)") }
            }
            #expect(try await provider.control().asked == 1)
        }
    }

    @Test("a client that leaves while its token is fetched", arguments: [End.close, .halfClosure, .reset])
    func left(end: End) async throws {
        try await serving { relay, provider, _ in
            try await provider.control(["forget": "access", "asked": "0", "delay": "1"])
            let connection = try await Connection.made(to: relay.address)
            defer { connection.close() }
            let client = connection.peer()
            _ = try await client.line()
            _ = try await client.command("USER printer")
            try await client.send("PASS \(Self.password)\r\n")
            try await eventually("an exchange") { try await provider.control().asked == 1 }
            try await Meeting.end(Cell(phase: .login, end: end, side: .client, transport: .none), client)
            if end == .halfClosure { #expect(try await client.line().hasPrefix("+OK")) }
            try await eventually("the session ends") { try relay.audit.lines("session_closed").count == 1 }
            // The exchange was not for that session alone.
            #expect(try await logIn(relay).hasPrefix("+OK"))
            #expect(try await provider.control().asked == 1)
        }
    }

    @Test("kill -9 in the middle of an exchange loses no token", arguments: [0, 300, 700])
    func killed(milliseconds: Int) async throws {
        Secrets.remember(Self.password)
        let provider = try await OAuthServer()
        try await provider.control(["device": "approved", "rotates": "false"])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(Self.mailbox(provider)) { address in
                let settings = try await self.settings(provider, address, folder)
                let (_, status) = try await Popsieve.running(settings, in: folder) { relay in
                    try await provider.control(["forget": "access", "asked": "0", "delay": "0.5"])
                    try await Peer.connected(to: relay.address) { (peer) async throws in
                        _ = try await peer.line()
                        _ = try await peer.command("USER printer")
                        try await peer.send("PASS \(Self.password)\r\n")
                        try await eventually("an exchange") { try await provider.control().asked == 1 }
                        try await Task.sleep(for: .milliseconds(milliseconds))
                        kill(relay.pid, SIGKILL)
                    }
                }
                #expect(status == 128 + SIGKILL)
                try await provider.control(["delay": "0"])
                try await Popsieve.serving(settings, in: folder.folder("after")) { (relay) async throws in
                    #expect(try await logIn(relay).hasPrefix("+OK"))
                }
            }
        }
    }

    @Test("without open files there is no token for a while, and then there is")
    func noOpenFiles() async throws {
        try await serving { relay, provider, _ in
            try await provider.control(["forget": "access"])
            try await Peer.connected(to: relay.address) { (peer) async throws in
                _ = try await peer.line()
                _ = try await peer.command("USER printer")
                try await relay.allowOpenFiles(nil)
                #expect(try await peer.command("PASS \(Self.password)").hasPrefix("-ERR [SYS/TEMP]"))
                try await relay.allowOpenFiles(1_024)
            }
            // The provider is not asked again at once.
            try await eventually("a login") { try await logIn(relay).hasPrefix("+OK") }
            #expect(try relay.audit.lines("login_failed").allSatisfy { $0["code"] == "SYS/TEMP" })
        }
    }

    @Test("a provider that is down keeps nobody from trying later")
    func down() async throws {
        try await serving { relay, provider, _ in
            try await provider.control(["forget": "access", "mode": "down"])
            #expect(try await logIn(relay).hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try #require(try relay.audit.lines("token_failed").first)
            #expect(failed["account"] == .string(Self.user) && failed["remedy"] == nil)
        }
    }

    @Test("an account goes as it came")
    func removed() async throws {
        try await serving { _, _, folder in
            let settings = folder["seed.yaml"]
            let gone = try await Self.account(["remove", "printer", "--config", settings], in: folder)
            #expect(gone.status == 0, "\(gone)")
            #expect(!String(decoding: try folder.read("seed.yaml"), as: UTF8.self).contains("accounts"))
            #expect(try await Self.account(["list", "printer", "--config", settings], in: folder).status == 66)
        }
    }

    @Test("with the browser's last address from standard input, and an app password")
    func otherWays() async throws {
        try await Folder.temporary { folder in
            let added = try await Self.account(
                ["add", "me@gmail.com", "--config", folder["new.yaml"], "--password-stdin"],
                in: folder
            )
            #expect(added.status == 66, "there is no input: \(added)")
            let unknown = try await Self.account(["add", "me@icloud.com", "--config", folder["new.yaml"]], in: folder)
            #expect(unknown.status == 64 && unknown.errors.contains("iCloud has IMAP only"))
            let nameless = try await Self.account(
                ["add", "me@outlook.com", "--config", folder["new.yaml"]],
                in: folder
            )
            #expect(nameless.status == 64 && nameless.errors.contains("--client-id"))
            #expect(!FileManager.default.fileExists(atPath: folder["new.yaml"]))
        }
    }
}
