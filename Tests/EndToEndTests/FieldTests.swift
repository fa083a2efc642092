// What servers and clients in the field do, beyond the RFCs and beside them: each peculiarity once.
// Must not test what rules do, but where a peculiarity would lead past them.

import Foundation
import Testing

@Suite("In the field", .timeLimit(.minutes(5)))
struct FieldTests {
    /// A server that answers by a table, and what a client then says and hears.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var greeting = "+OK ready"
        /// What it answers to a whole line; a list without its last line. All else gets `+OK`.
        var answers: [String: String] = [:]
        /// Behind USER and PASS, if not said otherwise.
        var logsIn = true
        /// Lines and replies, those of several lines joined by `|`.
        let dialogue: [(line: String, reply: String)]
        /// What the server must not hear.
        var unheard: [String] = []

        init(
            _ name: String,
            greeting: String = "+OK ready",
            _ answers: [String: String] = [:],
            logsIn: Bool = true,
            _ dialogue: [(line: String, reply: String)],
            unheard: [String] = []
        ) {
            testDescription = name
            self.greeting = greeting
            self.answers = answers
            self.logsIn = logsIn
            self.dialogue = dialogue
            self.unheard = unheard
        }
    }

    private static let capabilities: [Case] = [
        Case(
            "what a list may hold, and PIPELINING where the server lacks it",
            [
                "CAPA":
                    "+OK|TOP|UIDL|EXPIRE 60 USER|LOGIN-DELAY 900 USER|IMPLEMENTATION x y|UTF8 USER|LANG|X-MORE|XTND"
            ],
            [
                (
                    "CAPA",
                    "+OK|TOP|UIDL|EXPIRE 60 USER|LOGIN-DELAY 900 USER|IMPLEMENTATION x y|UTF8 USER|LANG|PIPELINING"
                )
            ]
        ),
        Case("no CAPA", ["CAPA": "-ERR what?"], [("CAPA", "-ERR what?"), ("STAT", "+OK")]),
        Case(
            "no words in any reply",
            greeting: "+OK",
            ["CAPA": "-ERR", "RETR 1": "-ERR", "LIST": "+OK|1 10"],
            [("RETR 1", "-ERR"), ("LIST", "+OK|1 10"), ("NOOP", "+OK"), ("QUIT", "+OK")]
        ),
        Case(
            "AUTH without an argument",
            ["AUTH": "+OK|PLAIN|EXTERNAL|CRAM-MD5|SCRAM-SHA-1-PLUS"],
            logsIn: false,
            [("AUTH", "+OK|PLAIN|CRAM-MD5")]
        ),
        Case("AUTH without an argument, unknown", ["AUTH": "-ERR no"], logsIn: false, [("AUTH", "-ERR no")]),
        Case(
            "response codes that nobody knows",
            ["RETR 1": "-ERR [X-ODD/1] words", "DELE 1": "-ERR [SYS/PERM] no"],
            [("RETR 1", "-ERR [X-ODD/1] words"), ("DELE 1", "-ERR [SYS/PERM] no")]
        ),
        Case(
            "LANG before the login and behind it",
            ["LANG": "+OK|en English", "LANG de": "-ERR no such"],
            logsIn: false,
            [
                ("LANG", "+OK|en English"), ("LANG de", "-ERR no such"), ("USER anna", "+OK"), ("PASS x", "+OK"),
                ("LANG", "+OK|en English"),
            ]
        ),
    ]

    private static let commands: [Case] = [
        Case(
            "LAST and XTND XLST, known",
            ["LAST": "+OK 3", "last": "+OK 3", "XTND XLST Subject 1": "+OK|1 Subject: a"],
            [("LAST", "+OK 3"), ("last", "+OK 3"), ("XTND XLST Subject 1", "+OK|1 Subject: a")]
        ),
        Case(
            "LAST and XTND XLST, unknown",
            ["LAST": "-ERR eh?", "XTND XLST Subject": "-ERR eh?"],
            [("LAST", "-ERR eh?"), ("XTND XLST Subject", "-ERR eh?")]
        ),
        Case(
            "XTND that sends mail or changes the maildrop",
            [:],
            [
                ("XTND XMIT", "-ERR Of XTND only XLST is relayed"),
                ("XTND BBOARDS news", "-ERR Of XTND only XLST is relayed"),
                ("XTND", "-ERR Of XTND only XLST is relayed"),
            ],
            unheard: ["XTND"]
        ),
        Case(
            "RPOP is a login",
            ["RPOP anna": "+OK welcome"],
            logsIn: false,
            [
                ("RPOP anna", "-ERR USER first"), ("USER anna", "+OK"), ("RPOP anna", "+OK welcome"),
                ("RPOP anna", "-ERR Logged in already"), ("STAT", "+OK"),
            ]
        ),
        Case(
            "RPOP, unknown, and PASS behind it",
            ["RPOP anna": "-ERR no"],
            logsIn: false,
            [("USER anna", "+OK"), ("RPOP anna", "-ERR no"), ("USER anna", "+OK"), ("PASS x", "+OK"), ("STAT", "+OK")]
        ),
        Case("UTF8 behind the login, known", ["UTF8": "+OK now"], [("UTF8", "+OK now")]),
        Case("UTF8 behind the login, refused", ["UTF8": "-ERR too late"], [("UTF8", "+OK Mail comes as it is")]),
        Case(
            "UTF8 behind the login, not offered by a server that would hang up",
            ["CAPA": "+OK|TOP", "UTF8": "+OK"],
            [("CAPA", "+OK|TOP|PIPELINING"), ("UTF8", "+OK Mail comes as it is")],
            unheard: ["UTF8"]
        ),
        Case(
            "UTF8 before the login is the server's to refuse",
            ["UTF8": "-ERR no"],
            logsIn: false,
            [("UTF8", "-ERR no")]
        ),
        Case(
            "as clients write",
            ["RETR  1": "+OK|a", "retr 1": "+OK|b", "TOP 1 99999999": "+OK|c", " NOOP ": "+OK blanks"],
            [
                ("RETR  1", "+OK|a"), ("retr 1", "+OK|b"), ("TOP 1 99999999", "+OK|c"), (" NOOP ", "+OK blanks"),
                ("RETR", "-ERR An argument is missing"), ("TOP 1", "-ERR An argument is missing"),
                ("DELE x", "-ERR A number was expected"), ("", "-ERR A command was expected"),
            ]
        ),
        Case(
            "line ends before replies, and behind them",
            greeting: "\r\n\r\n+OK ready",
            ["NOOP": "\r\n+OK", "LIST": "+OK|1 1", "STAT": "+OK 1 1\r\n\r\n", "QUIT": "\r\n+OK bye"],
            [("NOOP", "+OK"), ("LIST", "+OK|1 1"), ("STAT", "+OK 1 1"), ("NOOP", "+OK"), ("QUIT", "+OK bye")]
        ),
    ]

    @Test(arguments: capabilities + commands)
    func peculiarity(of field: Case) async throws {
        let heard = ScriptedMaildrop([])
        let script = Script { peer in
            try await peer.send(field.greeting + "\r\n")
            while true {
                let line = try await heard.hear(peer)
                let answer = (field.answers[line] ?? "+OK").split(separator: "|").map { $0 + "\r\n" }
                try await peer.send(answer.joined() + (answer.count > 1 ? ".\r\n" : ""))
            }
        }
        try await Relayed.script(script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                let login = field.logsIn ? [("USER anna", "+OK"), ("PASS x", "+OK")] : []
                let greeting = try await peer.line()
                #expect(greeting == field.greeting.split(separator: "\r\n").last.map(String.init))
                for (line, reply) in login + field.dialogue {
                    let expected = reply.split(separator: "|").map { $0 + "\r\n" }
                    try await peer.send(line + "\r\n")
                    let received = expected.count > 1 ? try await peer.multilineReply() : try await peer.rawLine()
                    let whole = expected.joined() + (expected.count > 1 ? ".\r\n" : "")
                    #expect(String(decoding: received, as: UTF8.self) == whole, "\(line)")
                }
            }
            for command in field.unheard { #expect(!heard.commands.contains { $0.hasPrefix(command) }) }
        }
    }

    @Test("XTND XLST shows nothing that rules would have changed")
    func fieldListing() async throws {
        let heard = ScriptedMaildrop([])
        try await Relayed.script(heard.script, rule: Rules.tagging) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(
                    try await peer.command("XTND XLST Subject")
                        == "-ERR XTND XLST is not relayed: rules look at the messages"
                )
            }
            #expect(!heard.commands.contains { $0.hasPrefix("XTND") })
        }
    }

    @Test("RPOP is counted and logged as a login")
    func hostTrust() async throws {
        try await Relayed.script(ScriptedMaildrop([]).script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                _ = try await peer.command("USER anna")
                #expect(try await peer.command("RPOP anna") == "+OK")
            }
            let login = try await relayed.relay.audit.waitFor("login_succeeded")[0]
            #expect(login["user"] == "anna" && login["mechanism"] == "RPOP")
        }
    }

    /// As Stalwart does: `TOP n 0` is the whole message, `TOP n k` its first k lines.
    private static let countingServer = Script { peer in
        let message = ["From: bela@example.org", "To: anna@example.org", "Subject: late", "", "one", "two", "three"]
        try await peer.send("+OK\r\n")
        while true {
            let words = try await peer.line().split(separator: " ")
            switch words.first {
            case "TOP":
                let lines = words.last.flatMap { Int($0) } ?? 0
                let part = lines == 0 ? message[...] : message.prefix(lines)
                try await peer.send("+OK\r\n" + part.map { $0 + "\r\n" }.joined() + ".\r\n")
            case "RETR": try await peer.send("+OK\r\n" + message.map { $0 + "\r\n" }.joined() + ".\r\n")
            case "CAPA": try await peer.send("+OK\r\nTOP\r\nPIPELINING\r\n.\r\n")
            default: try await peer.send("+OK\r\n")
            }
        }
    }

    @Test(
        "a server whose TOP counts the header's lines does not lead past the rules",
        arguments: [
            ("TOP 1 0", "one\r\ntwo\r\nthree\r\n"), ("TOP 1 1", "one\r\n"), ("TOP 1 2", "one\r\ntwo\r\n"),
            ("TOP 1 3", "one\r\ntwo\r\nthree\r\n"), ("TOP 1 99999999", "one\r\ntwo\r\nthree\r\n"),
        ]
    )
    func topCountsHeaders(command: String, body: String) async throws {
        let rule = #"require "editheader"; if header "Subject" "late" { addheader "X-Tested" "yes"; }"#
        try await Relayed.script(Self.countingServer, rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                // Others that come ahead get their own replies.
                try await peer.send("\(command)\r\nNOOP\r\nNOOP\r\n")
                let header = "From: bela@example.org\r\nTo: anna@example.org\r\nSubject: late\r\n\r\n"
                let reply = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(reply == "+OK\r\n\(Rules.tag)\(header)\(body).\r\n")
                #expect(try await peer.line() == "+OK")
                #expect(try await peer.line() == "+OK")
            }
        }
    }

    @Test("without rules TOP is the server's, however it counts")
    func topWithoutRules() async throws {
        try await Relayed.script(Self.countingServer) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("TOP 1 1\r\n")
                let reply = try await peer.multilineReply()
                #expect(reply == Data("+OK\r\nFrom: bela@example.org\r\n.\r\n".utf8))
            }
        }
    }

    @Test("in UTF-8 mode headers are edited, and read, as they are")
    func utf8Headers() async throws {
        let body = Data("Subject: Grüße aus Köln\r\nFrom: Jürgen <jürgen@bücher.example>\r\n\r\nx\r\n.\r\n".utf8)
        let rule = """
            require ["editheader", "variables"];
            if header :matches "Subject" "*Köln*" { addheader :last "X-Tested" "Süden"; }
            if address :domain "From" "bücher.example" { addheader :last "X-Domain" "yes"; }
            """
        try await Relayed.script(ScriptedMaildrop([body]).script, rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                #expect(try await peer.command("UTF8") == "+OK")
                #expect(try await peer.command("USER jürgen").hasPrefix("+OK"))
                #expect(try await peer.command("PASS geheim-ß").hasPrefix("+OK"))
                try await peer.send("RETR 1\r\n")
                let reply = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(reply.contains("Subject: Grüße aus Köln\r\nFrom: Jürgen <jürgen@bücher.example>\r\n"))
                #expect(reply.contains("X-Domain: yes\r\n"))
                #expect(reply.contains("\r\nX-Tested: "))
            }
            #expect(try relayed.relay.audit.lines("login_succeeded").map { $0["user"] } == ["jürgen"])
        }
    }
}
