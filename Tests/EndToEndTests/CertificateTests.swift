// A server whose certificate is not good enough gets no credential, and the client is told.
// Must not test the verification in detail: the TLS target does.

import Foundation
import Testing

@Suite("Certificates", .timeLimit(.minutes(5)))
struct CertificateTests {
    enum Fault: String, Sendable, CaseIterable {
        case unknownAuthority
        case expired
        case otherHost
        case selfSigned
    }

    @Test(
        "a bad certificate is refused",
        arguments: Fault.allCases,
        [Popsieve.Settings.Encryption.implicit, .starttls]
    )
    func refused(fault: Fault, encryption: Popsieve.Settings.Encryption) async throws {
        let certificates = try await Certificates.shared()
        let (shown, authority) =
            switch fault {
            case .unknownAuthority: (certificates.good, certificates.otherAuthority)
            case .expired: (certificates.expired, certificates.authority)
            case .otherHost: (certificates.otherHost, certificates.authority)
            case .selfSigned: (certificates.selfSigned, certificates.authority)
            }
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, certificate: shown, in: folder) { server in
                let address = encryption == .implicit ? server.tls : server.plain
                let upstream = Popsieve.Settings.Upstream(
                    address: address,
                    encryption: encryption,
                    authority: authority,
                    name: "localhost"
                )
                try await Popsieve.serving(.init(upstream: upstream), in: folder) { relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.send("USER anna\r\nPASS x\r\n")
                        let replies = String(decoding: try await peer.rest(), as: UTF8.self)
                        #expect(replies.hasPrefix("-ERR [SYS/TEMP]") && replies.contains("certificate"))
                        #expect(replies.split(separator: "\r\n").count == 1)
                    }
                    let failure = try await relay.audit.waitFor("upstream_failed")[0]
                    #expect(failure["reason"]?.text?.contains("certificate") == true, "\(failure)")
                    _ = try await relay.audit.waitFor("session_closed")
                    #expect(try relay.audit.lines("login_succeeded").isEmpty)
                }
            }
        }
    }

    @Test("a client that does not trust the relay, or speaks no TLS, ends its own session only")
    func clientRefuses() async throws {
        let certificates = try await Certificates.shared()
        let maildrop = ScriptedMaildrop([])
        try await Relayed.script(maildrop.script, changing: Change { $0.listeners[0].encryption = .implicit }) {
            relayed in
            let way = MailClient.Way(security: .implicit, authority: certificates.otherAuthority)
            await #expect(throws: MailClient.Failure.self) {
                _ = try await MailClient.curl.fetch(1, from: relayed.relay.address, as: .anna, way, in: relayed.folder)
            }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.send("USER anna\r\n")
                _ = try await peer.rest()
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed", count: 2)
            #expect(closed.allSatisfy { $0["side"] == "client" }, "\(closed)")
            let good = MailClient.Way(security: .implicit, authority: certificates.authority)
            _ = try await MailClient.poplib.fetch(0, from: relayed.relay.address, as: .anna, good, in: relayed.folder)
        }
    }
}
