// DELE and QUIT that a client sends behind RETR reach the server when the client has got the message, and not before.
// Must not hold a client to what its own kernel has acknowledged: that is the client's.

import Foundation
import NIOCore
import Testing

@Suite("Delivery before deletion", .timeLimit(.minutes(5)))
struct DeliveryTests {
    /// How much the client takes before its session is cut.
    enum Reader: String, Sendable, CaseIterable {
        case nothing
        case some
    }

    enum Cut: String, Sendable, CaseIterable {
        /// The relay is killed.
        case kill
        /// The client takes nothing more for too long.
        case stall
        /// The relay is told to end, and has waited long enough.
        case terminate
        /// The client's machine is gone.
        case reset
    }

    struct Case: Sendable, CustomTestStringConvertible {
        /// One that fits into buffers of the relay and its kernel, but not into the client's; and one that does not.
        let lines: Int
        let reader: Reader
        let cut: Cut

        var testDescription: String { "\(lines) lines, the client takes \(reader), \(cut)" }

        static let all = [1_000, 100_000].flatMap { lines in
            Reader.allCases.flatMap { reader in
                Cut.allCases.map { Case(lines: lines, reader: reader, cut: $0) }
            }
        }
    }

    private static func maildrop(lines: Int) -> ScriptedMaildrop {
        let line = String(repeating: "0123456789", count: 8) + "\r\n"
        let body = Data((Message.header("large") + String(repeating: line, count: lines) + ".\r\n").utf8)
        return ScriptedMaildrop([body])
    }

    @Test("a message whose end the client has not got is not deleted", arguments: Case.all)
    func kept(of situation: Case) async throws {
        let maildrop = Self.maildrop(lines: situation.lines)
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address)
                if situation.cut == .stall { settings.timeouts = [.stall: "8s"] }
                let (_, status) = try await Popsieve.running(settings, in: folder) { relay in
                    let client = try await Connection.made(to: relay.address, receiveBuffer: 2_048)
                    defer { client.close() }
                    let peer = client.peer()
                    try await peer.logIn(.anna)
                    // So that the server's readiness for commands sent ahead is known.
                    try await peer.send("CAPA\r\n")
                    _ = try await peer.multilineReply()
                    try await peer.stopReading()
                    try await peer.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
                    if situation.reader == .some { try await peer.readSome(20_000) }
                    // In pages: its clock is read by it, too, once a second.
                    try await settled("what the relay has read") { try relay.octetsRead() / 4_096 }
                    try await cut(situation.cut, relay, peer)
                }
                #expect(situation.cut == .kill ? status == 128 + SIGKILL : status == 0, "\(status)")
            }
        }
        let late = maildrop.commands.filter { $0.hasPrefix("DELE") || $0 == "QUIT" }
        #expect(late.isEmpty && maildrop.commands.contains("RETR 1"), "\(situation.testDescription): \(late)")
    }

    /// Cuts the session, and waits until the relay has said all that it will ever say.
    private func cut(_ cut: Cut, _ relay: Popsieve, _ peer: Peer) async throws {
        switch cut {
        case .kill: kill(relay.pid, SIGKILL)
        case .terminate: kill(relay.pid, SIGTERM)
        case .stall: _ = try await relay.audit.waitFor("session_closed")
        case .reset:
            try await peer.reset()
            _ = try await relay.audit.waitFor("session_closed")
        }
        if cut == .kill || cut == .terminate { try await eventually("the relay is gone") { !relay.isAlive } }
    }

    @Test("a client that reads all gets its answers", arguments: [1_000, 100_000], [1, 30])
    func deleted(lines: Int, pieces: Int) async throws {
        let maildrop = Self.maildrop(lines: lines)
        try await Relayed.script(maildrop.script) { relayed in
            let client = try await Connection.made(to: relayed.relay.address, receiveBuffer: 2_048)
            defer { client.close() }
            let peer = client.peer()
            try await peer.logIn(.anna)
            try await peer.stopReading()
            try await peer.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
            for _ in 1..<pieces { try await peer.readSome(200) }
            try await peer.open()
            #expect(try await peer.rest().suffix(17) == Data(".\r\n+OK\r\n+OK bye\r\n".utf8))
        }
        #expect(maildrop.commands.suffix(2) == ["DELE 1", "QUIT"])
    }
}

extension Peer {
    /// Takes so many octets, or a few more.
    fileprivate func readSome(_ count: Int) async throws {
        var taken = 0
        while taken < count {
            channel.read()
            taken += try await anything().count
        }
    }
}
