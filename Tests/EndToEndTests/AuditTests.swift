// The audit log of whole sessions: every line that must be there, in order, whatever ends the process.
// Must not test the encoding: the Audit target does.

import Foundation
import Testing

@Suite("Audit log", .timeLimit(.minutes(5)))
struct AuditTests {
    @Test("a session leaves its lines in order")
    func order() async throws {
        try await Relayed.dovecot(Message.orderly, rule: Rules.tagging) { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                _ = try await peer.command("USER \(Account.anna.name)")
                #expect(try await peer.command("PASS wrong").hasPrefix("-ERR"))
                _ = try await peer.command("USER \(Account.anna.name)")
                #expect(try await peer.command("PASS \(Account.anna.password)").hasPrefix("+OK"))
                _ = try await Transcript.record(["UIDL", "RETR 1", "TOP 2 0", "DELE 1", "RSET", "QUIT"], with: peer)
            }
            _ = try await relayed.relay.audit.waitFor("session_closed")
            let lines = try relayed.relay.audit.lines()
            #expect(
                lines.map(\.event).filter { $0 != "rules_loaded" } == [
                    "service_started", "session_opened", "upstream_connected", "login_failed", "login_succeeded",
                    "message",
                    "message", "deleted", "deletions_undone", "session_closed",
                ]
            )
            let session = lines.filter { $0["session"] != nil }
            #expect(Set(session.compactMap { $0["session"]?.text }).count == 1)
            #expect(session.allSatisfy { $0["client"] == "127.0.0.1" && $0["v"] == 1 })
            #expect(session.dropFirst(3).allSatisfy { $0["user"]?.text == Account.anna.name })
            let message = try #require(lines.first { $0.event == "message" })
            #expect(message["number"] == 1 && message["command"] == "RETR" && message["verdict"] == "tagged")
            #expect(message["uidl"]?.text == Message.orderly.map(\.name).sorted()[0])
            let rule = try #require(message["rules"]?.list.first)
            #expect(rule["file"] == "10-test.sieve" && rule["line"] == 1)
            let (read, written) = (message["octets_in"]?.number ?? 0, message["octets_out"]?.number ?? 0)
            #expect(read > 0 && written == read + Rules.tag.utf8.count)
            let closed = try #require(lines.last)
            #expect(closed["reason"] == "quit" && closed["messages"] == 2 && closed["deletions"] == 0)
        }
    }

    /// It said 2, as DELE was answered `+OK` twice, and 0, as the client was gone before the answer to QUIT came.
    @Test("a message counts once as deleted, and not at all where nobody knows", arguments: [true, false])
    func deletions(isAnswered: Bool) async throws {
        let script = Script { peer in
            try await peer.send("+OK\r\n")
            while true {
                if try await peer.line() == "QUIT", !isAnswered { return }
                try await peer.send("+OK\r\n")
            }
        }
        try await Relayed.script(script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for line in ["DELE 1", "DELE 1", "DELE 2"] { _ = try await peer.command(line) }
                try await peer.send("QUIT\r\n")
                _ = try await peer.rest()
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed")[0]
            #expect(closed["deletions"] == (isAnswered ? 2 : nil))
        }
    }

    @Test("the line of a message is there when the process is killed right behind it")
    func killed() async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                let (audit, status) = try await Popsieve.running(.relaying(to: server.plain), in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        _ = try await Transcript.record(["RETR 1"], with: peer)
                        kill(relay.pid, SIGKILL)
                        _ = try await peer.rest()
                    }
                    return relay.audit
                }
                #expect(status == 128 + SIGKILL)
                #expect(try audit.lines("message").map { $0["number"] } == [1])
            }
        }
    }

    @Test("a relay that is told to end says so, and why its sessions ended")
    func stopped() async throws {
        let maildrop = ScriptedMaildrop([])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { address in
                let (audit, status) = try await Popsieve.running(.relaying(to: address), in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        kill(relay.pid, SIGTERM)
                        _ = try await peer.rest()
                    }
                    return relay.audit
                }
                #expect(status == 0)
                #expect(try audit.lines().map(\.event).suffix(2) == ["session_closed", "service_stopped"])
                #expect(try audit.lines("session_closed").map { $0["side"] } == ["relay"])
            }
        }
    }

    @Test("the log is written anew after it was moved away")
    func rotated() async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(maildrop.script) { relayed in
            let audit = relayed.relay.audit
            try FileManager.default.moveItem(atPath: audit.path, toPath: audit.path + ".1")
            relayed.relay.reload()
            try await eventually("the log is there again") { FileManager.default.fileExists(atPath: audit.path) }
            try await Peer.connected(to: relayed.relay.address) { peer in _ = try await peer.line() }
            _ = try await audit.waitFor("session_closed")
            #expect(try AuditTrail(path: audit.path + ".1").lines("service_started").count == 1)
        }
    }

    @Test("a message cannot forge a line")
    func forged() async throws {
        let name = "x\\\",\\\"event\\\":\\\"forged\u{2028}\u{85}"
        let wire = Data("Subject: a\r\n\r\nb\r\n.\r\n".utf8)
        let maildrop = ScriptedMaildrop([wire])
        try await Relayed.script(maildrop.script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(Account(name: name, password: "x"))
                _ = try await Transcript.record(["RETR 1", "QUIT"], with: peer)
            }
            _ = try await relayed.relay.audit.waitFor("session_closed")
            let lines = try relayed.relay.audit.lines()
            #expect(lines.allSatisfy { $0.event != "forged" })
            #expect(lines.first { $0.event == "login_succeeded" }?["user"]?.text == name)
        }
    }
}
