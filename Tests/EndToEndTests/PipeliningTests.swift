// Commands that come before the replies to those in front of them.
// Must not depend on how TCP cuts them.

import Foundation
import Testing

@Suite("Pipelining", .timeLimit(.minutes(5)))
struct PipeliningTests {
    @Test("each command is answered once and in order")
    func order() async throws {
        let numbers = (0..<300).map { _ in Int.random(in: 1...9) }
        let maildrop = ScriptedMaildrop((1...9).map { Data("Subject: \($0)\r\n\r\n\($0)\r\n.\r\n".utf8) })
        try await Relayed.script(maildrop.script, rule: Rules.tagging) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                let commands = ["USER anna", "PASS x"] + numbers.flatMap { ["RETR \($0)", "UIDL \($0)", "XNONE"] }
                try await peer.send((commands + ["QUIT", ""]).joined(separator: "\r\n"))
                var expected = "+OK\r\n+OK\r\n"
                for number in numbers {
                    expected += "+OK\r\n\(Rules.tag)Subject: \(number)\r\n\r\n\(number)\r\n.\r\n"
                    expected += "+OK \(number) id-\(number)\r\n-ERR Unknown command\r\n"
                }
                let replies = try await peer.rest()
                #expect(replies == Data((expected + "+OK bye\r\n").utf8), "\(replies.shown)")
            }
            #expect(maildrop.commands.filter { $0.hasPrefix("RETR") } == numbers.map { "RETR \($0)" })
        }
    }

    @Test("commands behind a login wait for its reply")
    func behindLogin() async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                while true {
                    let line = try await maildrop.hear(peer)
                    try await peer.send(line.hasPrefix("PASS") ? "-ERR [AUTH] no\r\n" : "+OK\r\n")
                }
            }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                try await peer.send("USER anna\r\nPASS x\r\nDELE 1\r\nRETR 1\r\nUSER bela\r\n")
                #expect(try await peer.line().hasPrefix("+OK"))
                #expect(try await peer.line() == "-ERR [AUTH] no")
                #expect(try await peer.line().hasPrefix("-ERR"))
                #expect(try await peer.line().hasPrefix("-ERR"))
                #expect(try await peer.line().hasPrefix("+OK"))
            }
            #expect(maildrop.commands == ["USER anna", "PASS x", "USER bela"])
        }
    }

    @Test("QUIT behind messages is answered behind them", arguments: [nil, Rules.tagging])
    func quit(rule: String?) async throws {
        let maildrop = ScriptedMaildrop([Wire.whole(Message.large)])
        try await Relayed.script(maildrop.script, rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
                let replies = try await peer.rest()
                #expect(replies.count > Message.large.bytes.count)
                #expect(replies.suffix(17) == Data(".\r\n+OK\r\n+OK bye\r\n".utf8))
            }
            #expect(maildrop.commands.suffix(2) == ["DELE 1", "QUIT"])
            #expect(try await relayed.relay.audit.waitFor("session_closed")[0]["reason"] == "quit")
        }
    }

    @Test("a server that is not said to take commands ahead gets them one by one")
    func serverWithoutPipelining() async throws {
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                while true {
                    let line = try await maildrop.hear(peer)
                    if line == "CAPA" {
                        try await peer.send("+OK\r\nTOP\r\n.\r\n")
                    } else {
                        // What came ahead would be lost: this server forgets it.
                        peer.forgetReceived()
                        try await peer.send("+OK \(line)\r\n")
                    }
                }
            }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let commands = (1...40).map { "DELE \($0)" }
                try await peer.send(commands.map { $0 + "\r\n" }.joined())
                for command in commands { #expect(try await peer.line() == "+OK \(command)") }
            }
        }
    }
}
