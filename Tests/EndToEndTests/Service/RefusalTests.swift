// Clients that there is no room for: what they are told, and what the audit log says.
// Must not test how rooms are counted: the listeners' tests do.

import Foundation
import Testing

@Suite("Refused clients", .timeLimit(.minutes(5)))
struct RefusalTests {
    private func full(
        _ encryption: Popsieve.Settings.Encryption,
        _ body: (Popsieve) async throws -> Void
    ) async throws {
        let authority = try await Certificates.shared().authority
        let maildrop = ScriptedMaildrop([])
        let change = Change {
            $0.listeners = [.init(encryption: encryption)]
            $0.more = "limits: { sessions: 1 }\n"
        }
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { first in
                if encryption == .implicit { try await first.startTLS(trusting: authority) }
                #expect(try await first.line() == "+OK scripted")
                try await Self.logIn(first)
                try await body(relayed.relay)
            }
        }
    }

    /// Who has not logged in makes room for others.
    private static func logIn(_ peer: Peer) async throws {
        #expect(try await peer.command("USER me").hasPrefix("+OK"))
        #expect(try await peer.command("PASS secret").hasPrefix("+OK"))
    }

    @Test("a listener with TLS refuses within TLS, and without a handshake says nothing")
    func withinTLS() async throws {
        let authority = try await Certificates.shared().authority
        try await full(.implicit) { relay in
            try await Peer.connected(to: relay.address) { (peer) async throws in
                try await peer.startTLS(trusting: authority)
                #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/TEMP]"))
            }
            // Speaks no TLS: all that comes is an alert, a record of type 21.
            try await Peer.connected(to: relay.address) { (peer) async throws in
                try await peer.send("CAPA\r\n")
                let answer = try await peer.rest()
                #expect(answer.first.map { $0 == 21 } ?? true, "\(answer.shown)")
            }
        }
    }

    @Test(
        "listeners that begin in plain text refuse in plain text",
        arguments: [
            Popsieve.Settings.Encryption.none, .starttls,
        ]
    )
    func inPlainText(_ encryption: Popsieve.Settings.Encryption) async throws {
        try await full(encryption) { relay in
            try await Peer.connected(to: relay.address) { (peer) async throws in
                #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/TEMP]"))
            }
            let refused = try #require(try relay.audit.lines("session_refused").first)
            #expect(refused["client"] == "127.0.0.1" && refused["listener"]?.text == relay.address.description)
            #expect(refused["reason"] == "too many sessions" && refused["refusals"] == 1)
            #expect((refused["client_port"]?.number ?? 0) > 0)
        }
    }

    @Test("a flood of refused clients leaves few lines, and all are counted")
    func flood() async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change { $0.more = "limits: { sessions: 1 }\n" }
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address)
                change.apply(&settings)
                let audit = try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { first in
                        _ = try await first.line()
                        try await Self.logIn(first)
                        for _ in 0..<200 {
                            try await Peer.connected(to: relay.address) { (peer) async throws in
                                _ = try await peer.rest()
                            }
                        }
                    }
                    return relay.audit
                }
                let lines = try audit.lines("session_refused")
                #expect(lines.compactMap { $0["refusals"]?.number }.reduce(0, +) == 200)
                #expect(lines.count < 40)
                #expect(try audit.lines("session_opened").count == 1)
            }
        }
    }

    @Test("clients that begin a handshake to be refused and fall silent are given up, and nothing of them is left")
    func silent() async throws {
        try await full(.implicit) { relay in
            try await settled("the number of open files") { try relay.openFiles() }
            let before = try relay.openFiles()
            // More than are told so within TLS.
            try await connected(80, to: relay.address) {
                try await eventually("all are given up") { try relay.openFiles() <= before }
            }
        }
    }

    private func connected(_ count: Int, to address: Address, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await Peer.connected(to: address) { _ in try await connected(count - 1, to: address, body) }
    }
}
