// Rules and settings that change while sessions go on.
// Must not restart the relay.

import Foundation
import Testing

@Suite("Reload", .timeLimit(.minutes(5)))
struct ReloadTests {
    private func tag(_ text: String) -> String { #"require "editheader"; addheader "X-Tag" "\#(text)";"# }

    /// The tag of message 1 in a session that is logged in.
    private func seen(by peer: Peer) async throws -> String {
        try await peer.send("TOP 1 0\r\n")
        let body = String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self)
        return body.components(separatedBy: "\r\n").first { $0.hasPrefix("X-Tag: ") } ?? ""
    }

    @Test("changed rules are in force for the next message, and no session is dropped")
    func underTraffic() async throws {
        try await Relayed.dovecot([Message.orderly[0], Message.large], rule: tag("old")) { relayed, _ in
            let relay = relayed.relay
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                try await Peer.connected(to: relay.address) { busy in
                    try await busy.logIn(.anna)
                    #expect(try await seen(by: peer) == "X-Tag: old")
                    // A message is on its way while the rules change.
                    try await busy.send("RETR 2\r\n")
                    #expect(try await busy.line().hasPrefix("+OK"))
                    try relay.folder.folder("rules").write("10-test.sieve", tag("new"))
                    relay.reload()
                    _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                    try await eventually("what is recorded is in force") { try await seen(by: peer) == "X-Tag: new" }
                    try await busy.send("QUIT\r\n")
                    let rest = try await busy.rest()
                    #expect(rest.starts(with: Data("X-Tag: old\r\n".utf8)))
                    #expect(rest.count > Message.large.bytes.count)
                }
                // A rule file that does not compile never replaces one that does.
                try relay.folder.folder("rules").write("10-test.sieve", "addheader \"X-Tag\" ;")
                relay.reload()
                let rejected = try await relay.audit.waitFor("rules_rejected")[0]
                let diagnostic = rejected["diagnostics"]?.list.first
                #expect(diagnostic?["file"]?.text?.hasSuffix("10-test.sieve") == true && diagnostic?["line"] == 1)
                #expect(try await seen(by: peer) == "X-Tag: new")
                try relay.folder.folder("rules").write("10-test.sieve", tag("fixed"))
                relay.reload()
                _ = try await relay.audit.waitFor("rules_loaded", count: 3)
                try await eventually("what is recorded is in force") { try await seen(by: peer) == "X-Tag: fixed" }
            }
            let closed = try await relay.audit.waitFor("session_closed", count: 2)
            #expect(closed.count == 2)
        }
    }

    @Test("reloads in quick succession disturb nobody")
    func storm() async throws {
        let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])
        try await Relayed.script(maildrop.script, rule: Rules.tagging) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for _ in 0..<30 {
                    relayed.relay.reload()
                    try await peer.send("RETR 1\r\nNOOP\r\n")
                    let body = try await peer.multilineReply().statusAndBody.body
                    #expect(body == Data("\(Rules.tag)Subject: x\r\n\r\nbody\r\n.\r\n".utf8))
                    #expect(try await peer.line() == "+OK")
                }
                #expect(try await peer.command("QUIT") == "+OK bye")
            }
        }
    }

    @Test("broken settings leave the old ones in force")
    func settings() async throws {
        try await Relayed.dovecot(Message.orderly, rule: tag("old")) { relayed, _ in
            let relay = relayed.relay
            try relay.folder.write("popsieve.yaml", "upstreams: { main: { hots: 127.0.0.1 } }\n")
            relay.reload()
            let rejected = try await relay.audit.waitFor("settings_rejected")[0]
            #expect(rejected["diagnostics"]?.list.isEmpty == false)
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await seen(by: peer) == "X-Tag: old")
            }
        }
    }

    @Test("new sessions see a renewed certificate")
    func certificates() async throws {
        let certificates = try await Certificates.shared()
        let maildrop = ScriptedMaildrop([])
        try await Folder.temporary { folder in
            func install(_ pair: Certificates.Pair) throws -> Certificates.Pair {
                let read = { try Data(contentsOf: URL(fileURLWithPath: $0)) }
                return Certificates.Pair(
                    certificate: try folder.write("shown.pem", read(pair.certificate)),
                    key: try folder.write("shown.key", read(pair.key))
                )
            }
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address)
                settings.listeners = [.init(encryption: .implicit, certificate: try install(certificates.selfSigned))]
                try await Popsieve.serving(settings, in: folder) { relay in
                    func connects(trusting authority: String) async throws -> Bool {
                        try await Peer.connected(to: relay.address) { peer in
                            try await peer.startTLS(trusting: authority)
                            return (try? await peer.line()) == "+OK scripted"
                        }
                    }
                    #expect(try await connects(trusting: certificates.selfSigned.certificate))
                    #expect(try await !connects(trusting: certificates.authority))
                    _ = try install(certificates.good)
                    relay.reload()
                    _ = try await relay.audit.waitFor("certificates_reloaded")
                    try await eventually("what is recorded is in force") {
                        try await connects(trusting: certificates.authority)
                    }
                    try folder.write("shown.pem", "broken")
                    relay.reload()
                    _ = try await relay.audit.waitFor("certificates_rejected")
                    #expect(try await connects(trusting: certificates.authority))
                }
            }
        }
    }
}
