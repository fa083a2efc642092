// What no mail client sends: other protocols, endless lines, nonsense.
// Must not reach the server with any of it.

import Foundation
import Testing

@Suite("Bad clients", .timeLimit(.minutes(5)))
struct BadClientTests {
    /// Runs a client against a scripted server that must not hear of it.
    private func session(
        _ body: (Peer) async throws -> Void
    ) async throws -> (heard: [String], audit: [AuditLine]) {
        let maildrop = ScriptedMaildrop([])
        return try await Relayed.script(maildrop.script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                try await body(peer)
            }
            _ = try await relayed.relay.audit.waitFor("session_closed")
            return (maildrop.commands, try relayed.relay.audit.lines())
        }
    }

    @Test(
        "another protocol is cut off at its first line",
        arguments: [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nUSER anna\r\n", "EHLO me\r\nUSER anna\r\n", "HELO me\r\n", "LHLO me\r\n",
            "SSH-2.0-OpenSSH_9.2p1\r\nUSER anna\r\n", "a1 CAPABILITY\r\nUSER anna\r\n", "a LOGIN anna x\r\n",
            "a1 STARTTLS\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
            "POST /USER HTTP/1.0\r\n\r\nUSER anna\r\nPASS x\r\n",
        ]
    )
    func foreign(request: String) async throws {
        let (heard, audit) = try await session { (peer) async throws in
            try await peer.send(request)
            let replies = String(decoding: try await peer.rest(), as: UTF8.self)
            #expect(replies.split(separator: "\r\n").count <= 1, "\(replies)")
        }
        #expect(heard.isEmpty)
        #expect(audit.contains { $0["name"] == "foreign-protocol" })
    }

    @Test("a line of the limit is a command, one octet more is not")
    func longLine() async throws {
        let (heard, _) = try await session { (peer) async throws in
            let longest = "USER " + String(repeating: "u", count: 255 - 7)
            #expect(try await peer.command(longest).hasPrefix("+OK"))
            #expect(try await peer.command(longest + "u").hasPrefix("-ERR"))
            #expect(try await peer.command("QUIT").hasPrefix("+OK"))
        }
        #expect(heard.map(\.count) == [253, 4])
    }

    @Test("a line without end ends the session")
    func endlessLine() async throws {
        let (heard, audit) = try await session { (peer) async throws in
            try await peer.send(String(repeating: "x", count: 200_000))
            #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("-ERR"))
        }
        #expect(heard.isEmpty)
        #expect(audit.contains { $0["name"] == "line-too-long" && $0["side"] == "client" })
    }

    @Test("what is no command is refused and goes nowhere")
    func nonsense() async throws {
        let lines = [
            "XYZZY", "RETR", "RETR 0", "RETR -1", "RETR 1 2", "RETR x", "RETR 99999999999999999999", "TOP 1",
            "TOP 1 -1",
            "DELE", "DELE 1x", "USER a\0b", "USER", "PASS", "", " ", "LIST 1 2", "\u{1B}[31m",
        ]
        let (heard, audit) = try await session { (peer) async throws in
            #expect(try await peer.command("USER anna").hasPrefix("+OK"))
            #expect(try await peer.command("PASS x").hasPrefix("+OK"))
            for line in lines {
                #expect(try await peer.command(line).hasPrefix("-ERR"), "\(line.debugDescription)")
                // A good one between them, because too many bad ones in a row end the session.
                #expect(try await peer.command("NOOP").hasPrefix("+OK"))
            }
        }
        #expect(heard.filter { $0 != "NOOP" } == ["USER anna", "PASS x"])
        #expect(audit.allSatisfy { !$0.description.contains("\u{1B}") })
    }

    @Test("too many bad commands end the session")
    func tooMany() async throws {
        let (heard, audit) = try await session { (peer) async throws in
            try await peer.send(String(repeating: "XYZZY\r\n", count: 1_000))
            let replies = String(decoding: try await peer.rest(), as: UTF8.self).split(separator: "\r\n")
            #expect(replies.count < 20 && replies.allSatisfy { $0.hasPrefix("-ERR") })
        }
        #expect(heard.isEmpty)
        #expect(audit.contains { $0["name"] == "too-many-bad-commands" })
    }
}
