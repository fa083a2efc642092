// Clients that are slow or gone: memory stays bounded, nothing is lost or left behind.
// Must not measure speed.

import Foundation
import Synchronization
import Testing

@Suite("Flow", .timeLimit(.minutes(5)))
struct FlowTests {
    /// More than the system's buffers between server and client can take.
    private static let reply: Data = {
        var bytes = Data("+OK\r\n".utf8)
        for _ in 0..<3 { bytes.append(Message.large.bytes) }
        return bytes + Data(".\r\n".utf8)
    }()

    /// How much of the message the server could send.
    private final class Progress: Sendable {
        private let octets = Mutex(0)
        var sent: Int { octets.withLock { $0 } }
        func add(_ count: Int) { octets.withLock { $0 += count } }
    }

    /// Answers logins, and everything else with the large message, piece by piece.
    private static func play(_ progress: Progress) -> Script {
        Script { peer in
            try await peer.send("+OK\r\n")
            for _ in 0..<2 {
                _ = try await peer.line()
                try await peer.send("+OK\r\n")
            }
            while true {
                _ = try await peer.line()
                var position = 0
                while position < reply.count {
                    let end = min(position + 65_536, reply.count)
                    try await peer.send(Data(reply[position..<end]))
                    progress.add(end - position)
                    position = end
                }
            }
        }
    }

    @Test("a client that stops reading stops the server, and gets everything later", arguments: [nil, Rules.tagging])
    func slow(rule: String?) async throws {
        let progress = Progress()
        try await Relayed.script(Self.play(progress), rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let before = try relayed.relay.residentSize()
                try await peer.send("RETR 1\r\n")
                try await settled("what the server could send") { progress.sent }
                let growth = try relayed.relay.residentSize() - before
                #expect(progress.sent < Self.reply.count)
                #expect(growth < 8 << 20, "\(growth) octets")
                let got = try await peer.multilineReply()
                #expect(got.count == Self.reply.count + (rule == nil ? 0 : Rules.tag.utf8.count))
            }
        }
    }

    @Test("the same when both sides are in TLS")
    func slowInTLS() async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving([Message.large], in: folder) { server in
                var settings = Popsieve.Settings(
                    upstream: .init(address: server.tls, encryption: .implicit, authority: authority, name: "localhost")
                )
                settings.listeners[0].encryption = .implicit
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.startTLS(trusting: authority)
                        try await peer.logIn(.anna)
                        let before = try relay.residentSize()
                        try await peer.send("RETR 1\r\n")
                        _ = try await peer.line()
                        try await settled("the relay's memory") { try relay.residentSize() }
                        let growth = try relay.residentSize() - before
                        #expect(growth < 8 << 20, "\(growth) octets")
                        try await peer.send("QUIT\r\n")
                        let rest = try await peer.rest()
                        #expect(rest.count == Wire.whole(Message.large).count + "+OK Logging out.\r\n".utf8.count)
                    }
                }
            }
        }
    }

    @Test("a client that goes away in the middle ends its session on both sides", arguments: [true, false])
    func gone(byReset: Bool) async throws {
        let progress = Progress()
        try await Relayed.script(Self.play(progress)) { relayed in
            let before = try relayed.relay.openFiles()
            for _ in 0..<3 {
                try await Peer.connected(to: relayed.relay.address) { peer in
                    try await peer.logIn(.anna)
                    try await peer.send("RETR 1\r\n")
                    _ = try await peer.line()
                    try await byReset ? peer.reset() : peer.close()
                }
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed", count: 3)
            #expect(closed.allSatisfy { $0["side"] == "client" }, "\(closed)")
            let complete = try relayed.relay.audit.messageEnds().map { $0["complete"] }
            #expect(complete == [.boolean(false), .boolean(false), .boolean(false)])
            try await eventually("all connections are closed") { try relayed.relay.openFiles() <= before }
        }
    }

    @Test("a client that half-closes gets what it asked for")
    func halfClosed() async throws {
        let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])
        try await Relayed.script(maildrop.script) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                _ = try await peer.line()
                try await peer.send("USER anna\r\nPASS x\r\nRETR 1\r\n")
                try await peer.finish()
                let replies = String(decoding: try await peer.rest(), as: UTF8.self)
                #expect(replies.hasSuffix("body\r\n.\r\n"), "\(replies)")
            }
            #expect(try await relayed.relay.audit.waitFor("session_closed")[0]["side"] == "client")
        }
    }

    @Test("a client that asks without ever reading is not served without bound")
    func greedy() async throws {
        let progress = Progress()
        try await Relayed.script(Self.play(progress)) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                let before = try relayed.relay.residentSize()
                try await peer.send(String(repeating: "RETR 1\r\n", count: 2_000))
                try await settled("what the server could send") { progress.sent }
                let growth = try relayed.relay.residentSize() - before
                #expect(growth < 8 << 20, "\(growth) octets")
            }
            _ = try await relayed.relay.audit.waitFor("session_closed")
        }
    }
}
