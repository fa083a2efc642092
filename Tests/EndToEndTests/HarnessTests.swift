// The harness proves itself: clients and Dovecot directly, with nothing between them.
// Must not start the relay: what fails here is not its fault.

import Foundation
import Testing

@Suite("Harness", .timeLimit(.minutes(5)))
struct HarnessTests {
    @Test(
        "every client gets all messages from Dovecot itself",
        arguments: MailClient.allCases,
        MailClient.Way.Security.allCases
    )
    func clients(client: MailClient, security: MailClient.Way.Security) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                let got = try await client.fetch(
                    Message.orderly.count,
                    from: security == .implicit ? server.tls : server.plain,
                    as: .anna,
                    .init(security: security, authority: authority),
                    in: folder
                )
                #expect(got.count == Message.orderly.count)
            }
        }
    }

    @Test("a script plays a server")
    func scripted() async throws {
        let script = Script { peer in
            try await peer.send("+OK\r\n")
            let line = try await peer.line()
            try await peer.send("+OK \(line)\r\na\r\n..\r\nb\n.\r\n\r\n.\r\n+OK\r\n")
        }
        try await ScriptedServer.serving(script) { address in
            try await Peer.connected(to: address) { peer in
                #expect(try await peer.line() == "+OK")
                try await peer.send("RETR 1\r\n")
                #expect(try await peer.multilineReply() == Data("+OK RETR 1\r\na\r\n..\r\nb\n.\r\n\r\n.\r\n".utf8))
                #expect(try await peer.rest() == Data("+OK\r\n".utf8))
            }
        }
    }
}
