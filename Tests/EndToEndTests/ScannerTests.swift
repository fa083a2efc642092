// Rules that ask a scanner, a program here: what is found, what is not looked at, and what waits for it.
// Must not test a kind of scanner: the Scanning target does.

import Foundation
import Testing

@Suite("With a scanner", .timeLimit(.minutes(5)))
struct ScannerTests {
    private static let rules = """
        require ["virustest", "relational", "comparator-i;ascii-numeric", "reject", "environment", "variables"];
        if header :contains "Subject" "unasked" { stop; }
        if virustest :value "ge" :comparator "i;ascii-numeric" "4" {
            if environment :matches "vnd.popsieve.virus" "*" { reject "Infected: ${1}"; }
        }
        """

    private static let wires = [
        "Subject: a\r\n\r\nEICAR\r\n.\r\n", "Subject: b\r\n\r\nclean\r\n.\r\n",
        "Subject: unasked\r\n\r\nEICAR\r\n.\r\n",
        "Subject: c\r\n\r\ndeaf\r\n.\r\n",
        "Subject: d\r\n\r\n" + String(repeating: "clean\r\n", count: 60_000) + ".\r\n",
        "Subject: e\r\n\r\nslow\r\n.\r\n",
    ]

    /// Finds EICAR, and fails at what it is deaf to.
    private static let program = """
        #!/bin/sh
        message=$(cat)
        case $message in
        *EICAR*) echo '{"verdict":"infected","names":["Test.Eicar"]}' ;;
        *deaf*) exit 3 ;;
        *slow*) sleep 4; echo '{"verdict":"clean"}' ;;
        *) echo '{"verdict":"clean"}' ;;
        esac
        """

    private func relayed(
        unscanned: String? = nil,
        more: String = "",
        _ body: (Relayed, ScriptedMaildrop) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try folder.write("scan", Self.program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["scan"])
            let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
            let policy = unscanned.map { ", unscanned: \($0)" } ?? ""
            let scanner = "{ type: command, command: [\(folder["scan"])], looks-for: [virus]\(policy) }"
            let change = Change {
                $0.more += "scanners: { mine: \(scanner) }\n\(more)"
                if unscanned != nil { $0.store = "popsieve.sqlite" }
            }
            try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
                try await body(relayed, maildrop)
            }
        }
    }

    @Test("what the scanner finds is withheld, what it finds clean arrives, and who does not ask does not wait")
    func scanned() async throws {
        try await relayed { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for command in ["RETR 1", "TOP 1 0"] {
                    try await peer.send(command + "\r\n")
                    let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                    #expect(notice.contains("Infected: Test.Eicar"), "\(notice)")
                }
                for number in [2, 3, 5] {
                    try await peer.send("RETR \(number)\r\n")
                    let body = try await peer.multilineReply().statusAndBody.body
                    let isSame = body == Data(Self.wires[number - 1].utf8)
                    #expect(isSame, "message \(number), \(body.count) octets")
                }
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(lines.map { $0["depth"]?.text } == ["scan", "scan", "scan", "header", "scan"])
            #expect(lines.map { $0["verdict"]?.text } == ["rejected", "rejected", "passed", "passed", "passed"])
        }
    }

    @Test("the lines that let a client wait are octets that it got")
    func waits() async throws {
        try await relayed(more: "holding: { patience: 1s }\n") { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 6\r\n")
                let body = String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self)
                #expect(body.hasPrefix("X-Popsieve-Wait: "))
                #expect(body.hasSuffix(Self.wires[5]))
                let end = try relayed.relay.audit.messageEnds()[0]
                #expect(end["octets_out"]?.number == body.utf8.count - 3)
            }
        }
    }

    @Test("what could not be scanned is never clean: it waits, or passes where the settings say so")
    func unscanned() async throws {
        try await relayed { relayed, maildrop in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let answer = try await peer.command("RETR 4")
                #expect(answer == "-ERR [SYS/TEMP] The message could not be scanned; try again later")
                #expect(try await peer.command("DELE 4").hasPrefix("-ERR [SYS/TEMP]"))
                #expect(try await peer.command("NOOP") == "+OK")
            }
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "postponed" && line["failure"]?.text?.contains("virus: mine: ") == true)
            #expect(!maildrop.commands.contains("DELE 4"))
        }
        try await relayed(unscanned: "pass") { relayed, _ in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 4\r\n")
                let mark = "X-Popsieve-Unscanned: mine: the command ended with status 3\r\n"
                #expect(try await peer.multilineReply().statusAndBody.body == Data((mark + Self.wires[3]).utf8))
            }
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "tagged")
            #expect(line["failure"]?.text?.hasPrefix("not scanned: virus: mine: ") == true)
        }
        try await relayed(unscanned: "notice") { relayed, maildrop in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 4\r\n")
                let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                #expect(notice.contains("Subject: [postponed] c\r\n"), "\(notice)")
                #expect(notice.contains("mine: the command ended with status 3"))
                // An error would end the session of a program that deletes what it has fetched.
                #expect(try await peer.command("DELE 4").hasPrefix("+OK Message 4 stays on the server"))
            }
            // A program that deletes a week later has nothing but the notice, either.
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("DELE 4").hasPrefix("+OK Message 4 stays on the server"))
            }
            let line = try relayed.relay.audit.lines("message")[0]
            #expect(line["verdict"]?.text == "postponed")
            #expect(!maildrop.commands.contains("DELE 4"))
        }
    }

    @Test("a message that was scanned is not scanned again in the next session")
    func scannedOnce() async throws {
        try await Folder.temporary { folder in
            let program = "#!/bin/sh\necho scanned >>\(folder["scans"])\n" + Self.program
            try folder.write("scan", program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["scan"])
            let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
            let scanner = "{ type: command, command: [\(folder["scan"])], looks-for: [virus] }"
            let change = Change {
                $0.store = "popsieve.sqlite"
                $0.more += "scanners: { mine: \(scanner) }\n"
            }
            try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
                // Nothing is remembered before the relay knows what scanner it is; that is asked in the background.
                var lines: [AuditLine] = []
                repeat {
                    try await Peer.connected(to: relayed.relay.address) { peer in
                        try await peer.logIn(.anna)
                        for number in [1, 2] {
                            try await peer.send("RETR \(number)\r\n")
                            _ = try await peer.multilineReply()
                        }
                        _ = try await peer.command("QUIT")
                    }
                    lines = try relayed.relay.audit.lines("message")
                } while lines.last?["remembered"] == nil
                let scans = try String(contentsOfFile: folder["scans"], encoding: .utf8).split(separator: "\n").count
                #expect(scans == lines.count { $0["remembered"] == nil })
                #expect(lines.suffix(2).map { $0["verdict"]?.text } == ["rejected", "passed"])
                #expect(lines.suffix(2).map { $0["depth"]?.text } == ["scan", "scan"])
            }
        }
    }

    @Test("a scanner is told who has sent a message where the settings trust a line of it", arguments: [0, 1])
    func circumstances(hops: Int) async throws {
        let program = """
            #!/bin/sh
            cat > /dev/null
            echo "{\\"verdict\\":\\"infected\\",\\"names\\":[\\"${POPSIEVE_ADDRESS:-nobody}\\"]}"
            """
        let received = "Received: from x (h.example [192.0.2.1]) by mx.example; now\r\nSubject: a\r\n\r\nb\r\n.\r\n"
        try await Folder.temporary { folder in
            try folder.write("scan", program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["scan"])
            let change = Change {
                $0.upstreams[0].1.trustedHops = hops
                $0.more += "scanners: { mine: { type: command, command: [\(folder["scan"])], looks-for: [virus] } }\n"
            }
            let maildrop = ScriptedMaildrop([Data(received.utf8)])
            try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
                try await Peer.connected(to: relayed.relay.address) { peer in
                    try await peer.logIn(.anna)
                    try await peer.send("RETR 1\r\n")
                    let notice = String(decoding: try await peer.multilineReply(), as: UTF8.self)
                    #expect(notice.contains("Infected: \(hops == 0 ? "nobody" : "192.0.2.1")"), "\(notice)")
                }
            }
        }
    }
}
