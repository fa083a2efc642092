// Messages that are larger than the settings let through: what the client gets, what is fetched, what may be deleted.
// Must not test rules: none is asked.

import Foundation
import Testing

@Suite("With a size limit", .timeLimit(.minutes(5)))
struct SizeLimitTests {
    private static let header = "Subject: large\r\nX-Popsieve-Unjudged: forged\r\n\r\n"
    private static let lines = (1...3_000).map { $0 % 7 == 0 ? "..dotted \($0)\r\n" : "line \($0)\r\n" }
    private static let large = header + lines.joined() + ".\r\n"
    private static let small = "Subject: small\r\n\r\nbody\r\n.\r\n"

    /// An honest server, also about TOP; or one that tells no size.
    private static func script(_ maildrop: ScriptedMaildrop, tellsSizes: Bool = true) -> Script {
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
                    let sizes = [large, small].map { $0.utf8.count - 3 }
                    let list = "+OK\r\n1 \(sizes[0])\r\n2 \(sizes[1])\r\n.\r\n"
                    try await peer.send(words.count == 1 ? list : "+OK \(words[1]) \(sizes[isLarge ? 0 : 1])\r\n")
                case "TOP":
                    let top = body.prefix(Int(words[2]) ?? 0).joined()
                    try await peer.send("+OK\r\n" + (isLarge ? header : "Subject: small\r\n\r\n") + top + ".\r\n")
                case "RETR": try await peer.send("+OK\r\n" + (isLarge ? large : small))
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
        _ body: (Relayed, ScriptedMaildrop, Peer) async throws -> Void
    ) async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change { $0.more = settings + "\n" }
        let script = Self.script(maildrop, tellsSizes: tellsSizes)
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
                "X-Popsieve-Truncated: octets=\(size); limit=10240\r\nSubject: large\r\n\r\n"
                + Self.lines.prefix(20).joined()
            let message = try await reply(peer, "RETR 1")
            #expect(message.hasPrefix(expected), "\(message)")
            let note = message.dropFirst(expected.count)
            #expect(note.hasPrefix("\r\n[Popsieve: this message is too large"), "\(message)")
            #expect(message.hasSuffix("]\r\n.\r\n"))
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
            let header = "X-Popsieve-Unjudged: octets=\(size); limit=10240\r\nSubject: large\r\n\r\n"
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

    /// It went through whole.
    @Test(
        "a server that tells no size: the message is refused while it is held, and cut where the client has its beginning",
        arguments: ["error", "notice", "truncate", "pass"],
        rules
    )
    func sizeUntold(_ outcome: String, _ rule: String?) async throws {
        let settings = "size-limit: { octets: 10 KiB, outcome: \(outcome) }"
        try await relayed(settings, rule: rule, tellsSizes: false) { relayed, maildrop, peer in
            try await peer.send("RETR 1\r\n")
            if rule != nil, outcome == "error" {
                #expect(try await peer.line().hasPrefix("-ERR [SYS/PERM]"))
            } else {
                let body = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                let words = rule == nil ? "[Popsieve: this message is too large" : "Subject: [rejected] large\r\n"
                #expect(body.contains(words) || outcome == "pass")
                #expect(!body.contains(Self.lines[2_999]) || outcome == "pass" && rule == nil)
            }
            // What the client has a part or a notice of must not be lost, whatever the setting is.
            let mayGo = rule == nil ? outcome == "pass" : outcome == "error"
            #expect(try await peer.command("DELE 1").contains("stays on the server") == !mayGo)
            #expect(try await reply(peer, "RETR 2") == Self.small)
            #expect(maildrop.commands.contains("DELE 1") == mayGo)
            let isCut = rule == nil && outcome != "pass"
            let end = try relayed.relay.audit.messageEnds()[0]
            #expect((end["complete"] == .boolean(false)) == isCut, "\(end)")
        }
    }
}
