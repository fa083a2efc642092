// A session as commands and replies, to compare one with another.
// Must not judge.

import Foundation

/// What a client says and hears.
struct Transcript {
    typealias Entry = (command: String, reply: Data)
    private(set) var entries: [Entry] = []

    /// Says each command when the reply before it is complete.
    static func record(_ commands: [String], with peer: Peer) async throws -> Transcript {
        var transcript = Transcript()
        for command in commands {
            try await peer.send(command + "\r\n")
            let reply = isMultiline(command) ? try await peer.multilineReply() : try await peer.rawLine()
            transcript.entries.append((command, reply))
        }
        return transcript
    }

    private static func isMultiline(_ command: String) -> Bool {
        let words = command.split(separator: " ")
        switch words[0] {
        case "CAPA", "RETR", "TOP": return true
        case "LIST", "UIDL": return words.count == 1
        default: return false
        }
    }

    subscript(command: String) -> Data? { entries.first { $0.command == command }?.reply }

    /// All replies in one piece.
    var replies: Data { entries.reduce(into: Data()) { $0.append($1.reply) } }

    /// How many replies of that session and this differ, and the first that does.
    func difference(from other: Transcript, normalised: Bool) -> String? {
        for (mine, others) in zip(entries, other.entries) where mine.reply != others.reply {
            if normalised, Self.agree(mine.reply, others.reply) { continue }
            return "\(mine.command): \(mine.reply.shown) instead of \(others.reply.shown)"
        }
        return entries.count == other.entries.count ? nil : "\(entries.count) replies instead of \(other.entries.count)"
    }

    /// Whether a relayed reply is the server's, but for bare CR and LF.
    private static func agree(_ relayed: Data, _ direct: Data) -> Bool {
        let (mine, others) = (relayed.statusAndBody, direct.statusAndBody)
        return mine.status == others.status && Wire.isUnambiguous(mine.body)
            && Wire.content(of: mine.body) == Wire.normalised(Wire.content(of: others.body))
    }
}
