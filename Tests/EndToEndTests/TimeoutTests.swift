// Peers that say nothing: each phase ends by itself.
// Must not check how long it took, only that it ended and why.

import Foundation
import Testing

@Suite("Time-outs", .timeLimit(.minutes(5)))
struct TimeoutTests {
    @Test("a server that never greets")
    func greeting() async throws {
        try await Relayed.script(
            Script { peer in _ = try await peer.rest() },
            changing: Change { $0.timeouts = [.greeting: "10s"] }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { (peer) async throws in
                #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/TEMP]"))
            }
            let failed = try await relayed.relay.audit.waitFor("upstream_failed")[0]
            #expect(failed["phase"] == "greeting" && failed["reason"]?.text?.contains("timed-out") == true, "\(failed)")
        }
    }

    @Test("a server that stops answering", arguments: ["", "+OK", "+OK\r\nSubject: x\r\n\r\nhalf\r\n"])
    func reply(part: String) async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                while try await !maildrop.hear(peer).hasPrefix("RETR") { try await peer.send("+OK\r\n") }
                try await peer.send(part)
                _ = try await peer.rest()
            },
            changing: Change { $0.timeouts = [.reply: "15s"] }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                let replies = String(decoding: try await peer.rest(), as: UTF8.self)
                let isRight =
                    part.contains("half") ? replies.hasSuffix("half\r\n") : replies.hasPrefix("-ERR [SYS/TEMP]")
                #expect(isRight, "\(replies)")
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"] == "upstream" && closed["reason"]?.text?.contains("timed-out") == true, "\(closed)")
        }
    }

    @Test(
        "a client that says nothing, before login and after it",
        arguments: [(Timeout.login, ""), (.login, "USER anna\r\n"), (.idle, "USER anna\r\nPASS x\r\n")]
    )
    func client(phase: Timeout, lines: String) async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(
            maildrop.script,
            changing: Change {
                $0.timeouts = [phase: "15s"]
                // Nobody has to be there before a login for which there are routes.
                if phase == .login { $0.routes = [(user: "*", upstream: "main")] }
            }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send(lines)
                _ = try await peer.rest()
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"] == "client" && closed["reason"]?.text?.contains("timed-out") == true, "\(closed)")
        }
    }

    @Test("a client that takes nothing of what waits for it")
    func stall() async throws {
        let maildrop = ScriptedMaildrop([Wire.whole(Message.large)])
        try await Relayed.script(maildrop.script, changing: Change { $0.timeouts = [.stall: "8s"] }) {
            relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                let closed = try await relayed.relay.audit.waitFor("session_closed")[0]
                #expect(closed["side"] == "client", "\(closed)")
            }
        }
    }
}
