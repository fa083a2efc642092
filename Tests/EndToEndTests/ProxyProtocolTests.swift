// Who the client is, behind HAProxy and before Dovecot: the PROXY protocol taken and sent, and XCLIENT.
// Must not test how the header is read; see ProxyHeaderTests.

import Foundation
import Testing

@Suite("PROXY protocol", .timeLimit(.minutes(5)))
struct ProxyProtocolTests {
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    /// A relay for proxies of this machine, in plain text, with STLS, and in TLS from the first octet.
    private static func behindProxies(_ more: String = "", of proxies: String = "127.0.0.1, \"::1\"") -> Change {
        Change { settings in
            settings.listeners = [Transport.none, .starttls, .implicit].map {
                .init(encryption: $0, more: "proxy-protocol: true")
            }
            settings.more += "trusted-proxies: [\(proxies)]\n\(more)"
        }
    }

    private static let ways: [MailClient.Way.Security] = [.plain, .starttls, .implicit]

    @Test(
        "HAProxy before the relay: clients of all ways are known by their own address",
        arguments: ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options unique-id,crc32c"]
    )
    func behindHAProxy(_ options: String) async throws {
        let authority = try await Certificates.shared().authority
        try await Relayed.script(maildrop.script, changing: Self.behindProxies()) { relayed in
            let servers = relayed.relay.addresses.map { (address: $0, options: options) }
            try await Balancer.serving(servers, in: relayed.folder) { balancer in
                for (address, security) in zip(balancer.addresses, Self.ways) {
                    let way = MailClient.Way(security: security, authority: authority)
                    _ = try await MailClient.poplib.fetch(1, from: address, as: .anna, way, in: relayed.folder)
                }
                try await Peer.connected(to: balancer.addresses[0], from: "127.0.0.9") { try await $0.logIn(.anna) }
            }
            let opened = try relayed.relay.audit.lines("session_opened")
            #expect(opened.map { $0["client"] } == ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.9"], "\(opened)")
            #expect(opened.allSatisfy { $0["proxy"] == "127.0.0.1" })
            #expect(try relayed.relay.audit.lines("session_refused").isEmpty)
        }
    }

    @Test("HAProxy's checks are no sessions", arguments: ["check", "check send-proxy", "check send-proxy-v2"])
    func checks(_ options: String) async throws {
        try await Relayed.script(maildrop.script, changing: Self.behindProxies()) { relayed in
            let server = (relayed.relay.address, "\(options) inter 100ms")
            let opened = try relayed.relay.openFiles()
            try await Balancer.serving([server], in: relayed.folder) { _ in
                try await Task.sleep(for: .seconds(2))
            }
            try await eventually("they have gone") { try relayed.relay.openFiles() <= opened }
            let lines = try relayed.relay.audit.lines().map(\.event)
            #expect(!lines.contains { $0.hasPrefix("session_") }, "\(lines)")
        }
    }

    static let headers: [(name: String, header: [UInt8], client: String)] = [
        ("version 1", Array("PROXY TCP4 192.0.2.7 198.51.100.1 4000 995\r\n".utf8), "192.0.2.7"),
        ("IPv6", Array("PROXY TCP6 2001:db8::7 2001:db8::1 4000 995\r\n".utf8), "2001:db8::7"),
        ("nobody knows who", Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"),
        (
            "version 2, with a checksum",
            [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 19, 192, 0, 2, 7, 198, 51, 100, 1, 15, 160]
                + [3, 227, 3, 0, 4, 1, 2, 3, 4],
            "192.0.2.7"
        ),
    ]

    @Test(
        "the client's first octets come with the header, or the header comes in pieces",
        arguments: headers,
        [1, 7, 999]
    )
    func pieces(_ sent: (name: String, header: [UInt8], client: String), count: Int) async throws {
        let change = Self.behindProxies("allow-plaintext-login: true\n")
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                var octets = Data(sent.header) + Data("USER anna\r\n".utf8)
                while !octets.isEmpty {
                    try await peer.send(Data(octets.prefix(count)))
                    try await peer.pause()
                    octets = Data(octets.dropFirst(count))
                }
                #expect(try await peer.line() == "+OK scripted")
                #expect(try await peer.line().hasPrefix("+OK"))
                #expect(try await peer.command("PASS \(Account.anna.password)").hasPrefix("+OK"))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let opened = try relayed.relay.audit.lines("session_opened")
            #expect(opened.map { $0["client"]?.text } == [sent.client])
        }
    }

    /// A proxy of this machine is on loopback, and those behind it are not.
    @Test("a password in plain text is for clients of this machine alone", arguments: headers)
    func plaintext(_ sent: (name: String, header: [UInt8], client: String)) async throws {
        try await Relayed.script(maildrop.script, changing: Self.behindProxies()) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send(Data(sent.header))
                _ = try await peer.line()
                #expect(try await peer.command("USER anna").hasPrefix("-ERR"))
            }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send("PROXY TCP4 127.0.0.1 127.0.0.1 4000 110\r\n")
                try await peer.logIn(.anna)
            }
        }
    }

    @Test("it is the client who is counted, and never the proxy")
    func counted() async throws {
        let more = "limits: { sessions-per-address: 1 }\ntrusted-networks: []\nallow-plaintext-login: true\n"
        try await Relayed.script(maildrop.script, changing: Self.behindProxies(more)) { relayed in
            func connected(_ client: String, _ body: (Peer) async throws -> Void) async throws {
                try await Peer.connected(to: relayed.relay.address) { peer in
                    try await peer.send("PROXY \(client)\r\n")
                    try await body(peer)
                }
            }
            try await connected("TCP4 192.0.2.7 192.0.2.1 1 110") { first in
                #expect(try await first.line() == "+OK scripted")
                try await connected("TCP4 192.0.2.7 192.0.2.1 2 110") { (second) async throws in
                    #expect(try await second.line().hasPrefix("-ERR [SYS/TEMP]"))
                }
                for client in ["TCP4 192.0.2.8 192.0.2.1 3 110", "UNKNOWN", "UNKNOWN"] {
                    try await connected(client) { (other) async throws in
                        #expect(try await other.line() == "+OK scripted")
                        try await connected("UNKNOWN") { (more) async throws in
                            #expect(try await more.line() == "+OK scripted")
                        }
                    }
                }
            }
            let refused = try relayed.relay.audit.lines("session_refused")
            #expect(refused.map { $0["client"] } == ["192.0.2.7"])
        }
    }

    @Test("whoever is no trusted proxy is not listened to")
    func untrusted() async throws {
        let change = Self.behindProxies(of: "127.0.0.7")
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send("PROXY TCP4 192.0.2.7 198.51.100.1 4000 995\r\n")
                #expect(try await peer.rest().isEmpty)
            }
            let refused = try await relayed.relay.audit.waitFor("session_refused")[0]
            #expect(refused["client"] == "127.0.0.1" && refused["reason"] == "it is no trusted proxy", "\(refused)")
            try await Peer.connected(to: relayed.relay.address, from: "127.0.0.7") { peer in
                try await peer.send("PROXY TCP4 127.0.0.1 127.0.0.1 4000 995\r\n")
                try await peer.logIn(.anna)
            }
        }
    }

    @Test("rules see the client")
    func rules() async throws {
        let rule = """
            require ["environment", "editheader"];
            if environment "remote-ip" "192.0.2.7" { addheader "X-Seen" "yes"; }
            """
        let change = Self.behindProxies("allow-plaintext-login: true\n")
        try await Relayed.script(maildrop.script, rule: rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send("PROXY TCP4 192.0.2.7 198.51.100.1 4000 110\r\n")
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                #expect(String(decoding: try await peer.multilineReply(), as: UTF8.self).contains("X-Seen: yes"))
            }
        }
    }

    // MARK: Before the server

    static let servers: [(trust: DovecotServer.Trust, setting: String)] = [
        (.proxyProtocol, "proxy-protocol: v1"), (.proxyProtocol, "proxy-protocol: v2"), (.xclient, "xclient: true"),
    ]

    @Test("Dovecot's log has the client's address, however it is reached", arguments: servers, Transport.allCases)
    func told(_ server: (trust: DovecotServer.Trust, setting: String), transport: Transport) async throws {
        let certificates = try await Certificates.shared()
        try await Folder.temporary { folder in
            try await DovecotServer.serving([(.anna, [])], trusting: server.trust, in: folder) { dovecot in
                var settings = Popsieve.Settings(upstream: transport == .implicit ? dovecot.tls : dovecot.plain)
                settings.upstreams[0].1.encryption = transport
                if transport != .none { settings.upstreams[0].1.authority = certificates.authority }
                settings.upstreams[0].1.more = server.setting
                Self.behindProxies("allow-plaintext-login: true\n").apply(&settings)
                try await Popsieve.serving(settings, in: folder) { relay in
                    for client in ["192.0.2.7", "2001:db8::7"] {
                        let header = client.contains(":") ? "TCP6 \(client) ::1" : "TCP4 \(client) 192.0.2.1"
                        try await Peer.connected(to: relay.address) { peer in
                            try await peer.send("PROXY \(header) 4000 110\r\n")
                            let greeting = try await peer.line()
                            #expect(greeting.hasPrefix("+OK") && !greeting.contains("XCLIENT"), "\(greeting)")
                            _ = try await peer.command("USER \(Account.anna.name)")
                            #expect(try await peer.command("PASS \(Account.anna.password)").hasPrefix("+OK"))
                            #expect(try await peer.command("QUIT").hasPrefix("+OK"))
                        }
                        let login = try await eventually("a login from \(client)") {
                            try dovecot.log().first { $0.contains("Login:") && $0.contains("rip=\(client),") }
                        }
                        guard server.trust == .xclient else { continue }
                        let sessions = try relay.audit.lines("session_opened").compactMap { $0["session"]?.text }
                        #expect(sessions.contains { login.contains("session=<\($0)>") }, "\(login)")
                    }
                }
            }
        }
    }

    @Test("a client that speaks XCLIENT is nobody else")
    func forged() async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving([(.anna, [])], trusting: .xclient, in: folder) { dovecot in
                try await Popsieve.serving(.init(upstream: dovecot.plain), in: folder) { relay in
                    try await Peer.connected(to: relay.address) { (peer) async throws in
                        _ = try await peer.line()
                        #expect(try await peer.command("XCLIENT ADDR=192.0.2.66 PORT=1").hasPrefix("-ERR"))
                        _ = try await peer.command("USER \(Account.anna.name)")
                        #expect(try await peer.command("PASS \(Account.anna.password)").hasPrefix("+OK"))
                    }
                    try await eventually("a login") { try dovecot.log().contains { $0.contains("Login:") } }
                    #expect(try !dovecot.log().contains { $0.contains("192.0.2.66") })
                }
            }
        }
    }
}
