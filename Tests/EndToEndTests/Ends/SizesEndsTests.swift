// A client asks for sizes, or deletes, and what earlier sessions know is still looked up: each end of it, and of the relay.
// Must not test which sizes are right; see RememberingTests.

import Foundation
import Testing

@Suite("Ends while earlier sessions are asked", .timeLimit(.minutes(5)))
struct SizesEndsTests {
    enum End: String, Sendable, CaseIterable {
        case close, halfClosure, reset, terminated, reloaded, killed
        case serverClose, serverHalfClosure, serverReset
        /// The store never answers.
        case silence

        var isOfServer: Bool { [.serverClose, .serverHalfClosure, .serverReset].contains(self) }
    }

    private static let rule = #"require "body"; if body :contains "one" { discard; }"#
    private static let wires = ["Subject: a\r\n\r\none\r\n.\r\n", "Subject: b\r\n\r\ntwo\r\n.\r\n"]

    enum Command: String, Sendable, CaseIterable {
        case list = "LIST"
        case delete = "DELE 1"
    }

    @Test(
        "the client gets its answer, or has left, and then the server is told nothing",
        arguments: End.allCases,
        Command.allCases
    )
    func ends(_ end: End, _ command: Command) async throws {
        let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
        let (ends, leaves) = AsyncStream.makeStream(of: Void.self)
        let sessions = Tally()
        let script = Script { peer in
            sessions.add()
            guard end.isOfServer, sessions.count == 2 else { return try await maildrop.script.play(peer) }
            try await Self.leave(peer, end, ends)
        }
        let status = try await Folder.temporary { folder in
            try await ScriptedServer.serving(script) { server in
                let faults = Faults(in: try folder.folder("faults"))
                var settings = Popsieve.Settings.relaying(to: server, rule: Self.rule)
                settings.store = "popsieve.sqlite"
                settings.faults = faults
                return try await Popsieve.running(settings, in: folder) { relay in
                    let size = try await knownSize(relay)
                    try await settled("what was remembered") { try relay.folder.read("popsieve.sqlite-wal").count }
                    try faults.begin(.storeLock, .wait)
                    defer { faults.end(.storeLock) }
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        try await peer.send("\(command.rawValue)\r\n")
                        try await faults.reached(.storeLock)
                        leaves.yield()
                        try await play(end, command, peer, relay, faults, size)
                    }
                    if end != .killed, end != .terminated { _ = try await knownSize(relay) }
                }.status
            }
        }
        #expect(status == (end == .killed ? 128 + SIGKILL : 0))
        // Who closes has said it before, as far as TCP tells; without a QUIT the server deletes nothing.
        let isServed = [.close, .halfClosure, .terminated, .reloaded, .silence].contains(end)
        let isDeleted = command == .delete && isServed
        #expect(maildrop.commands.contains("DELE 1") == isDeleted)
    }

    /// A server that ends the session behind its login, when it is told to.
    private static func leave(_ peer: Peer, _ end: End, _ ends: AsyncStream<Void>) async throws {
        try await peer.send("+OK scripted\r\n")
        for _ in ["USER", "PASS"] {
            _ = try await peer.line()
            try await peer.send("+OK\r\n")
        }
        for await _ in ends {
            if end == .serverReset { try await peer.reset() }
            guard end == .serverHalfClosure else { return }
            try await peer.finish()
            _ = try await peer.rest()
            return
        }
    }

    /// Fetches what has another size than the server says, until LIST says so.
    private func knownSize(_ relay: Popsieve) async throws -> Int {
        try await Peer.connected(to: relay.address) { peer in
            try await peer.logIn(.anna)
            try await peer.send("RETR 1\r\n")
            let size = Wire.content(of: try await peer.multilineReply().statusAndBody.body).count
            _ = try await peer.command("QUIT")
            return size
        }
    }

    private func play(
        _ end: End,
        _ command: Command,
        _ peer: Peer,
        _ relay: Popsieve,
        _ faults: Faults,
        _ size: Int
    ) async throws {
        let sizes = [size, Wire.content(of: Data(Self.wires[1].utf8)).count]
        var reasons = ["client-left", "client-failed"]
        switch end {
        case .close: try await peer.close()
        case .reset: try await peer.reset()
        case .halfClosure:
            try await peer.finish()
            faults.end(.storeLock)
            try await expectAnswer(peer, command, sizes)
        case .terminated:
            kill(relay.pid, SIGTERM)
            try await eventually("it is about to end") { try relay.log().contains("asked to end") }
            faults.end(.storeLock)
            try await expectAnswer(peer, command, sizes)
            reasons = ["shutdown"]
        case .reloaded:
            relay.reload()
            _ = try await relay.audit.waitFor("rules_loaded", count: 2)
            faults.end(.storeLock)
            try await expectAnswer(peer, command, sizes)
            try await peer.close()
        case .killed:
            kill(relay.pid, SIGKILL)
            #expect(try await !String(decoding: peer.rest(), as: UTF8.self).contains("\r\n.\r\n"))
            return
        case .serverClose, .serverHalfClosure, .serverReset:
            let told = String(decoding: try await peer.rest(), as: UTF8.self)
            #expect(told.hasPrefix("-ERR [SYS/TEMP]") && told.count { $0 == "\r\n" } == 1, "\(told)")
            reasons = ["upstream-closed"]
        case .silence:
            try await expectAnswer(peer, command, Self.wires.map { Wire.content(of: Data($0.utf8)).count })
            let told = try await relay.audit.waitFor("store_failed")
            #expect(told.count == 1 && told[0]["reason"]?.text?.contains("does not answer") == true, "\(told)")
            try await peer.close()
        }
        let closed = try await relay.audit.waitFor("session_closed", count: 2)[1]
        let reason = closed["reason"]?.text ?? ""
        #expect(reasons.contains { reason.hasPrefix($0) }, "\(end): \(closed)")
    }

    private func expectAnswer(_ peer: Peer, _ command: Command, _ sizes: [Int]) async throws {
        guard command == .list else {
            #expect(try await peer.line() == "+OK")
            return
        }
        let list = sizes.enumerated().map { "\($0 + 1) \($1)\r\n" }.joined()
        let got = String(decoding: try await peer.multilineReply(), as: UTF8.self)
        #expect(got == "+OK\r\n\(list).\r\n")
    }
}
