// Memory that messages may take, and a relay that gets none any more, with many of them in its hands.
// Must not use up the machine's: limits of the relay's own are what it runs into.

import Foundation
import Testing

@Suite("Memory that ends", .timeLimit(.minutes(5)))
struct ScarceMemoryTests {
    private static let message = Data(
        ("Subject: x\r\n\r\n" + String(repeating: String(repeating: "a", count: 70) + "\r\n", count: 3_000) + ".\r\n")
            .utf8
    )
    private static let sessions = 40

    @Test("what may be held in all is not exceeded: the others are told to come back, and are served then")
    func bounds() async throws {
        let go = Tally()
        let maildrop = Script { peer in
            try await peer.send("+OK ready\r\n")
            while let line = try await peer.lineOrEnd() {
                guard line.hasPrefix("RETR") else {
                    try await peer.send("+OK\r\n")
                    continue
                }
                try await peer.send(Data("+OK\r\nSubject: x\r\n\r\n".utf8) + Self.line(of: 30_000))
                try await eventually("it may go on", within: 200) { go.count > 0 }
                try await peer.send("end\r\n.\r\n")
            }
        }
        let rule = #"require "body"; if body :contains "nothing of it" { discard; }"#
        let limits = "{ memory: 32 KiB, memory-in-all: 32 KiB, message: 64 KiB, files-in-all: 64 KiB }"
        let change = Change { $0.more += "holding: \(limits)\n" }
        try await Relayed.script(maildrop, rule: rule, changing: change) { relayed in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await Peer.connected(to: relayed.relay.address) { peer in
                            try await peer.logIn(.anna)
                            return try await peer.command("RETR 1")
                        }
                    }
                }
                // One in memory and two in files are all that there is room for.
                let busy = "-ERR [SYS/TEMP] Too many messages are being looked at"
                for _ in 0..<9 { #expect(try await group.next() == busy) }
                let lines = try relayed.relay.audit.lines("message").map { $0["verdict"] }
                #expect(lines == Array(repeating: "postponed", count: 9), "\(lines)")
                go.add()
                for try await reply in group { #expect(reply == "+OK") }
            }
            try await Peer.connected(to: relayed.relay.address) { (peer) async throws in
                try await peer.logIn(.anna)
                #expect(try await peer.command("RETR 1") == "+OK")
            }
        }
    }

    private static func line(of octets: Int) -> Data {
        Data((0..<(octets / 100)).map { _ in String(repeating: "b", count: 98) + "\r\n" }.joined().utf8)
    }

    /// A program in Swift ends where the system gives it no memory. What was not shown is still on the server then.
    @Test("a relay that gets no more memory loses no message, and its log has whole lines")
    func none() async throws {
        let maildrop = ScriptedMaildrop([Self.message])
        let rule = #"require "body"; if body :contains "nothing of it" { discard; }"#
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { address in
                let settings = Popsieve.Settings.relaying(to: address, rule: rule)
                let (whole, _) = try await Popsieve.running(settings, in: folder) { try await Self.fetchTogether($0) }
                // A client that was cut off has not deleted what it has not got; one that was not has ended in order.
                for command in ["DELE 1", "QUIT"] {
                    let heard = maildrop.commands.count { $0 == command }
                    #expect(heard <= whole, "\(command) came \(heard) times, \(whole) clients have their message")
                }
                let judged = try AuditTrail(path: folder["relay/audit.jsonl"]).lines("message").count
                #expect(judged >= whole)
            }
        }
    }

    /// All log in, then there is no more memory, then all say everything at once.
    ///
    /// - Returns: how many clients have got their message whole
    private static func fetchTogether(_ relay: Popsieve) async throws -> Int {
        let (ready, limited) = (Tally(), Tally())
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<sessions {
                group.addTask {
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        ready.add()
                        try await eventually("there is no more memory") { limited.count > 0 }
                        try await peer.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
                        return (try? await peer.multilineReply().statusAndBody.body) == message
                    }
                }
            }
            try await eventually("all have logged in") { ready.count == sessions }
            try await relay.allowMemory(more: 1 << 20)
            limited.add()
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
