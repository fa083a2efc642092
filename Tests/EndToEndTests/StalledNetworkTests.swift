// A network that carries nothing any more, half-way through a session: no FIN, no reset, nothing ever comes.
// Must not touch a network but those that it makes.

import Foundation
import Testing

@Suite(
    "Networks that stall",
    .timeLimit(.minutes(5)),
    .enabled(if: Namespace.isPossible, "only root may be in two networks")
)
struct StalledNetworkTests {
    /// Longer than what a socket takes by itself.
    private static let body = String(repeating: String(repeating: "a", count: 70) + "\r\n", count: 200_000)

    /// The relay's network is cut off from the server, and not from the client.
    private struct Site {
        let relay: Popsieve
        let near: Namespace
        let folder: Folder

        func cut() async throws { try await near.setWire(up: false, in: folder) }
        func mend() async throws { try await near.setWire(up: true, in: folder) }
    }

    private func site(
        _ script: Script,
        timeouts: [Timeout: String],
        _ body: (Site) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try await Namespace.entered(in: folder, name: "near") { near in
                try await Namespace.entered(in: folder, name: "far") { far in
                    try await near.wire(to: far, in: folder)
                    try await ScriptedServer.serving(script, in: (far, "192.0.2.2")) { address in
                        var settings = Popsieve.Settings(upstream: address)
                        settings.namespace = near
                        settings.timeouts = timeouts
                        try await Popsieve.serving(settings, in: folder) { relay in
                            try await body(Site(relay: relay, near: near, folder: folder))
                        }
                    }
                }
            }
        }
    }

    /// Where the network stalls.
    enum Place: String, CaseIterable, Sendable {
        case message = "in a message"
        case command = "before a command"
        case quit = "before QUIT, with a message to delete"
    }

    /// A server that sends half of a long message, and the rest when it is told to.
    private func maildrop(_ heard: ScriptedMaildrop, _ go: AsyncStream<Void>) -> Script {
        Script { peer in
            try await peer.send("+OK scripted\r\n")
            while true {
                let line = try await heard.hear(peer)
                switch line.prefix(4) {
                case "RETR":
                    try await peer.send("+OK\r\nSubject: x\r\n\r\nhalf\r\n")
                    for await _ in go {}
                    try await peer.send(Self.body + ".\r\n")
                case "QUIT": return try await peer.send("+OK bye\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
    }

    @Test(
        "between relay and server: the session ends by its time-out, and nothing is committed",
        arguments: Place.allCases
    )
    func server(place: Place) async throws {
        let heard = ScriptedMaildrop([])
        let (go, finish) = AsyncStream.makeStream(of: Void.self)
        defer { finish.finish() }
        try await site(maildrop(heard, go), timeouts: [.reply: "8s"]) { site in
            try await Peer.connected(to: site.relay.address, in: site.near) { peer in
                try await peer.logIn(.anna)
                switch place {
                case .message:
                    try await peer.send("RETR 1\r\n")
                    for _ in 0..<4 { _ = try await peer.line() }
                    try await site.cut()
                    finish.finish()
                    #expect(try await peer.rest().isEmpty)
                case .command:
                    try await site.cut()
                    #expect(try await peer.command("STAT").hasPrefix("-ERR [SYS/TEMP]"))
                case .quit:
                    #expect(try await peer.command("DELE 1") == "+OK")
                    try await site.cut()
                    #expect(try await peer.command("QUIT").hasPrefix("-ERR [SYS/TEMP]"))
                }
            }
            let closed = try await site.relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"] == "upstream" && closed["reason"]?.text?.contains("timed-out") == true, "\(closed)")
            #expect(!heard.commands.contains("QUIT"))
            if place == .message {
                #expect(try site.relay.audit.messageEnds().last?["complete"] == .boolean(false))
            }
            try await site.mend()
            try await Peer.connected(to: site.relay.address, in: site.near) { try await $0.logIn(.anna) }
        }
    }

    @Test("before the connection is made")
    func connection() async throws {
        let heard = ScriptedMaildrop([])
        try await site(heard.script, timeouts: [.connect: "3s"]) { site in
            try await site.cut()
            try await Peer.connected(to: site.relay.address, in: site.near) { (peer) async throws in
                #expect(try await peer.line().hasPrefix("-ERR [SYS/TEMP]"))
            }
            let failed = try await site.relay.audit.waitFor("upstream_failed")[0]
            #expect(failed["phase"] == "connect", "\(failed)")
            #expect(heard.commands.isEmpty)
        }
    }
}
