// A small honest POP3 server whose messages are given as they go over the wire, right or wrong.
// Must not check anything: every login succeeds.

import Foundation
import Synchronization

/// What a scripted server plays, and what it was told.
final class ScriptedMaildrop: Sendable {
    /// Each as it is sent behind the status line, with the last line.
    private let bodies: [Data]
    private let heard = Mutex<[String]>([])

    init(_ bodies: [Data]) {
        self.bodies = bodies
    }

    /// All command lines so far, of all sessions.
    var commands: [String] { heard.withLock { $0 } }

    /// Waits for the next command and writes it down.
    func hear(_ peer: Peer) async throws -> String {
        let line = try await peer.line()
        heard.withLock { $0.append(line) }
        return line
    }

    /// From the greeting to QUIT.
    var script: Script {
        Script { peer in
            try await peer.send("+OK scripted\r\n")
            try await self.answer(peer)
        }
    }

    /// Answers commands to the end.
    ///
    /// - Parameter tellsSizes: otherwise it knows neither LIST nor STAT
    func answer(_ peer: Peer, tellsSizes: Bool = true) async throws {
        while true {
            let words = try await hear(peer).split(separator: " ")
            let number = words.dropFirst().first.flatMap { Int($0) } ?? 1
            switch words.first?.uppercased() {
            case "CAPA": try await peer.send("+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\nSASL PLAIN LOGIN\r\n.\r\n")
            case "AUTH": try await authenticate(peer, words)
            case "RETR", "TOP": try await peer.send(Data("+OK\r\n".utf8) + bodies[number - 1])
            case "LIST" where !tellsSizes, "STAT" where !tellsSizes: try await peer.send("-ERR\r\n")
            case "LIST" where words.count > 1:
                try await peer.send("+OK \(number) \(Wire.content(of: bodies[number - 1]).count)\r\n")
            case "UIDL" where words.count > 1: try await peer.send("+OK \(number) id-\(number)\r\n")
            case "LIST": try await peer.send("+OK\r\n\(list { "\(sizes[$0])" }).\r\n")
            case "UIDL": try await peer.send("+OK\r\n\(list { "id-\($0 + 1)" }).\r\n")
            case "STAT": try await peer.send("+OK \(bodies.count) \(sizes.reduce(0, +))\r\n")
            case "QUIT": return try await peer.send("+OK bye\r\n")
            default: try await peer.send("+OK\r\n")
            }
        }
    }

    /// Octets as LIST tells them.
    private var sizes: [Int] { bodies.map { Wire.content(of: $0).count } }

    private func list(_ what: (Int) -> String) -> String {
        bodies.indices.map { "\($0 + 1) \(what($0))\r\n" }.joined()
    }

    /// PLAIN and LOGIN, with and without initial response.
    private func authenticate(_ peer: Peer, _ words: [Substring]) async throws {
        let due = words.dropFirst().first?.uppercased() == "LOGIN" ? 2 : 1
        for _ in 0..<(due - max(0, words.count - 2)) {
            try await peer.send("+ \r\n")
            _ = try await hear(peer)
        }
        try await peer.send("+OK\r\n")
    }
}
