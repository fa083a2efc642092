// Logging in: every dialogue, what waits behind it, who may, and that no secret is written down.
// Must not test clients: see ClientTests.

import Foundation
import NIOCore
import Testing

@Suite("Logging in", .timeLimit(.minutes(5)))
struct LoginTests {
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private static let name = base64(Account.anna.name)
    private static let password = base64(Account.anna.password)
    private static let plain = base64("\0\(Account.anna.name)\0\(Account.anna.password)")

    /// Lines of the client, each after a reply, and the mechanism that the audit log names.
    struct Dialogue: Sendable, CustomTestStringConvertible {
        let lines: [String]
        let mechanism: String
        var testDescription: String { "\(mechanism) in \(lines.count) lines" }
    }

    private static let good: [Dialogue] = [
        Dialogue(lines: ["USER \(Account.anna.name)", "PASS \(Account.anna.password)"], mechanism: "USER"),
        Dialogue(lines: ["AUTH PLAIN \(plain)"], mechanism: "PLAIN"),
        Dialogue(lines: ["AUTH PLAIN", plain], mechanism: "PLAIN"),
        Dialogue(lines: ["AUTH LOGIN", name, password], mechanism: "LOGIN"),
        Dialogue(lines: ["AUTH LOGIN \(name)", password], mechanism: "LOGIN"),
        Dialogue(lines: ["auth plain \(plain)"], mechanism: "PLAIN"),
    ]

    private static let bad: [Dialogue] = [
        Dialogue(lines: ["USER \(Account.anna.name)", "PASS wrong-\(Account.anna.password)"], mechanism: "USER"),
        Dialogue(lines: ["AUTH PLAIN \(base64("\0\(Account.anna.name)\0no"))"], mechanism: "PLAIN"),
        Dialogue(lines: ["AUTH LOGIN", name, base64("not-\(Account.anna.password)")], mechanism: "LOGIN"),
        Dialogue(lines: ["AUTH PLAIN", "*"], mechanism: "PLAIN"),
    ]

    /// Says the lines; the last reply.
    private func say(_ dialogue: Dialogue, to peer: Peer) async throws -> String {
        var reply = ""
        for line in dialogue.lines { reply = try await peer.command(line) }
        return reply
    }

    /// With one upstream the dialogue passes through; with routes Popsieve leads it.
    private func relay(
        routed: Bool,
        _ body: (Popsieve) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                var settings = Popsieve.Settings.relaying(to: server.plain)
                if routed {
                    settings.upstreams.append(("other", .init(address: Address(port: 1))))
                    settings.routes = [("*@example.org", "main"), ("*", "other")]
                }
                try await Popsieve.serving(settings, in: folder, body)
            }
        }
    }

    @Test("every dialogue that is right", arguments: good, [false, true])
    func succeeds(dialogue: Dialogue, routed: Bool) async throws {
        try await relay(routed: routed) { relay in
            try await Peer.connected(to: relay.address) { (peer) async throws in
                #expect(try await peer.line().hasPrefix("+OK"))
                #expect(try await say(dialogue, to: peer).hasPrefix("+OK"))
                #expect(try await peer.command("STAT").hasPrefix("+OK \(Message.orderly.count) "))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let login = try relay.audit.lines("login_succeeded")
            #expect(login.map { $0["user"] } == [.string(Account.anna.name)])
            #expect(login.map { $0["mechanism"] } == [.string(dialogue.mechanism)])
        }
    }

    @Test("every dialogue that is wrong, and a right one behind them all", arguments: [false, true])
    func fails(routed: Bool) async throws {
        try await relay(routed: routed) { relay in
            for dialogue in Self.bad {
                try await Peer.connected(to: relay.address) { peer in
                    _ = try await peer.line()
                    let reply = try await say(dialogue, to: peer)
                    #expect(reply.hasPrefix("-ERR"), "\(dialogue): \(reply)")
                    #expect(try await peer.command("STAT").hasPrefix("-ERR"))
                    #expect(try await say(Self.good[0], to: peer).hasPrefix("+OK"))
                }
            }
            let failures = try relay.audit.lines("login_failed").compactMap { $0["mechanism"]?.text }
            #expect(failures.prefix(3) == ["USER", "PLAIN", "LOGIN"])
        }
    }

    @Test("no secret is written down", arguments: [false, true])
    func secrets(routed: Bool) async throws {
        try await relay(routed: routed) { relay in
            for dialogue in Self.good + Self.bad {
                try await Peer.connected(to: relay.address) { peer in
                    _ = try await peer.line()
                    _ = try await say(dialogue, to: peer)
                    // A client that is confused about the state it is in.
                    _ = try await peer.command("PASS \(Account.anna.password)")
                    _ = try await peer.command("XPASS \(Account.anna.password)")
                    _ = try await peer.command(Self.plain)
                }
            }
            _ = try await relay.audit.waitFor("session_closed", count: Self.good.count + Self.bad.count)
            let written = try relay.audit.lines().map(\.description).joined() + relay.log()
            for secret in [Account.anna.password, Self.password, Self.plain, Self.base64("not-")] {
                #expect(!written.contains(secret))
            }
        }
    }

    @Test("APOP goes through with the server's own stamp")
    func apop() async throws {
        let heard = ScriptedMaildrop([])
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK <1896.697170952@example.org>\r\n")
                try await heard.answer(peer)
            }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { (peer) async throws in
                #expect(try await peer.line() == "+OK <1896.697170952@example.org>")
                #expect(try await peer.command("APOP anna c4c9334bac560ecc979e58001b3e22fb").hasPrefix("+OK"))
                #expect(try await peer.command("STAT") == "+OK 0 0")
            }
            #expect(try relayed.relay.audit.lines("login_succeeded").map { $0["user"] } == ["anna"])
        }
    }

    @Test("users go where the routes say")
    func routes() async throws {
        let (first, second) = (ScriptedMaildrop([]), ScriptedMaildrop([Data(".\r\n".utf8)]))
        try await ScriptedServer.serving(second.script) { elsewhere in
            try await Relayed.script(
                first.script,
                changing: Change { settings in
                    settings.upstreams.append(("second", .init(address: elsewhere)))
                    settings.routes = [("*@Second.Example", "second"), ("anna*", "main")]
                }
            ) { relayed in
                for (user, answer) in [("a@second.example", "+OK 1 0"), ("anna@example.org", "+OK 0 0")] {
                    try await Peer.connected(to: relayed.relay.address) { peer in
                        try await peer.logIn(Account(name: user, password: "x"))
                        #expect(try await peer.command("STAT") == answer)
                    }
                }
                try await Peer.connected(to: relayed.relay.address) { peer in
                    _ = try await peer.line()
                    _ = try await peer.command("USER nobody@example.org")
                    #expect(try await peer.command("PASS x").hasPrefix("-ERR [AUTH]"))
                }
                #expect(first.commands == ["USER anna@example.org", "PASS x", "STAT"])
                #expect(second.commands == ["USER a@second.example", "PASS x", "STAT"])
            }
        }
    }

    /// An address of this machine that is not loopback, if it has one.
    private static let outerAddress: String? = {
        let addresses = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
        return addresses.first { !$0.contains(":") && !$0.hasPrefix("127.") }
    }()

    @Test("nobody logs in without TLS from another machine", .enabled(if: outerAddress != nil))
    func plaintextRefused() async throws {
        let maildrop = ScriptedMaildrop([])
        let host = try #require(Self.outerAddress)
        let authority = try await Certificates.shared().authority
        try await Relayed.script(
            maildrop.script,
            changing: Change { $0.listeners = [.init(encryption: .starttls, host: host)] }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                let before = try await Transcript.record(["CAPA"], with: peer).replies
                #expect(!String(decoding: before, as: UTF8.self).contains("USER"))
                #expect(String(decoding: before, as: UTF8.self).contains("STLS"))
                for line in ["USER anna", "PASS x", "AUTH PLAIN \(Self.plain)", "APOP anna 0"] {
                    #expect(try await peer.command(line).hasPrefix("-ERR"))
                }
                #expect(try await peer.command("STLS").hasPrefix("+OK"))
                try await peer.startTLS(trusting: authority)
                let behind = try await Transcript.record(["CAPA"], with: peer).replies
                #expect(String(decoding: behind, as: UTF8.self).contains("USER"))
                #expect(!String(decoding: behind, as: UTF8.self).contains("STLS"))
                #expect(try await peer.command("USER anna").hasPrefix("+OK"))
            }
            #expect(maildrop.commands.filter { $0 != "CAPA" } == ["USER anna"])
        }
    }
}
