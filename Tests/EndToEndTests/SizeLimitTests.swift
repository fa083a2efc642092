// Messages that are larger than the settings let through: what the client gets, what is fetched, what may be deleted.
// Must not test rules: none is asked.

import Foundation
import Testing

@Suite("With a size limit", .timeLimit(.minutes(5)))
struct SizeLimitTests {
    private static let header = "Subject: large\r\nX-Popsieve-Unjudged: forged\r\n\r\n"
    private static let lines = (1...3_000).map { $0 % 7 == 0 ? "..dotted \($0)\r\n" : "line \($0)\r\n" }
    private static let large = header + lines.joined() + ".\r\n"
    private static let note = "(Popsieve left out what follows here. The message is larger than the 10240 octets"
    private static let small = "Subject: small\r\n\r\nbody\r\n.\r\n"

    /// An honest server, also about TOP; or one that tells no size.
    ///
    /// - Parameter piece: octets of a message that it sends at once
    private static func script(
        _ maildrop: ScriptedMaildrop,
        tellsSizes: Bool,
        lies: Bool,
        piece: Int
    ) -> Script {
        Script { peer in
            try await peer.send("+OK scripted\r\n")
            while true {
                let words = try await maildrop.hear(peer).split(separator: " ").map(String.init)
                let isLarge = words.dropFirst().first == "1"
                let body = isLarge ? lines : ["body\r\n"]
                switch words[0] {
                case "CAPA": try await peer.send("+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n")
                case "STAT" where !tellsSizes, "LIST" where !tellsSizes: try await peer.send("-ERR\r\n")
                case "STAT": try await peer.send("+OK 2 30000\r\n")
                case "LIST":
                    let sizes = [large, small].map { lies ? 50 : $0.utf8.count - 3 }
                    let list = "+OK\r\n1 \(sizes[0])\r\n2 \(sizes[1])\r\n.\r\n"
                    try await peer.send(words.count == 1 ? list : "+OK \(words[1]) \(sizes[isLarge ? 0 : 1])\r\n")
                case "TOP":
                    let top = body.prefix(Int(words[2]) ?? 0).joined()
                    try await peer.send("+OK\r\n" + (isLarge ? header : "Subject: small\r\n\r\n") + top + ".\r\n")
                case "UIDL":
                    try await peer.send(
                        words.count == 1 ? "+OK\r\n1 a\r\n2 b\r\n.\r\n" : "+OK \(words[1]) \(isLarge ? "a" : "b")\r\n"
                    )
                case "RETR":
                    var rest = Data(("+OK\r\n" + (isLarge ? large : small)).utf8)[...]
                    // Small pieces are tried where something is decided.
                    if piece < 100 {
                        try await peer.send(Data(rest.prefix(9_000)))
                        rest = rest.dropFirst(9_000)
                    }
                    var count = 0
                    while !rest.isEmpty {
                        let size = piece < 100 && count > 3_000 ? 4_096 : piece
                        try await peer.send(Data(rest.prefix(size)))
                        rest = rest.dropFirst(size)
                        count += size
                    }
                case "QUIT": return try await peer.send("+OK bye\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
    }

    private func relayed(
        _ settings: String,
        rule: String? = nil,
        tellsSizes: Bool = true,
        lies: Bool = false,
        remembers: Bool = false,
        piece: Int = 100_000,
        files: [String: String] = [:],
        _ body: (Relayed, ScriptedMaildrop, Peer) async throws -> Void
    ) async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change {
            $0.more = settings + "\n"
            $0.files = files
            if remembers { $0.store = "popsieve.sqlite" }
        }
        let script = Self.script(maildrop, tellsSizes: tellsSizes, lies: lies, piece: piece)
        try await Relayed.script(script, rule: rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await body(relayed, maildrop, peer)
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
        }
    }

    private func reply(_ peer: Peer, _ command: String) async throws -> String {
        try await peer.send(command + "\r\n")
        return String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self)
    }

    private static let rules: [String?] = [nil, "require \"body\"; if body :contains \"nothing\" { discard; }"]

    @Test("an error: nothing but the header is fetched, and who knows what it is may delete it", arguments: rules)
    func refused(rule: String?) async throws {
        try await relayed("size-limit: { octets: 10 KiB, outcome: error }", rule: rule) { relayed, maildrop, peer in
            let expected = "-ERR [SYS/PERM] The message is larger than the 10240 octets"
            let answer = try await peer.command("RETR 1")
            #expect(answer.hasPrefix(expected))
            #expect(try await peer.command("TOP 1 3").hasPrefix(expected))
            #expect(try await reply(peer, "RETR 2") == Self.small)
            #expect(try await peer.command("DELE 1") == "+OK")
            #expect(maildrop.commands.contains("DELE 1") && !maildrop.commands.contains("RETR 1"))
            #expect(try relayed.relay.audit.lines("message")[0]["verdict"]?.text == "rejected")
        }
    }

    @Test(
        "a notice: the message stays on the server, also in a session that has not asked for it",
        arguments: rules,
        [false, true]
    )
    func notice(rule: String?, isDeletable: Bool) async throws {
        let settings = "size-limit: { octets: 10 KiB, deletable: \(isDeletable) }"
        try await relayed(settings, rule: rule) { _, maildrop, peer in
            #expect(
                try await peer.command("DELE 1").contains("stays on the server: it is too large") != isDeletable
            )
            let notice = try await reply(peer, "RETR 1")
            #expect(notice.contains("Subject: [rejected] large\r\n") && notice.contains("10240 octets"), "\(notice)")
            #expect(try await reply(peer, "TOP 1 9") == notice)
            #expect(try await peer.command("DELE 1").contains("stays on the server") != isDeletable)
            #expect(maildrop.commands.contains("DELE 1") == isDeletable && !maildrop.commands.contains("RETR 1"))
        }
    }

    @Test("truncated: the header and the first lines with a note; TOP shows the same", arguments: rules)
    func truncated(rule: String?) async throws {
        let settings = "size-limit: { octets: 10 KiB, outcome: truncate, lines: 20 }"
        try await relayed(settings, rule: rule) { relayed, maildrop, peer in
            let size = Self.large.utf8.count - 3
            let expected =
                "X-Popsieve-Truncated: announced=\(size); limit=10240\r\nSubject: large\r\n\r\n"
                + Self.lines.prefix(20).joined()
            let message = try await reply(peer, "RETR 1")
            #expect(message.hasPrefix(expected), "\(message)")
            let note = message.dropFirst(expected.count)
            #expect(note.hasPrefix("\r\n\(Self.note)"), "\(message)")
            #expect(message.hasSuffix(".)\r\n.\r\n"))
            #expect(try await reply(peer, "TOP 1 99") == message)
            let top = expected.replacing(Self.lines.prefix(20).joined(), with: Self.lines.prefix(8).joined())
            #expect(try await reply(peer, "TOP 1 8") == top + ".\r\n")
            #expect(try await peer.command("DELE 1").contains("stays on the server"))
            #expect(try await reply(peer, "RETR 2") == Self.small)
            #expect(!maildrop.commands.contains("DELE 1") && !maildrop.commands.contains("RETR 1"))
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "truncated" && line["command"]?.text == "RETR")
            let stuffing = message.components(separatedBy: "\r\n..").count - 1
            let end = try relayed.relay.audit.messageEnds().first
            let octets = (end ?? line)["octets_out"]?.number
            #expect(octets == message.utf8.count - 3 - stuffing)
        }
    }

    @Test("passed: with a header field that says that no rule has seen it, and that can't be forged", arguments: rules)
    func passed(rule: String?) async throws {
        try await relayed("size-limit: { octets: 10 KiB, outcome: pass }", rule: rule) { relayed, maildrop, peer in
            let size = Self.large.utf8.count - 3
            let header = "X-Popsieve-Unjudged: announced=\(size); limit=10240\r\nSubject: large\r\n\r\n"
            let expected = Data((header + Self.large.dropFirst(Self.header.count)).utf8)
            try await peer.send("RETR 1\r\n")
            let isSame = try await peer.multilineReply().statusAndBody.body == expected
            #expect(isSame)
            #expect(try await reply(peer, "TOP 1 1") == header + Self.lines[0] + ".\r\n")
            #expect(try await peer.command("DELE 1") == "+OK")
            #expect(maildrop.commands.contains("DELE 1"))
            #expect(try relayed.relay.audit.lines("message")[0]["verdict"]?.text == "unjudged")
        }
    }

    @Test(
        "what is too large to be held for a rule that wants it is not deleted by a session that has not asked for it",
        arguments: [
            ("require \"body\"; if body :contains \"nothing\" { discard; }", true),
            ("require \"body\"; if header \"subject\" \"large\" { stop; } if body \"nothing\" { discard; }", false),
        ],
        [true, false]
    )
    func unheldIsKept(_ rule: (text: String, isKept: Bool), tellsSizes: Bool) async throws {
        let isKept = rule.isKept
        let settings = "holding: { memory: 4 KiB, message: 10 KiB }"
        try await relayed(settings, rule: rule.text, tellsSizes: tellsSizes) { _, maildrop, peer in
            let answer = try await peer.command("DELE 1")
            #expect(answer.contains("stays on the server") == isKept, "\(answer)")
            #expect(try await peer.command("DELE 2") == "+OK")
            #expect(maildrop.commands.contains("DELE 1") != isKept && maildrop.commands.contains("DELE 2"))
            #expect(!maildrop.commands.contains("RETR 1") || !tellsSizes)
        }
    }

    @Test(
        "the most special limit counts: the user's, the upstream's, the general one",
        arguments: [
            ("size-limit: { octets: 10 KiB }", true), ("size-limit: { octets: 1 MiB }", false),
            ("size-limit: { octets: 1 MiB }\nusers: [{ user: \"anna@*\", size-limit: { octets: 10 KiB } }]", true),
            ("size-limit: { octets: 10 KiB }\nusers: [{ user: \"bela@*\", size-limit: { octets: 1 MiB } }]", true),
            ("size-limit: { octets: 10 KiB }\nusers: [{ user: \"anna@*\", size-limit: { octets: 1 MiB } }]", false),
        ]
    )
    func special(_ settings: String, _ isRefused: Bool) async throws {
        try await relayed(settings) { _, _, peer in
            let message = try await reply(peer, "RETR 1")
            #expect(message.contains("[rejected]") == isRefused)
        }
    }

    @Test(
        "a server that tells no size: the message is cut where the client has its beginning",
        arguments: ["error", "notice", "truncate", "pass"]
    )
    func sizeUntoldOfStream(_ outcome: String) async throws {
        let settings = "size-limit: { octets: 10 KiB, outcome: \(outcome) }"
        try await relayed(settings, tellsSizes: false) { relayed, maildrop, peer in
            try await peer.send("RETR 1\r\n")
            let body = String(decoding: try await peer.multilineReply(), as: UTF8.self)
            let isWhole = outcome == "pass"
            #expect(body.contains(Self.note) != isWhole)
            #expect(body.contains(Self.lines[2_999]) == isWhole)
            // TOP is no way around it.
            #expect(try await reply(peer, "TOP 1 9999").contains(Self.lines[2_999]) == isWhole)
            try await checkDeletion(peer, maildrop, mayGo: isWhole)
            let end = try relayed.relay.audit.messageEnds()[0]
            #expect((end["complete"] == .boolean(false)) != isWhole, "\(end)")
        }
    }

    @Test(
        "a server that tells no size: a message that is held for a rule is refused",
        arguments: ["error", "notice"],
        limits
    )
    func sizeUntoldRefused(_ outcome: String, _ limit: (octets: String, holding: String)) async throws {
        let settings = "size-limit: { \(limit.octets)outcome: \(outcome) }\n\(limit.holding)"
        try await relayed(settings, rule: Self.rules[1], tellsSizes: false) { _, maildrop, peer in
            if outcome == "error" {
                #expect(try await peer.command("RETR 1").hasPrefix("-ERR [SYS/PERM]"))
            } else {
                #expect(try await reply(peer, "RETR 1").contains("Subject: [rejected] large\r\n"))
            }
            try await checkDeletion(peer, maildrop, mayGo: outcome == "error")
        }
    }

    /// Reached by what is set for messages, and by what can be held; in memory and in a file.
    private static let limits: [(octets: String, holding: String)] = [
        ("octets: 10 KiB, ", ""), ("octets: 10 KiB, ", "holding: { memory: 4 KiB }"),
        ("", "holding: { memory: 4 KiB, message: 10 KiB }"), ("", "holding: { memory: 8 KiB, message: 10 KiB }"),
    ]

    /// Octets that the server sends at once.
    private static let pieces = [1, 777, 100_000]

    @Test(
        "a server that tells no size: what is held of a message goes to the client, and the rest behind it",
        arguments: limits,
        pieces
    )
    func sizeUntoldPassed(_ limit: (octets: String, holding: String), _ piece: Int) async throws {
        let settings = "size-limit: { \(limit.octets)outcome: pass }\n\(limit.holding)"
        try await relayed(settings, rule: Self.rules[1], tellsSizes: false, piece: piece) { relayed, maildrop, peer in
            let header = "X-Popsieve-Unjudged: limit=10240\r\nSubject: large\r\n\r\n"
            let expected = Data((header + Self.large.dropFirst(Self.header.count)).utf8)
            try await peer.send("RETR 1\r\n")
            let isSame = try await peer.multilineReply().statusAndBody.body == expected
            #expect(isSame)
            for count in [0, 9, 2_500, 9_999] {
                let top = header + Self.lines.prefix(count).joined() + ".\r\n"
                let isSame = try await reply(peer, "TOP 1 \(count)") == top
                #expect(isSame, "TOP 1 \(count)")
            }
            try await checkDeletion(peer, maildrop, mayGo: true)
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "unjudged")
            let end = try relayed.relay.audit.messageEnds().first ?? line
            let stuffing = Self.lines.count { $0.hasPrefix("..") }
            #expect(end["octets_out"]?.number == expected.count - 3 - stuffing)
            #expect(end["octets_in"]?.number == Self.large.utf8.count - 3 - stuffing)
        }
    }

    @Test(
        "a server that tells no size: of a message that is held, the client gets the first lines",
        arguments: limits,
        pieces
    )
    func sizeUntoldTruncated(_ limit: (octets: String, holding: String), _ piece: Int) async throws {
        let settings = "size-limit: { \(limit.octets)outcome: truncate, lines: 20 }\n\(limit.holding)"
        try await relayed(settings, rule: Self.rules[1], tellsSizes: false, piece: piece) { relayed, maildrop, peer in
            let header = "X-Popsieve-Truncated: limit=10240\r\nSubject: large\r\n\r\n"
            let expected = header + Self.lines.prefix(20).joined() + "\r\n\(Self.note)"
            let message = try await reply(peer, "RETR 1")
            #expect(message.hasPrefix(expected) && message.hasSuffix(".)\r\n.\r\n"), "\(message)")
            #expect(try await reply(peer, "TOP 1 99") == message)
            #expect(try await reply(peer, "TOP 1 8") == header + Self.lines.prefix(8).joined() + ".\r\n")
            try await checkDeletion(peer, maildrop, mayGo: false)
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "truncated")
            let end = try relayed.relay.audit.messageEnds().first ?? line
            let stuffing = message.components(separatedBy: "\r\n..").count - 1
            #expect(end["octets_out"]?.number == message.utf8.count - 3 - stuffing)
        }
    }

    @Test(
        "what was cut, or replaced by a notice, is deleted neither behind a TOP nor by a later session, whatever LIST says",
        arguments: [("notice", false), ("notice", true), ("truncate", false), ("truncate", true)],
        rules
    )
    func undeliveredIsKept(_ server: (outcome: String, lies: Bool), rule: String?) async throws {
        let lies = server.lies
        let settings = "size-limit: { octets: 10 KiB, outcome: \(server.outcome) }"
        try await relayed(settings, rule: rule, tellsSizes: lies, lies: lies, remembers: true) {
            relayed,
            maildrop,
            peer in
            _ = try await reply(peer, "UIDL")
            try await peer.send("RETR 1\r\n")
            _ = try await peer.multilineReply()
            try await peer.send("TOP 1 0\r\n")
            _ = try await peer.multilineReply()
            #expect(try await peer.command("DELE 1").contains("stays on the server"))
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("DELE 1").contains("stays on the server"))
                try await peer.send("TOP 1 0\r\n")
                _ = try await peer.multilineReply()
                #expect(try await peer.command("DELE 1").contains("stays on the server"))
                #expect(try await peer.command("DELE 2") == "+OK")
            }
            #expect(!maildrop.commands.contains("DELE 1") && maildrop.commands.contains("DELE 2"))
        }
    }

    /// What the client never asked for was nowhere known, and the later session's DELE was passed on.
    @Test(
        "what was cut because LIST lied stays in later sessions, also for a client that never asks for UIDLs",
        arguments: ["error", "notice", "truncate"]
    )
    func undeliveredIsKeptWithoutUIDL(_ outcome: String) async throws {
        let settings = "size-limit: { octets: 10 KiB, outcome: \(outcome) }"
        try await relayed(settings, lies: true, remembers: true) { relayed, maildrop, peer in
            try await peer.send("RETR 1\r\n")
            #expect(String(decoding: try await peer.multilineReply(), as: UTF8.self).contains(Self.note))
            for _ in 1...2 {
                try await Peer.connected(to: relayed.relay.address) { peer in
                    try await peer.logIn(.anna)
                    #expect(try await peer.command("DELE 1").contains("stays on the server"))
                    #expect(try await peer.command("DELE 2") == "+OK")
                }
            }
            #expect(!maildrop.commands.contains("DELE 1") && maildrop.commands.contains("DELE 2"))
        }
    }

    @Test(
        "a line that TOP ends with is whole, whatever bare line ends are in it",
        arguments: ["", "size-reserve: 512"]
    )
    func topEndsBehindLines(reserve: String) async throws {
        let settings = "size-limit: { outcome: truncate }\nholding: { memory: 4 KiB, message: 10 KiB }\n\(reserve)"
        let bare = "Subject: bare\r\n\r\nlf\nlf\r\ncr\rcr\r\n" + Self.lines.joined() + ".\r\n"
        let maildrop = ScriptedMaildrop([Data(bare.utf8)])
        let change = Change { $0.more = settings + "\n" }
        try await Relayed.script(maildrop.script, rule: Self.rules[1], changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                _ = try await peer.command("LIST 1")
                for count in 1...5 {
                    let top = try await reply(peer, "TOP 1 \(count)")
                    let body = top.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
                    let repaired = "lf\r\nlf\r\ncr\r\ncr\r\n" + Self.lines.joined()
                    let lines = repaired.components(separatedBy: "\r\n").prefix(count).map { $0 + "\r\n" }
                    #expect(body == lines.joined() + ".\r\n", "TOP 1 \(count)")
                }
                #expect(try await peer.command("NOOP") == "+OK")
            }
        }
    }

    /// A lie of the server's was repeated in the header as if somebody knew it.
    @Test("of the size, the header says what the server has announced where that may be true, and else nothing")
    func announced() async throws {
        let settings = "size-limit: { octets: 10 KiB, outcome: truncate, lines: 20 }"
        try await relayed(settings, rule: Self.rules[1], lies: true) { _, _, peer in
            _ = try await peer.command("LIST 1")
            #expect(try await reply(peer, "RETR 1").hasPrefix("X-Popsieve-Truncated: limit=10240\r\n"))
        }
    }

    @Test(
        "whoever gets less than the message is told which limit it is beyond, and what the setting is called",
        arguments: [
            ("size-limit: { octets: 10 KiB }", "10240 octets that size-limit allows"),
            ("holding: { memory: 4 KiB, message: 10 KiB }", "10240 octets that holding.message allows"),
        ],
        [true, false]
    )
    func named(_ limit: (settings: String, words: String), tellsSizes: Bool) async throws {
        try await relayed(limit.settings, rule: Self.rules[1], tellsSizes: tellsSizes) { relayed, _, peer in
            let notice = try await reply(peer, "RETR 1")
            #expect(notice.contains(limit.words + "\r\n"), "\(notice)")
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["failure"]?.text?.contains(limit.words) == true, "\(line)")
        }
    }

    /// What is known to be larger before it is fetched, and what shows it when it is held; of that the client got the header
    /// alone, whatever was set.
    @Test(
        "what is larger than the whole quarantine becomes what is set for messages that are too large",
        arguments: ["notice", "truncate", "pass"],
        [true, false]
    )
    func largerThanTheQuarantine(outcome: String, tellsSizes: Bool) async throws {
        let lines = String(repeating: "line\r\n", count: 200_000)
        let maildrop = ScriptedMaildrop([Data("Subject: a\r\n\r\n\(lines).\r\n".utf8)])
        let script = Script { peer in
            try await peer.send("+OK scripted\r\n")
            try await maildrop.answer(peer, tellsSizes: tellsSizes)
        }
        let change = Change {
            $0.quarantine = "{ path: quarantine, size: 1 MiB }"
            $0.more = "size-limit: { outcome: \(outcome)\(outcome == "truncate" ? ", lines: 20" : "") }\n"
        }
        let rule = "require \"fileinto\"; fileinto \"Spam\";"
        try await Relayed.script(script, rule: rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let message = try await reply(peer, "RETR 1")
                let isWhole = message.hasSuffix("Subject: a\r\n\r\n\(lines).\r\n")
                #expect(isWhole == (outcome == "pass"))
                let count = message.components(separatedBy: "line\r\n").count - 1
                #expect(count == ["notice": 0, "truncate": 20, "pass": 200_000][outcome])
                let words = "1048576 octets that quarantine.size allows"
                #expect(message.contains(words) != isWhole, "\(message.prefix(2_000))")
                #expect(try await peer.command("NOOP") == "+OK")
            }
            let failure = try relayed.relay.audit.lines("message")[0]["failure"]?.text ?? ""
            #expect(failure.contains("quarantine.size"), "\(failure)")
        }
    }

    @Test("what stands behind the beginning of a message is the site's own, and ends no reply", arguments: rules)
    func ownNote(rule: String?) async throws {
        let note = "[truncated]\n.\n\n.. zu groß: {reason}\n"
        let settings = "size-limit: { octets: 10 KiB, outcome: truncate, lines: 20 }\nnotices: notices.txt"
        try await relayed(settings, rule: rule, files: ["notices.txt": note]) { relayed, _, peer in
            let message = try await reply(peer, "RETR 1")
            let reason = "The message is larger than the 10240 octets that size-limit allows"
            let own = Self.lines[19] + "\r\n..\r\n\r\n... zu groß: \(reason)\r\n.\r\n"
            #expect(message.hasSuffix(own), "\(message)")
            #expect(try await peer.command("NOOP") == "+OK")
            let line = try relayed.relay.audit.lines("message")[0]
            let end = try relayed.relay.audit.messageEnds().first ?? line
            let stuffing = message.components(separatedBy: "\r\n..").count - 1
            #expect(end["octets_out"]?.number == message.utf8.count - 3 - stuffing)
        }
    }

    /// What the client has a part or a notice of must not be lost, whatever the setting is.
    private func checkDeletion(_ peer: Peer, _ maildrop: ScriptedMaildrop, mayGo: Bool) async throws {
        #expect(try await peer.command("DELE 1").contains("stays on the server") == !mayGo)
        #expect(try await reply(peer, "RETR 2") == Self.small)
        #expect(maildrop.commands.contains("DELE 1") == mayGo)
    }
}
