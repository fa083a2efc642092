// Rules that look behind the header: what is held back, what the client gets of it, and when.
// Must not test the language: the Sieve target does.

import Foundation
import Testing

@Suite("With rules about the body", .timeLimit(.minutes(5)))
struct BodyRuleTests {
    private static let rule = """
        require ["body", "editheader", "reject"];
        if header :contains "Subject" "light" { stop; }
        if body :contains "forbidden" { reject "No such words"; stop; }
        if body :raw :contains "needle" { addheader "X-Found" "yes"; }
        """

    /// A message as it goes over the wire, and what the client gets of it.
    private static let wires: [(sent: String, got: String)] = [
        tagged("Subject: a\r\n\r\nneedle\r\n.\r\n"),
        tagged("Subject: a\r\n\r\n..needle\r\n..\r\n...x\r\n.\r\n"),
        tagged(
            "Subject: a\r\n\r\n" + String(repeating: "..a line with a dot\r\nand one without\r\n", count: 12_000)
                + "needle\r\n.\r\n"
        ),
        tagged("Subject: a\r\n\r\nneedle" + String(repeating: "x", count: 400_000) + "\r\n.\r\n"),
        same("Subject: a\r\n\r\nnothing\r\n.\r\n"), same("Subject: a\r\n\r\n.\r\n"),
        same("Subject: light\r\n\r\nneedle\r\n.\r\n"),
        same("Subject: light\r\n\r\nforbidden\r\n.\r\n"),
        (
            sent: "Subject: a\r\n\r\nneedle\n.\nx\r\n.\r\n",
            got: "X-Found: yes\r\nSubject: a\r\n\r\nneedle\r\n..\r\nx\r\n.\r\n"
        ),
    ]

    private static func tagged(_ wire: String) -> (String, String) { (wire, "X-Found: yes\r\n" + wire) }
    private static func same(_ wire: String) -> (String, String) { (wire, wire) }

    private func maildrop() -> ScriptedMaildrop { ScriptedMaildrop(Self.wires.map { Data($0.sent.utf8) }) }

    @Test("a message that rules want whole arrives whole, edited where they say")
    func whole() async throws {
        try await Relayed.script(maildrop().script, rule: Self.rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for round in 1...2 {
                    for (index, wire) in Self.wires.enumerated() {
                        try await peer.send("RETR \(index + 1)\r\n")
                        let body = try await peer.multilineReply().statusAndBody.body
                        // A macro would describe half a megabyte.
                        let isSame = body == Data(wire.got.utf8)
                        #expect(isSame, "message \(index + 1), round \(round), \(body.count) octets")
                    }
                }
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(
                lines.prefix(9).map { $0["depth"]?.text } == [
                    "body", "body", "body", "body", "body", "body", "header", "header", "body",
                ]
            )
            #expect(
                lines.prefix(9).map { $0["verdict"]?.text } == [
                    "tagged", "tagged", "tagged", "tagged", "passed", "passed", "passed", "passed", "tagged",
                ]
            )
            for (line, wire) in zip(try relayed.relay.audit.messageEnds(), Self.wires) {
                let stuffing = wire.got.components(separatedBy: "\r\n..").count - 1
                #expect(line["octets_out"]?.number == wire.got.utf8.count - 3 - stuffing)
            }
        }
    }

    /// With less room for what waits for the client than the relay reads of a held message at once, the last line never
    /// came.
    @Test("a held message comes to its end, however little may wait for the client", arguments: [4, 16, 64, 200])
    func smallBacklog(kibibytes: Int) async throws {
        let lines = (1...7_000).map { ($0 % 50 == 0 ? ".." : "x") + String(repeating: "y", count: 70) + "\r\n" }
        let wire = "Subject: a\r\n\r\n" + lines.joined() + ".\r\n"
        let maildrop = ScriptedMaildrop([Data(wire.utf8)])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { server in
                var settings = Popsieve.Settings.relaying(to: server, rule: Self.rule)
                settings.more = "limits: { client-backlog: \(kibibytes) KiB }\n"
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        for _ in 1...3 {
                            try await peer.send("RETR 1\r\n")
                            let isSame = try await peer.multilineReply().statusAndBody.body == Data(wire.utf8)
                            #expect(isSame)
                        }
                    }
                }
            }
        }
    }

    @Test(
        "TOP shows the header that RETR shows, and as many lines as it was asked for",
        arguments: [0, 1, 3, 99_999_999]
    )
    func top(lines: Int) async throws {
        let message = "Subject: a\r\n\r\none\r\n..two\r\n\r\nfour needle\r\nfive\r\n.\r\n"
        let maildrop = ScriptedMaildrop([Data(message.utf8)])
        let script = Script { peer in
            try await peer.send("+OK scripted\r\n")
            while true {
                let line = try await maildrop.hear(peer)
                switch line.prefix(4) {
                case "TOP ": try await peer.send("+OK\r\nSubject: a\r\n\r\none\r\n.\r\n")
                case "RETR": try await peer.send("+OK\r\n" + message)
                case "CAPA": try await peer.send("-ERR\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
        try await Relayed.script(script, rule: Self.rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("TOP 1 \(lines)\r\nNOOP\r\n")
                let body = try await peer.multilineReply().statusAndBody.body
                let expected = ["one", "..two", "", "four needle", "five"].prefix(lines).map { $0 + "\r\n" }.joined()
                #expect(body == Data("X-Found: yes\r\nSubject: a\r\n\r\n\(expected).\r\n".utf8), "\(body.shown)")
                #expect(try await peer.line() == "+OK")
            }
            let line = try relayed.relay.audit.lines("message")
            #expect(line.map { $0["command"]?.text } == ["TOP"] && line[0]["depth"]?.text == "body")
        }
        #expect(maildrop.commands.filter { $0 != "CAPA" }.suffix(3) == ["TOP 1 \(lines)", "RETR 1", "NOOP"])
    }

    @Test("a message rejected for its body is withheld by RETR, TOP and DELE, also in a later session")
    func rejected() async throws {
        let wire = Data("Subject: a\r\n\r\nsome forbidden words\r\n.\r\n".utf8)
        let maildrop = ScriptedMaildrop([wire])
        try await Relayed.script(maildrop.script, rule: Self.rule) { relayed in
            for command in ["RETR 1", "TOP 1 0", "DELE 1"] {
                try await Peer.connected(to: relayed.relay.address) { peer in
                    try await peer.logIn(.anna)
                    if command != "DELE 1" {
                        try await peer.send(command + "\r\n")
                        let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                        #expect(notice.contains("No such words") && !notice.contains("forbidden"), "\(notice)")
                    }
                    #expect(try await peer.command("DELE 1") == "+OK Message 1 stays on the server: a rule rejected it")
                    #expect(try await peer.command("QUIT").hasPrefix("+OK"))
                }
            }
        }
        #expect(!maildrop.commands.contains { $0.hasPrefix("DELE") })
    }

    @Test("commands sent ahead are answered in order behind a message that is held")
    func pipelined() async throws {
        try await Relayed.script(maildrop().script, rule: Self.rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let numbers = (1...Self.wires.count) + [3, 1, 4, 9]
                try await peer.send(numbers.map { "RETR \($0)\r\nTOP \($0) 99999999\r\n" }.joined() + "NOOP\r\n")
                for number in numbers {
                    for _ in ["RETR", "TOP"] {
                        let body = try await peer.multilineReply().statusAndBody.body
                        let isSame = body == Data(Self.wires[number - 1].got.utf8)
                        #expect(isSame, "message \(number), \(body.count) octets")
                    }
                }
                #expect(try await peer.line() == "+OK")
            }
        }
    }
}
