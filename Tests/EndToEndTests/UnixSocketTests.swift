// A relay behind a Unix socket, and before one.
// Must not test files of sockets; see SocketFileTests.

import Foundation
import Testing

@Suite("Unix sockets of a relay", .timeLimit(.minutes(5)))
struct UnixSocketTests {
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    /// Two relays, the first of which reaches the second one by a socket.
    private func serving(
        _ body: (_ front: Popsieve, _ back: Popsieve, _ path: String) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { address in
                let (behind, before) = (try folder.folder("b"), try folder.folder("f"))
                let path = behind["pop3.sock"]
                var settings = Popsieve.Settings(upstream: address)
                settings.listeners[0].path = path
                settings.listeners[0].more = "mode: 0600"
                try await Popsieve.serving(settings, in: behind) { back in
                    var settings = Popsieve.Settings(upstream: address)
                    settings.upstreams[0].1.place = "host: \"unix:\(path)\""
                    try await Popsieve.serving(settings, in: before) { try await body($0, back, path) }
                }
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test("a session through both, and what the logs say of it")
    func session() async throws {
        try await serving { front, back, path in
            try await Peer.connected(to: front.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                #expect(try await peer.multilineReply() == Data("+OK\r\nSubject: x\r\n\r\nbody\r\n.\r\n".utf8))
                #expect(try await peer.command("DELE 1").hasPrefix("+OK"))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            #expect(try front.audit.lines("upstream_connected").map { $0["address"]?.text } == ["unix:\(path)"])
            let opened = try back.audit.lines("session_opened")
            #expect(opened.map { $0["client"]?.text } == ["unix"] && opened[0]["listener"]?.text == "unix:\(path)")
            let closed = try await back.audit.waitFor("session_closed")[0]
            #expect(closed["deletions"] == 1, "\(closed)")
        }
    }

    @Test("a client that leaves, and a socket on which nobody listens any more")
    func ends() async throws {
        try await serving { front, back, path in
            try await Peer.connected(toSocket: path) { (peer) async throws in
                #expect(try await peer.line().hasPrefix("+OK"))
            }
            #expect(try await back.audit.waitFor("session_closed")[0]["reason"]?.text?.hasPrefix("client-left") == true)
            try FileManager.default.removeItem(atPath: path)
            try await Peer.connected(to: front.address) { (peer) async throws in
                #expect(try await peer.line().hasPrefix("-ERR [SYS/TEMP]"))
            }
            let failed = try await front.audit.waitFor("upstream_failed")[0]
            #expect(failed["reason"] == "unreachable: no such file or directory", "\(failed)")
        }
    }
}
