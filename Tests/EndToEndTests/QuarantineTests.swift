// Messages that rules put into the quarantine: the original is there before the client sees what stands in for it.
// Must not test the quarantine itself: its target does.

import Foundation
import Testing

@Suite("With a quarantine", .timeLimit(.minutes(5)))
struct QuarantineTests {
    private static let rules = """
        require ["fileinto", "copy", "body", "reject"];
        if header :contains "Subject" "invoice" { fileinto "Invoices"; stop; }
        if header :contains "Subject" "copy" { fileinto :copy "Copies"; stop; }
        if header :contains "Subject" "trash" { discard; stop; }
        if body :contains "forbidden" { reject "No such words"; stop; }
        """

    private static let wires = [
        "Subject: invoice\r\n\r\nPay.\r\n..x\r\n.\r\n", "Subject: a copy\r\n\r\nbody\r\n.\r\n",
        "Subject: a\r\n\r\nforbidden\r\n.\r\n", "Subject: plain\r\n\r\nbody\r\n.\r\n",
        "Subject: trash\r\n\r\nAway.\r\n.\r\n",
    ]

    private func relayed(
        settings: String = "quarantine",
        _ body: (Relayed, ScriptedMaildrop) async throws -> Void
    ) async throws {
        let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
        let change = Change { $0.quarantine = settings }
        try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
            try await body(relayed, maildrop)
        }
    }

    /// Originals in a folder, without what the quarantine puts in front.
    private func originals(_ relayed: Relayed, _ folder: String) throws -> [String] {
        let path = relayed.relay.folder["quarantine/\(folder)/new"]
        return try FileManager.default.contentsOfDirectory(atPath: path).map { name in
            let octets = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
            let text = String(decoding: octets, as: UTF8.self)
            let length = Int(text.dropFirst("X-Popsieve-Quarantine: 1 ".count).prefix(5)) ?? 0
            return String(decoding: octets.dropFirst(length), as: UTF8.self)
        }
    }

    @Test(
        "fileinto keeps the original and delivers a notice that names it; TOP shows the same, and keeps no second copy"
    )
    func fileinto() async throws {
        try await relayed { relayed, maildrop in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                var notices: [String] = []
                for command in ["TOP 1 0", "RETR 1", "TOP 1 99"] {
                    try await peer.send(command + "\r\n")
                    notices.append(String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self))
                }
                #expect(Set(notices).count == 1, "\(notices)")
                #expect(notices[0].contains("Subject: [quarantined] invoice\r\n") && !notices[0].contains("Pay."))
                let copies = try relayed.relay.audit.lines("message")[0]["quarantine"]?.list ?? []
                let identifier = try #require(copies.first?["id"]?.text)
                #expect(copies.first?["folder"]?.text == "Invoices" && notices[0].contains(identifier))
                #expect(try originals(relayed, ".Invoices") == ["Subject: invoice\r\n\r\nPay.\r\n.x\r\n"])
                #expect(try await peer.command("DELE 1") == "+OK")
                // Whoever runs the relay lists it, shows it, and releases it.
                let list = try await quarantine(relayed, ["list"])
                #expect(list.contains(identifier) && list.contains("invoice"), "\(list)")
                let shown = try await quarantine(relayed, ["show", identifier])
                #expect(shown == "Subject: invoice\r\n\r\nPay.\r\n.x\r\n")
                _ = try await quarantine(relayed, ["release", identifier])
                let released = try #require(try relayed.relay.audit.lines("released").first)
                #expect(released["id"]?.text == identifier && released["folder"]?.text == "Invoices")
                // It counts at once.
                for command in ["RETR 1", "TOP 1 99"] {
                    try await peer.send(command + "\r\n")
                    #expect(try await peer.multilineReply().statusAndBody.body == Data(Self.wires[0].utf8))
                }
                #expect(released["user"]?.text == "anna@example.org" && released["by"]?.text == NSUserName())
            }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                #expect(try await peer.multilineReply().statusAndBody.body == Data(Self.wires[0].utf8))
            }
            #expect(try relayed.relay.audit.lines("message").last?["verdict"]?.text == "released")
        }
    }

    @Test("a quarantine that was removed meanwhile is made again for the next message")
    func removed() async throws {
        try await relayed { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for number in [1, 3] {
                    try FileManager.default.removeItem(atPath: relayed.relay.folder["quarantine"])
                    try await peer.send("RETR \(number)\r\n")
                    let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                    #expect(notice.hasPrefix("+OK") && notice.contains("in the folder"), "\(notice)")
                }
            }
            #expect(try originals(relayed, ".rejected") == ["Subject: a\r\n\r\nforbidden\r\n"])
        }
    }

    @Test("fileinto :copy delivers the message as well")
    func copied() async throws {
        try await relayed { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 2\r\n")
                #expect(try await peer.multilineReply().statusAndBody.body == Data(Self.wires[1].utf8))
                #expect(try originals(relayed, ".Copies") == ["Subject: a copy\r\n\r\nbody\r\n"])
                try await peer.send("RETR 4\r\n")
                #expect(try await peer.multilineReply().statusAndBody.body == Data(Self.wires[3].utf8))
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(lines.map { $0["verdict"]?.text } == ["passed", "passed"])
            #expect(lines.map { $0["quarantine"]?.list.count } == [1, nil])
        }
    }

    /// A client that deletes what it has fetched got the same notice at every poll.
    @Test("the original of a rejected message is in the folder rejected, and DELE passes on")
    func rejected() async throws {
        try await relayed { relayed, maildrop in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 3\r\n")
                let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(notice.contains("No such words") && notice.contains("in the folder rejected"), "\(notice)")
                #expect(try originals(relayed, ".rejected") == ["Subject: a\r\n\r\nforbidden\r\n"])
                #expect(try await peer.command("DELE 3") == "+OK")
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            #expect(maildrop.commands.contains("DELE 3"))
        }
    }

    @Test(
        "discard keeps nothing, unless the settings keep it for some days",
        arguments: [("quarantine", []), ("{ path: quarantine, discarded: 7d }", ["Subject: trash\r\n\r\nAway.\r\n"])]
    )
    func discarded(_ settings: String, _ kept: [String]) async throws {
        try await relayed(settings: settings) { relayed, maildrop in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 5\r\n")
                let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(notice.contains("Subject: [discarded] trash\r\n"), "\(notice)")
                #expect(notice.contains("in the folder discarded") == !kept.isEmpty, "\(notice)")
                #expect(try await peer.command("DELE 5") == "+OK")
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            #expect((try? originals(relayed, ".discarded")) ?? [] == kept)
            #expect(maildrop.commands.contains("DELE 5"))
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "discarded" && (line["quarantine"]?.list ?? []).count == kept.count)
        }
    }

    /// What was kept stayed until somebody thought of it.
    @Test("what is older than the settings say goes by itself, and the operator's log says so once")
    func expires() async throws {
        try await relayed(settings: "{ path: quarantine, folders: { Invoices: 1s } }") { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for number in 1...2 {
                    try await peer.send("RETR \(number)\r\n")
                    _ = try await peer.multilineReply()
                }
            }
            #expect(try originals(relayed, ".Invoices").count == 1)
            try await eventually("it goes") {
                relayed.relay.reload()
                return try relayed.relay.log().contains("too old")
            }
            #expect(try originals(relayed, ".Invoices").isEmpty)
            #expect(try originals(relayed, ".Copies").count == 1)
            let log = try relayed.relay.log().split(separator: "\n").filter { $0.contains("too old") }
            #expect(log.count == 1, "\(log)")
        }
    }

    /// Its header is asked for first, and that was all that was kept.
    @Test("a large message is kept whole, also where its header is asked for first", arguments: ["invoice", "a"])
    func keptWhole(_ subject: String) async throws {
        let lines = String(repeating: String(repeating: "x", count: 70) + "\r\n", count: 4_000)
        let message = "Subject: \(subject)\r\n\r\n\(lines)forbidden\r\n"
        let maildrop = ScriptedMaildrop([Data((message + ".\r\n").utf8)])
        let script = Script { peer in
            try await peer.send("+OK scripted\r\n")
            while true {
                switch try await maildrop.hear(peer).prefix(4) {
                case "CAPA": try await peer.send("+OK\r\nTOP\r\nUIDL\r\n.\r\n")
                case "TOP ": try await peer.send("+OK\r\nSubject: \(subject)\r\n\r\n.\r\n")
                case "RETR": try await peer.send("+OK\r\n\(message).\r\n")
                case "LIST": try await peer.send("+OK 1 \(message.utf8.count)\r\n")
                case "UIDL": try await peer.send("+OK 1 id\r\n")
                case "QUIT": return try await peer.send("+OK\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
        let change = Change { $0.quarantine = "quarantine" }
        try await Relayed.script(script, rule: Self.rules, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("LIST 1").hasPrefix("+OK"))
                try await peer.send("RETR 1\r\n")
                let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(notice.contains("in the folder"), "\(notice.prefix(500))")
            }
            let isWhole = try originals(relayed, subject == "a" ? ".rejected" : ".Invoices") == [message]
            #expect(isWhole)
        }
    }

    /// All of it was fetched to be told that it does not fit.
    @Test(
        "a message that the quarantine can never take is refused, by its header where its size is known",
        arguments: [true, false]
    )
    func neverFits(isSizeKnown: Bool) async throws {
        let lines = String(repeating: String(repeating: "x", count: 70) + "\r\n", count: 20_000)
        let maildrop = ScriptedMaildrop([Data("Subject: invoice\r\n\r\n\(lines).\r\n".utf8)])
        let change = Change { $0.quarantine = "{ path: quarantine, size: 1 MiB }" }
        try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                if isSizeKnown { #expect(try await peer.command("LIST 1").hasPrefix("+OK")) }
                try await peer.send("RETR 1\r\n")
                let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(notice.contains("larger than the 1048576 octets"), "\(notice)")
                let answer = try await peer.command("DELE 1")
                #expect(answer == "+OK Message 1 stays on the server: it was not delivered whole")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: relayed.relay.folder["quarantine/new"]) == [])
        }
        #expect(maildrop.commands.contains("RETR 1") != isSizeKnown && !maildrop.commands.contains("DELE 1"))
    }

    @Test("a notice says what the site's file says, from the next message on after a reload")
    func ownWords() async throws {
        try await Folder.temporary { folder in
            let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
            try folder.write("notices", "[discarded]\nSubject: Weg: {subject}\n\nGrüße\n")
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: Self.rules)
                settings.more = "notices: \"\(folder["notices"])\"\n"
                settings.rules["10-test"] = "if header :contains \"Subject\" \"trash\" { discard; }"
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        try await peer.send("RETR 5\r\n")
                        let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                        #expect(notice.contains("\r\nSubject: Weg: trash\r\n"), "\(notice)")
                        #expect(notice.hasSuffix("\r\n\r\nGrüße\r\n.\r\n"), "\(notice)")
                        try folder.write("notices", "[discarded]\nSubject: Gone\n")
                        relay.reload()
                        try await eventually("it is in force") { try relay.log().contains("reloaded") }
                        #expect(try relay.audit.lines("settings_reloaded").count == 1)
                        try await peer.send("RETR 5\r\n")
                        let next = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                        #expect(next.contains("\r\nSubject: Gone\r\n"), "\(next)")
                    }
                }
            }
        }
    }

    @Test("what can't be kept is not replaced by a notice: the client is told to come back, and may not delete it")
    func cannotBeKept() async throws {
        try await relayed { relayed, maildrop in
            let folder = relayed.relay.folder["quarantine/tmp"]
            try FileManager.default.removeItem(atPath: folder)
            let folders = ["", "/new", "/cur"].map { relayed.relay.folder["quarantine\($0)"] }
            try allow(folders, 0o500)
            defer { try? allow(folders, 0o700) }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("RETR 1") == "-ERR [SYS/TEMP] The message can't be looked at for now")
                #expect(try await peer.command("DELE 1").hasPrefix("-ERR [SYS/TEMP]"))
                try await peer.send("RETR 4\r\n")
                #expect(try await peer.multilineReply().statusAndBody.body == Data(Self.wires[3].utf8))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            #expect(!maildrop.commands.contains("DELE 1"))
            let line = try relayed.relay.audit.lines("message")[0]
            // The audit log says what is wrong; the client is not told.
            #expect(line["verdict"]?.text == "postponed")
            #expect(line["failure"]?.text?.contains(relayed.relay.folder["quarantine"]) == true, "\(line)")
        }
    }

    @Test("of a message that can't be kept wherever rules want it, no copy is left anywhere")
    func cannotBeKeptTwice() async throws {
        let rule = """
            require "fileinto";
            fileinto "First";
            fileinto "\(String(repeating: "x", count: 400))";
            """
        let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
        let change = Change { $0.quarantine = "quarantine" }
        try await Relayed.script(maildrop.script, rule: rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("RETR 1").hasPrefix("-ERR [SYS/TEMP]"))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let first = relayed.relay.folder["quarantine/.First"]
            #expect(try !FileManager.default.fileExists(atPath: first) || originals(relayed, ".First") == [])
        }
    }

    private func allow(_ folders: [String], _ mode: Int) throws {
        for path in folders { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path) }
    }

    private func quarantine(_ relayed: Relayed, _ arguments: [String]) async throws -> String {
        let folder = relayed.relay.folder
        let place = ["--config", folder["popsieve.yaml"]]
        let ended = try await Child.run(path: Built.popsieve, ["quarantine"] + arguments + place, in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        return String(decoding: ended.output, as: UTF8.self)
    }
}
