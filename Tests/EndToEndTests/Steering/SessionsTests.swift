// Sessions that are seen from outside, and ended from there.
// Must not end one by its connection: that is what other tests do.

import Foundation
import Testing

@Suite("Sessions seen from outside", .timeLimit(.minutes(5)))
struct SessionsTests {
    private static let message = Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)

    @Test("a session is listed with phase, user and octets; its end is told, recorded, and deletes nothing")
    func end() async throws {
        let maildrop = ScriptedMaildrop([Self.message])
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                _ = try await peer.multilineReply()
                #expect(try await peer.command("DELE 1") == "+OK")
                let session = try #require(try await steered.sessions().first)
                #expect(session["user"]?.text == Account.anna.name && session["phase"] == "idle")
                #expect(session["upstream"] == "main" && session["client"] == "127.0.0.1")
                #expect((session["octets_out"]?.number ?? 0) > Self.message.count)
                let id = try #require(session["session"]?.text)
                let table = try await steered.popsieve("sessions")
                #expect(table.text.contains("SESSION") && table.text.contains(id))
                let ended = try await steered.popsieve("sessions", "end", id)
                #expect(ended.status == 0 && ended.text == "ended: \(id) of \(Account.anna.name), idle\n")
                #expect(try await peer.line() == "-ERR [SYS/TEMP] The session was ended by an operator")
                #expect(try await peer.rest().isEmpty)
                let closed = try await steered.relay.audit.waitFor("session_closed")[0]
                #expect(closed["side"] == "relay" && closed["deletions"] == 0 && closed["session"]?.text == id)
                #expect(closed["reason"]?.text == "ended-by-operator: \(NSUserName())")
                let again = try await steered.popsieve("sessions", "end", id)
                #expect(again.status == 69 && again.errors.contains("there is no session \"\(id)\" now"))
            }
            #expect(try await steered.sessions().isEmpty)
        }
        #expect(status == 0)
        // The server was not told to delete what it was asked to mark.
        #expect(maildrop.commands.contains("DELE 1") && !maildrop.commands.contains("QUIT"))
    }

    /// Begins a message and then says nothing.
    private let owing = Script { peer in
        try await peer.send("+OK scripted\r\n")
        for _ in 0..<2 {
            _ = try await peer.line()
            try await peer.send("+OK\r\n")
        }
        _ = try await peer.line()
        try await peer.send("+OK\r\nSubject: x\r\n\r\nbegin\r\n")
        _ = try await peer.rest()
    }

    @Test("in the middle of a message nothing is said that could be taken for a part of it")
    func insideMessage() async throws {
        let (_, status) = try await Steered.running(owing) { steered in
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                for _ in 0..<4 { _ = try await peer.line() }
                let session = try #require(try await steered.sessions().first)
                #expect(session["phase"] == "message")
                let id = try #require(session["session"]?.text)
                #expect(try await steered.popsieve("sessions", "end", id).status == 0)
                #expect(try await peer.rest().isEmpty)
            }
        }
        #expect(status == 0)
    }

    @Test("a session whose message a scanner has is ended, and the scan with it; the message stays")
    func held() async throws {
        let scanner = ScriptedScanner(.clamd, .hangs)
        let wire = "Subject: x\r\n\r\n\(ScriptedScanner.lastWords).\r\n"
        let maildrop = ScriptedMaildrop([Data(wire.utf8)])
        let rule = #"require ["virustest", "reject"]; if virustest "5" { reject "no"; }"#
        try await ScriptedServer.serving(scanner.script) { address in
            let more = "scanners: { clamd: { address: \"\(address)\" } }\n"
            let (_, status) = try await Steered.running(maildrop.script, rule: rule, more: more) { steered in
                try await Peer.connected(to: steered.relay.address) { peer in
                    try await peer.logIn(.anna)
                    try await peer.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
                    try await eventually("the scanner has it") { scanner.messages == 1 }
                    let session = try #require(try await steered.sessions().first)
                    #expect(session["phase"] == "judging", "\(session)")
                    let id = try #require(session["session"]?.text)
                    #expect(try await steered.popsieve("sessions", "end", id).status == 0)
                    let rest = String(decoding: try await peer.rest(), as: UTF8.self)
                    #expect(rest == "-ERR [SYS/TEMP] The session was ended by an operator\r\n")
                }
                try await eventually("the scan has ended") { scanner.partings == 1 }
                let line = try await steered.relay.audit.waitFor("message")[0]
                #expect(line["verdict"]?.text == "undecided" && line["complete"] == .boolean(false), "\(line)")
            }
            #expect(status == 0)
        }
        #expect(!maildrop.commands.contains("DELE 1") && !maildrop.commands.contains("QUIT"))
    }

    @Test("top prints once where there is no terminal; a hostile name is text there")
    func top() async throws {
        let maildrop = ScriptedMaildrop([])
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            try await Peer.connected(to: steered.relay.address) { peer in
                _ = try await peer.line()
                _ = try await peer.command("USER a\u{202E}b\u{9B}2Jc")
                let top = try await steered.popsieve("top", "--sort", "user")
                #expect(top.status == 0 && top.text.contains("1 of "))
                #expect(top.text.contains("a\u{FFFD}b\u{FFFD}2Jc"))
                let json = try await steered.popsieve("sessions", "--json")
                #expect(json.text.contains(#"a\u202eb\u009b2Jc"#), "\(json.text)")
            }
        }
        #expect(status == 0)
    }
}
