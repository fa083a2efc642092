// What one session finds out about a message and the next one knows: verdicts, sizes, what came before.
// Must not test the store itself: its target does.

import Foundation
import Testing

@Suite("With a memory", .timeLimit(.minutes(5)))
struct RememberingTests {
    private static let rules = """
        require ["body", "editheader", "reject", "fileinto", "duplicate"];
        if header :contains "Subject" "again" { if duplicate { discard; stop; } }
        if body :contains "forbidden" { reject "No such words"; stop; }
        if body :contains "invoice" { fileinto "Invoices"; stop; }
        if body :contains "needle" { addheader "X-Found" "yes"; }
        """

    private static let wires = [
        "Subject: a\r\n\r\nneedle\r\n..x\r\n.\r\n", "Subject: b\r\n\r\nforbidden\r\n.\r\n",
        "Subject: c\r\n\r\nnothing\r\n.\r\n", "Subject: d\r\n\r\ninvoice\r\n.\r\n",
        "Subject: again\r\nMessage-ID: <1@x>\r\n\r\n.\r\n", "Subject: again\r\nMessage-ID: <1@x>\r\n\r\n.\r\n",
    ]

    private func relayed(
        _ more: String = "",
        store: String = "popsieve.sqlite",
        rules: String = Self.rules,
        wires: [String] = Self.wires,
        _ body: (Relayed, ScriptedMaildrop) async throws -> Void
    ) async throws {
        let maildrop = ScriptedMaildrop(wires.map { Data($0.utf8) })
        let change = Change {
            $0.store = store
            $0.quarantine = "quarantine"
            $0.more += more
        }
        try await Relayed.script(maildrop.script, rule: rules, changing: change) { relayed in
            try await body(relayed, maildrop)
        }
    }

    /// What the client gets for these commands in a session of its own.
    private func replies(_ relayed: Relayed, _ commands: [String]) async throws -> [String] {
        try await Peer.connected(to: relayed.relay.address) { peer in
            try await peer.logIn(.anna)
            var replies: [String] = []
            for command in commands {
                try await peer.send(command + "\r\n")
                let words = command.split(separator: " ")
                let isLong = ["RETR", "TOP"].contains(words[0]) || ["LIST", "UIDL"].contains(command)
                let reply = isLong ? try await peer.multilineReply() : Data(try await peer.line().utf8)
                replies.append(String(decoding: reply, as: UTF8.self))
            }
            _ = try await peer.command("QUIT")
            return replies
        }
    }

    /// The server of this test has it still, so that it shows what is known of it.
    @Test("of a message that the server has deleted nothing is remembered", arguments: [true, false])
    func deleted(isDeleted: Bool) async throws {
        try await relayed { relayed, maildrop in
            _ = try await replies(relayed, ["RETR 1", "RETR 3", "DELE 1"] + (isDeleted ? [] : ["RSET"]))
            func fetched() -> Int { maildrop.commands.count { $0.hasPrefix("RETR") } }
            let before = fetched()
            _ = try await replies(relayed, ["TOP 1 9"])
            #expect(fetched() == before + (isDeleted ? 1 : 0))
            _ = try await replies(relayed, ["TOP 3 9"])
            #expect(fetched() == before + (isDeleted ? 1 : 0))
        }
    }

    @Test("a verdict that one session came to is the next one's, for a header and without another fetch")
    func verdicts() async throws {
        try await relayed { relayed, maildrop in
            let retrievals = ["RETR 1", "RETR 2", "RETR 3", "RETR 4"]
            let first = try await replies(relayed, retrievals)
            let fetched = maildrop.commands.count { $0.hasPrefix("RETR") }
            #expect(first[0] == "+OK\r\nX-Found: yes\r\n" + Self.wires[0])
            #expect(first[1].contains("No such words") && first[3].contains("[quarantined] d"))
            #expect(try await replies(relayed, retrievals) == first)
            #expect(try await replies(relayed, ["TOP 1 9", "TOP 2 0", "TOP 3 9", "TOP 4 0"]) == first)
            #expect(maildrop.commands.count { $0.hasPrefix("RETR") } == fetched + 4, "TOP needs no RETR any more")
            let lines = try relayed.relay.audit.lines("message")
            #expect(
                lines.map { $0["remembered"] == .boolean(true) } == Array(repeating: false, count: 4)
                    + Array(repeating: true, count: 8)
            )
            #expect(
                lines.map { $0["verdict"]?.text }
                    == (0..<3).flatMap { _ in ["tagged", "rejected", "passed", "quarantined"] }
            )
            #expect(
                Set(lines.compactMap { $0["quarantine"]?.list.first?["id"]?.text }).count == 2,
                "two originals, each once"
            )
        }
    }

    @Test("LIST and STAT say what the client got, from the second session on")
    func sizes() async throws {
        try await relayed { relayed, _ in
            let commands = ["STAT", "LIST", "LIST 1", "UIDL", "RETR 1", "RETR 2", "RETR 3"]
            let before = try await replies(relayed, commands)
            let served = Self.wires.map { Wire.content(of: Data($0.utf8)).count }
            #expect(before[0] == "+OK 6 \(served.reduce(0, +))" && before[2] == "+OK 1 \(served[0])")
            var sizes = served
            sizes[0] += "X-Found: yes\r\n".utf8.count
            sizes[1] = Wire.content(of: Data(before[5].utf8.dropFirst("+OK\r\n".utf8.count))).count
            let after = try await replies(relayed, commands)
            #expect(after[0] == "+OK 6 \(sizes.reduce(0, +))")
            let list = sizes.enumerated().map { "\($0 + 1) \($1)\r\n" }.joined()
            #expect(after[1] == "+OK\r\n\(list).\r\n")
            #expect(after[2] == "+OK 1 \(sizes[0])" && after[3...] == before[3...])
            // A message that is marked is in no sum.
            let marked = try await replies(relayed, ["RETR 2", "DELE 2", "STAT", "RSET", "STAT"])
            #expect(marked[2] == "+OK 6 \(sizes.reduce(0, +) - sizes[1] + served[1])", "the server still counts it")
            #expect(marked[4] == after[0])
        }
    }

    @Test("a client that says all at once and half-closes gets its sizes")
    func halfClosed() async throws {
        try await relayed { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send("USER anna\r\n")
                _ = try await (peer.line(), peer.line())
                try await peer.send("PASS x\r\n")
                _ = try await peer.line()
                try await peer.send("LIST 1\r\n")
                try await peer.finish()
                let size = Wire.content(of: Data(Self.wires[0].utf8)).count
                #expect(try await peer.line() == "+OK 1 \(size)")
            }
        }
    }

    @Test("a message that came before is a duplicate, and never of itself")
    func duplicates() async throws {
        try await relayed { relayed, _ in
            for _ in 0..<2 {
                let got = try await replies(relayed, ["RETR 5", "RETR 6"])
                #expect(got[0] == "+OK\r\n" + Self.wires[4])
                #expect(got[1].contains("[discarded] again"), "\(got[1])")
            }
        }
    }

    @Test("what is released arrives, whatever was remembered, and LIST says its size again")
    func released() async throws {
        try await relayed { relayed, _ in
            _ = try await replies(relayed, ["RETR 4"])
            let copies = try relayed.relay.audit.lines("message")[0]["quarantine"]?.list ?? []
            let identifier = try #require(copies.first?["id"]?.text)
            let folder = relayed.relay.folder
            let arguments = ["quarantine", "release", identifier, "--folder", folder["quarantine"]]
            #expect(try await Child.run(path: Built.popsieve, arguments, in: folder).status == 0)
            #expect(try await replies(relayed, ["RETR 4"]) == ["+OK\r\n" + Self.wires[3]])
            let size = Wire.content(of: Data(Self.wires[3].utf8)).count
            #expect(try await replies(relayed, ["LIST 4"]) == ["+OK 4 \(size)"])
        }
    }

    @Test("a copy that is gone from the quarantine is made again before its notice is shown")
    func copyIsGone() async throws {
        try await relayed { relayed, _ in
            let first = try await replies(relayed, ["RETR 4"])
            let folder = relayed.relay.folder["quarantine/.Invoices/new"]
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            let second = try await replies(relayed, ["RETR 4"])
            #expect(second != first && second[0].contains("[quarantined] d"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        }
    }

    @Test("other rules judge anew")
    func rulesChange() async throws {
        try await relayed { relayed, maildrop in
            let first = try await replies(relayed, ["RETR 3", "TOP 3 9"])
            #expect(first[0] == "+OK\r\n" + Self.wires[2])
            let folder = try relayed.relay.folder.folder("rules")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            try folder.write(name, Self.rules.replacing("needle", with: "nothing"))
            relayed.relay.reload()
            _ = try await relayed.relay.audit.waitFor("rules_loaded", count: 2)
            let second = try await replies(relayed, ["TOP 3 9", "RETR 3"])
            #expect(second == Array(repeating: "+OK\r\nX-Found: yes\r\n" + Self.wires[2], count: 2))
        }
    }

    @Test("a UIDL that is given to another message is not taken for the first")
    func otherMessage() async throws {
        let wires = AsyncStream<String>.makeStream()
        let script = Script { peer in
            for await wire in wires.stream {
                try await ScriptedMaildrop([Data(wire.utf8)]).script.play(peer)
                return
            }
        }
        let rule = #"require ["body","editheader"]; if body :contains "needle" { addheader "X-Found" "yes"; }"#
        let change = Change { $0.store = "popsieve.sqlite" }
        try await Relayed.script(script, rule: rule, changing: change) { relayed in
            let same = Self.wires[0].replacing("needle", with: "nodule")
            for (wire, got) in [
                (Self.wires[0], "X-Found: yes\r\n" + Self.wires[0]), (same, same), (Self.wires[2], Self.wires[2]),
                (Self.wires[0], "X-Found: yes\r\n" + Self.wires[0]),
            ] {
                wires.continuation.yield(wire)
                let replies = try await replies(relayed, ["RETR 1"])
                #expect(replies == ["+OK\r\n" + got])
            }
        }
    }

    /// The second was taken for the first, which lay in the quarantine, and was deleted without a copy.
    @Test("each of two messages with one UIDL and one header is kept before it may be deleted")
    func twoOfOneName() async throws {
        let wires = AsyncStream<String>.makeStream()
        let script = Script { peer in
            for await wire in wires.stream { return try await ScriptedMaildrop([Data(wire.utf8)]).script.play(peer) }
        }
        let change = Change {
            $0.store = "popsieve.sqlite"
            $0.quarantine = "quarantine"
        }
        try await Relayed.script(script, rule: Self.rules, changing: change) { relayed in
            let other = Self.wires[3].replacing("invoice\r\n", with: "invoice, another\r\n")
            for wire in [Self.wires[3], other, Self.wires[3]] {
                wires.continuation.yield(wire)
                let got = try await replies(relayed, ["RETR 1", "DELE 1"])
                #expect(got[0].contains("[quarantined] d") && got[1] == "+OK")
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(Set(lines.prefix(2).compactMap { $0["quarantine"]?.list.first?["id"]?.text }).count == 2)
            // What was released is the first, and not what the server calls the same.
            let identifier = try #require(lines[0]["quarantine"]?.list.first?["id"]?.text)
            let folder = relayed.relay.folder
            let arguments = ["quarantine", "release", identifier, "--folder", folder["quarantine"]]
            #expect(try await Child.run(path: Built.popsieve, arguments, in: folder).status == 0)
            for (wire, isReleased) in [(Self.wires[3], true), (other, false)] {
                wires.continuation.yield(wire)
                let got = try await replies(relayed, ["RETR 1"])
                #expect((got == ["+OK\r\n" + wire]) == isReleased, "\(got)")
            }
        }
    }

    @Test("who has only looked at a header has not got the message: no other is its duplicate")
    func lookedAt() async throws {
        try await relayed { relayed, _ in
            _ = try await replies(relayed, ["TOP 5 0"])
            #expect(try await replies(relayed, ["RETR 6"]) == ["+OK\r\n" + Self.wires[5]])
            #expect(try await replies(relayed, ["RETR 5"])[0].contains("[discarded] again"))
        }
    }

    @Test("with a reserve each message has the size that LIST said before anybody read it")
    func reserve() async throws {
        try await relayed("size-reserve: 200\n") { relayed, _ in
            for _ in 0..<2 {
                let got = try await replies(relayed, ["LIST 1", "RETR 1", "LIST 3", "RETR 3", "STAT"])
                for (list, message) in [(got[0], got[1]), (got[2], got[3])] {
                    let body = Data(message.utf8.dropFirst("+OK\r\n".utf8.count))
                    #expect(list.hasSuffix(" \(Wire.content(of: body).count)"), "\(list) \(message)")
                }
                #expect(got[1].contains("X-Found: yes\r\n") && got[1].hasSuffix("\r\nneedle\r\n..x\r\n.\r\n"))
            }
            #expect(try relayed.relay.audit.messageEnds().allSatisfy { $0["announced"] == nil })
            // What stands in for a message has another size, and the audit log says so.
            _ = try await replies(relayed, ["LIST", "RETR 2"])
            #expect(try relayed.relay.audit.messageEnds().last?["announced"] != nil)
        }
    }

    @Test("a store that can't be used is told once, and mail arrives")
    func unusable() async throws {
        try await relayed(store: "/proc/popsieve.sqlite") { relayed, _ in
            for _ in 0..<3 {
                let got = try await replies(relayed, ["LIST 1", "RETR 1", "RETR 5", "RETR 6"])
                #expect(got[1] == "+OK\r\nX-Found: yes\r\n" + Self.wires[0])
                #expect(got[3] == "+OK\r\n" + Self.wires[5], "nobody knows that it came before")
            }
            let lines = try relayed.relay.audit.lines("store_failed")
            #expect(lines.count == 1 && lines[0]["reason"]?.text?.contains("/proc/popsieve.sqlite") == true)
        }
    }
}
