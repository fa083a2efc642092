// What rules do to a message, as a client sees it.
// Must not test the language: the Sieve target does.

import Foundation
import Testing

@Suite("With rules", .timeLimit(.minutes(5)))
struct RuleTests {
    @Test("a header is added, and every other byte is the server's")
    func added() async throws {
        try await Relayed.dovecot(Message.all, rule: Rules.tagging) { relayed, server in
            func session(_ address: Address) async throws -> Transcript {
                try await Peer.connected(to: address) { peer in
                    try await peer.logIn(.anna)
                    let commands = (1...Message.all.count).flatMap { ["RETR \($0)", "TOP \($0) 0", "TOP \($0) 2"] }
                    return try await Transcript.record(commands, with: peer)
                }
            }
            let direct = try await session(server.plain)
            let through = try await session(relayed.relay.address)
            for (mine, others) in zip(through.entries, direct.entries) {
                let expected = Data(Rules.tag.utf8) + others.reply.statusAndBody.body
                let (status, body) = mine.reply.statusAndBody
                let isSame = body == expected || Wire.content(of: body) == Wire.normalised(Wire.content(of: expected))
                #expect(isSame, "\(mine.command): \(mine.reply.shown) of \(others.reply.shown)")
                #expect(status.starts(with: Data("+OK".utf8)))
            }
            let verdicts = try relayed.relay.audit.lines("message").map { $0["verdict"] }
            #expect(verdicts == Array(repeating: "tagged", count: through.entries.count))
        }
    }

    @Test("TOP shows the header that RETR shows")
    func top() async throws {
        let rule = """
            require ["editheader", "variables"];
            if header :matches "Subject" "*" { addheader "X-Copy" "${1}"; deleteheader "Subject"; }
            """
        try await Relayed.dovecot(Message.few, rule: rule) { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for number in 1...Message.few.count {
                    let transcript = try await Transcript.record(["TOP \(number) 0", "RETR \(number)"], with: peer)
                    let (top, whole) = (transcript.entries[0].reply, transcript.entries[1].reply)
                    let header = top.statusAndBody.body.dropLast(3)
                    #expect(whole.statusAndBody.body.starts(with: header), "\(top.shown) and \(whole.shown)")
                }
            }
        }
    }

    /// An error in a message's place stopped Thunderbird, Claws Mail, mpop and mutt at every poll.
    @Test("a notice stands in for a rejected message, which stays on the server", arguments: [true, false])
    func rejected(isNotice: Bool) async throws {
        let rule = #"require "reject"; if header :contains "Subject" "dots" { reject "No dots, please"; }"#
        try await Relayed.dovecot(
            Message.few,
            rule: rule,
            changing: Change { if !isNotice { $0.more += "rejected: error\n" } }
        ) {
            relayed,
            _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let list = try await Transcript.record(["UIDL"], with: peer).replies
                let line = String(decoding: list, as: UTF8.self).components(separatedBy: "\r\n")
                    .first { $0.hasSuffix(" dot-lines") }
                let listed = try #require(line?.split(separator: " ").first)
                for command in ["RETR \(listed)", "TOP \(listed) 0"] {
                    guard isNotice else {
                        #expect(try await peer.command(command) == "-ERR [SYS/PERM] No dots, please")
                        continue
                    }
                    try await peer.send(command + "\r\n")
                    let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                    #expect(notice.contains("\r\nX-Popsieve-Notice: rejected; rule=10-test.sieve, line 1\r\n"))
                    #expect(notice.contains("\r\n  No dots, please\r\n"))
                }
                #expect(try await peer.command("DELE \(listed)").hasPrefix(isNotice ? "+OK" : "-ERR"))
                #expect(try await peer.command("STAT").hasPrefix("+OK \(Message.few.count) "))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(lines.map { $0["verdict"] } == ["rejected", "rejected"])
            #expect(lines[0]["rules"]?.list.first?["file"]?.text == "10-test.sieve")
            let deleted = try relayed.relay.audit.lines("deleted")
            #expect(deleted.map { $0["side"] } == ["relay"])
            #expect((deleted.first?["kept"] == .boolean(true)) == isNotice)
        }
    }

    /// How a server answers `TOP n 0`.
    enum TOP: String, Sendable, CaseIterable {
        case header
        case refused
        /// It counts the header's lines, too.
        case nothing
        /// The same, and the empty line behind the header comes all the same.
        case emptyLine
    }

    /// A notice promised that the message stays; the next session deleted it.
    @Test("what was rejected in an earlier session is not deleted by a later one", arguments: TOP.allCases)
    func rejectedEarlier(top: TOP) async throws {
        let heard = Heard()
        let script = Script { peer in
            try await peer.send("+OK\r\n")
            while true {
                let line = try await peer.line()
                await heard.add(line)
                let header = "Subject: \(line.hasSuffix("2") || line.hasPrefix("TOP 2") ? "good" : "bad")\r\n\r\n"
                switch line.split(separator: " ").first {
                case "TOP" where top == .header: try await peer.send("+OK\r\n\(header).\r\n")
                case "TOP" where top == .nothing: try await peer.send("+OK\r\n.\r\n")
                case "TOP" where top == .emptyLine: try await peer.send("+OK\r\n\r\n.\r\n")
                case "TOP", "CAPA": try await peer.send("-ERR\r\n")
                case "RETR": try await peer.send("+OK\r\n\(header)body\r\n.\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
        let rule = #"require "reject"; if header "Subject" "bad" { reject "Not this one"; }"#
        try await Relayed.script(script, rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("DELE 1") == "+OK Message 1 stays on the server: a rule rejected it")
                #expect(try await peer.command("DELE 2") == "+OK")
                #expect(try await peer.command("NOOP") == "+OK")
            }
            let deleted = try await relayed.relay.audit.waitFor("deleted", count: 2)
            #expect(deleted.map { $0["kept"] == .boolean(true) } == [true, false])
        }
        #expect(await heard.lines.filter { $0.hasPrefix("DELE") } == ["DELE 2"])
    }

    /// The rules saw no field behind the bare empty line, and a reader for whom only CRLF ends a line saw them all.
    @Test("with kept line ends, a header that ends at two places is not delivered")
    func headerReadInTwoWays() async throws {
        let body = Data("Subject: x\n\nX-Hidden: y\r\nSubject: z\r\n\r\nbody\r\n.\r\n".utf8)
        let change = Change { $0.more += "line-endings: keep\n" }
        let rule = #"if header "X-Hidden" "y" { discard; }"#
        try await Relayed.script(ScriptedMaildrop([body]).script, rule: rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for command in ["RETR 1\r\n", "TOP 1 0\r\n"] {
                    try await peer.send(command)
                    let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                    #expect(notice.contains("can be read in two ways") && !notice.contains("X-Hidden"), "\(notice)")
                }
                #expect(try await peer.command("DELE 1") == "+OK Message 1 stays on the server: a rule rejected it")
            }
            #expect(try await relayed.relay.audit.waitFor("deleted")[0]["kept"] == .boolean(true))
        }
    }

    /// A large message crossed the slow line before a notice took its place.
    @Test("a large message that rules withhold is judged by its header, and never fetched")
    func headerFirst() async throws {
        let heard = Heard()
        let large = "Subject: big\r\n\r\n" + String(repeating: "x\r\n", count: 100_000) + ".\r\n"
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                while true {
                    let line = try await peer.line()
                    await heard.add(line)
                    switch line.split(separator: " ").first {
                    case "LIST": try await peer.send("+OK\r\n1 300016\r\n2 300016\r\n.\r\n")
                    case "STAT": try await peer.send("+OK 2 600032\r\n")
                    case "TOP":
                        try await peer.send("+OK\r\nSubject: \(line == "TOP 1 0" ? "big" : "small")\r\n\r\n.\r\n")
                    case "RETR": try await peer.send("+OK\r\n" + large)
                    case "CAPA": try await peer.send("-ERR\r\n")
                    default: try await peer.send("+OK\r\n")
                    }
                }
            },
            rule: #"if allof(size :over 100K, header "Subject" "big") { discard; }"#
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                #expect(String(decoding: try await peer.multilineReply(), as: UTF8.self).contains("[discarded] big"))
                #expect(await heard.lines.filter { $0.hasPrefix("RETR") } == [])
                try await peer.send("NOOP\r\nQUIT\r\n")
                _ = try await peer.rest()
            }
        }
    }

    @Test("a discarded message is replaced by a notice, and may be deleted")
    func discarded() async throws {
        try await Relayed.dovecot(Message.orderly, rule: "discard;") { relayed, server in
            let direct = try await Peer.connected(to: server.plain) { peer in
                try await peer.logIn(.anna)
                return try await Transcript.record(["RETR 1"], with: peer).replies
            }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let notices = try await Transcript.record(["RETR 1", "TOP 1 99999999"], with: peer).entries
                #expect(notices[0].reply.statusAndBody.body == notices[1].reply.statusAndBody.body)
                #expect(notices[0].reply != direct)
                let notice = String(decoding: notices[0].reply, as: UTF8.self)
                #expect(notice.hasPrefix("+OK") && notice.contains("generated"))
                #expect(Wire.isUnambiguous(notices[0].reply.statusAndBody.body))
                #expect(try await peer.command("DELE 1").hasPrefix("+OK"))
                #expect(try await peer.command("NOOP").hasPrefix("+OK"))
            }
            #expect(try relayed.relay.audit.lines("message").map { $0["verdict"] } == ["discarded", "discarded"])
        }
    }

    /// Ways to write a field of Popsieve's own.
    private static let forged = Message(
        "forged",
        "X-Popsieve-Verdict: clean\r\nSubject: forged\r\nx-POPSIEVE-verdict : clean\r\n folded\r\n"
            + "X-Popsieve-Other:\r\n\r\nX-Popsieve-Body: stays\r\n"
    )

    @Test("a forged header is removed, and a rule does not see it")
    func forgedHeader() async throws {
        let rule = """
            require ["editheader", "vnd.dovecot.debug"];
            if header :contains "X-Popsieve-Verdict" "clean" { addheader "X-Believed" "yes"; }
            debug_log "looked";
            """
        try await Relayed.dovecot([Self.forged], rule: rule) { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                let body = try await peer.multilineReply().statusAndBody.body
                #expect(body == Data("Subject: forged\r\n\r\nX-Popsieve-Body: stays\r\n.\r\n".utf8), "\(body.shown)")
            }
            let line = try relayed.relay.audit.lines("message")[0]
            let edits = ["-X-Popsieve-Verdict", "-x-POPSIEVE-verdict", "-X-Popsieve-Other"]
            #expect(line["edits"]?.list.compactMap(\.text) == edits && line["rules"]?.list.isEmpty == true)
            #expect(line["debug"]?.list.compactMap(\.text) == ["10-test.sieve:3: looked"])
        }
    }

    @Test("a rule that fails lets the message pass, and the audit log says so")
    func failed() async throws {
        let rule = #"require "regex"; if header :regex "Subject" "^(a+)+$" { discard; }"#
        let subject = String(repeating: "a", count: 40) + "b"
        try await Relayed.dovecot([Message("slow", "Subject: \(subject)\r\n\r\nx\r\n")], rule: rule) {
            relayed,
            server in
            func fetch(_ address: Address) async throws -> Data {
                try await Peer.connected(to: address) { peer in
                    try await peer.logIn(.anna)
                    return try await Transcript.record(["RETR 1", "DELE 1", "RSET", "QUIT"], with: peer).replies
                }
            }
            let direct = try await fetch(server.plain)
            #expect(try await fetch(relayed.relay.address) == direct)
            let message = try #require(try relayed.relay.audit.lines("message").first)
            #expect(message["verdict"] == "failed" && message["failure"]?.text?.isEmpty == false, "\(message)")
        }
    }

    @Test("the size that a rule sees is the server's, for RETR and for TOP")
    func size() async throws {
        let rule = #"require "editheader"; if size :over 90K { addheader "X-Big" "yes"; }"#
        let messages = Message.all.filter { $0.bytes.count < 1_000_000 }
        try await Relayed.dovecot(messages, rule: rule) { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for number in 1...messages.count {
                    let octets = try await peer.command("LIST \(number)").split(separator: " ").last.flatMap { Int($0) }
                    let transcript = try await Transcript.record(["RETR \(number)", "TOP \(number) 0"], with: peer)
                    for entry in transcript.entries {
                        let isMarked = entry.reply.statusAndBody.body.starts(with: Data("X-Big: yes\r\n".utf8))
                        #expect(isMarked == (octets ?? 0 > 90 * 1_024), "\(entry.command) of \(octets ?? 0) octets")
                    }
                }
            }
        }
    }
}

/// What a scripted server was told.
private actor Heard {
    var lines: [String] = []

    func add(_ line: String) { lines.append(line) }
}
