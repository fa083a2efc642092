// Nothing crosses STLS with bytes in hand, and nobody talks a side out of TLS.
// Must not test certificates: see CertificateTests.

import Foundation
import Testing

@Suite("STLS", .timeLimit(.minutes(5)))
struct STLSTests {
    @Test(
        "what a client sends behind STLS in the same segment ends the session",
        arguments: ["STLS\r\nCAPA\r\n", "STLS\r\nUSER anna\r\nPASS x\r\n", "stls\r\n\u{16}", "CAPA\r\nSTLS\r\n\r\n"]
    )
    func clientInjection(lines: String) async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(maildrop.script, changing: Change { $0.listeners[0].encryption = .starttls }) {
            relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                try await peer.send(lines)
                let replies = String(decoding: try await peer.rest(), as: UTF8.self)
                #expect(!replies.contains("Begin TLS"))
            }
            let violation = try await relayed.relay.audit.waitFor("protocol_violation")[0]
            #expect(violation["name"] == "octets-behind-stls" && violation["side"] == "client")
            _ = try await relayed.relay.audit.waitFor("session_closed")
            #expect(maildrop.commands.filter { $0 != "CAPA" }.isEmpty)
        }
    }

    @Test(
        "what a server sends behind its reply to STLS ends the session",
        arguments: ["+OK\r\n+OK injected\r\n", "+OK\r\n\u{16}", "+OK\r\n-ERR\r\n.\r\n"]
    )
    func upstreamInjection(reply: String) async throws {
        let maildrop = ScriptedMaildrop([])
        let authority = try await Certificates.shared().authority
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                while try await maildrop.hear(peer) != "STLS" { try await peer.send("+OK\r\nSTLS\r\n.\r\n") }
                try await peer.send(reply)
                _ = try await peer.rest()
            },
            changing: Change {
                $0.upstreams[0].1.encryption = .starttls
                $0.upstreams[0].1.authority = authority
            }
        ) { relayed in
            try await expectFailure(relayed, maildrop)
            let violation = try await relayed.relay.audit.waitFor("protocol_violation")[0]
            #expect(violation["name"] == "octets-behind-stls" && violation["side"] == "upstream")
        }
    }

    @Test(
        "a server that does not start TLS gets no credential",
        arguments: ["-ERR no\r\n", "-ERR [SYS/PERM] never\r\n", "nonsense\r\n"]
    )
    func stripped(reply: String) async throws {
        let maildrop = ScriptedMaildrop([])
        let authority = try await Certificates.shared().authority
        try await Relayed.script(
            Script { peer in
                // The stamp is a bait: APOP must not follow it.
                try await peer.send("+OK <1896.697170952@example.org>\r\n")
                while true {
                    let line = try await maildrop.hear(peer)
                    try await peer.send(line == "STLS" ? reply : line == "CAPA" ? "+OK\r\nUSER\r\n.\r\n" : "+OK\r\n")
                }
            },
            changing: Change {
                $0.upstreams[0].1.encryption = .starttls
                $0.upstreams[0].1.authority = authority
            }
        ) { relayed in
            try await expectFailure(relayed, maildrop)
        }
    }

    /// The client is told, nothing secret was sent, and the audit log knows.
    private func expectFailure(_ relayed: Relayed, _ maildrop: ScriptedMaildrop) async throws {
        try await Peer.connected(to: relayed.relay.address) { peer in
            // As impatient clients do.
            try await peer.send("USER anna\r\nPASS secret\r\nAPOP anna 0123\r\n")
            let replies = String(decoding: try await peer.rest(), as: UTF8.self)
            #expect(replies.hasPrefix("-ERR [SYS/TEMP]"))
            #expect(!replies.contains("injected") && !replies.contains("1896"))
        }
        _ = try await relayed.relay.audit.waitFor("upstream_failed")
        _ = try await relayed.relay.audit.waitFor("session_closed")
        #expect(maildrop.commands.allSatisfy { $0 == "STLS" || $0 == "CAPA" })
    }

    @Test("what was said before STLS is forgotten, and STLS is offered once")
    func forgets() async throws {
        let maildrop = ScriptedMaildrop([])
        let authority = try await Certificates.shared().authority
        try await Relayed.script(maildrop.script, changing: Change { $0.listeners[0].encryption = .starttls }) {
            relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                #expect(try await peer.command("USER anna").hasPrefix("+OK"))
                #expect(try await peer.command("STLS").hasPrefix("+OK"))
                try await peer.startTLS(trusting: authority)
                #expect(try await peer.command("PASS x").hasPrefix("-ERR"))
                #expect(try await peer.command("STLS").hasPrefix("-ERR"))
                #expect(try await peer.command("USER bela").hasPrefix("+OK"))
                #expect(try await peer.command("PASS y").hasPrefix("+OK"))
                #expect(try await peer.command("STLS").hasPrefix("-ERR"))
            }
            #expect(try relayed.relay.audit.lines("login_succeeded").map { $0["user"] } == ["bela"])
        }
    }
}
