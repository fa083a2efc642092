// Listeners: their addresses, how many sessions they take, and that none of them leads back to itself.
// Must not test what happens in a session.

import Foundation
import Testing

@Suite("Listeners", .timeLimit(.minutes(5)))
struct ListenerTests {
    @Test("several listeners, each as it is set")
    func several() async throws {
        let authority = try await Certificates.shared().authority
        let maildrop = ScriptedMaildrop([])
        let change = Change { $0.listeners = [.init(), .init(encryption: .implicit), .init(encryption: .starttls)] }
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            let ways: [MailClient.Way.Security] = [.plain, .implicit, .starttls]
            #expect(relayed.relay.addresses.count == ways.count)
            for (address, security) in zip(relayed.relay.addresses, ways) {
                let way = MailClient.Way(security: security, authority: authority)
                _ = try await MailClient.poplib.fetch(0, from: address, as: .anna, way, in: relayed.folder)
            }
            let opened = try relayed.relay.audit.lines("session_opened").compactMap { $0["listener"]?.text }
            #expect(opened == relayed.relay.addresses.map(\.description))
        }
    }

    @Test("a listener on IPv6")
    func version6() async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change { $0.listeners = [.init(host: "[::1]")] }
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            #expect(relayed.relay.address.host == "::1")
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
            }
            #expect(try relayed.relay.audit.lines("session_opened").map { $0["client"] } == ["::1"])
        }
    }

    @Test("one session more than the limit is refused, and there is room again when one has ended")
    func limit() async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change { $0.more = "limits: { sessions: 2 }\n" }
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            let address = relayed.relay.address
            try await Peer.connected(to: address) { first in
                try await first.logIn(.anna)
                try await Peer.connected(to: address) { second in
                    try await second.logIn(.anna)
                    try await Peer.connected(to: address) { (third) async throws in
                        #expect(String(decoding: try await third.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/TEMP]"))
                    }
                    #expect(try await first.command("NOOP").hasPrefix("+OK"))
                }
                _ = try await relayed.relay.audit.waitFor("session_closed")
                try await eventually("there is room") {
                    let closed = try relayed.relay.audit.lines("session_closed")
                    return closed.contains { $0["user"]?.text == Account.anna.name }
                }
                try await Peer.connected(to: address) { peer in
                    try await peer.logIn(.anna)
                }
            }
        }
    }

    @Test("a relay whose upstream is itself by another name ends the session at once")
    func loop() async throws {
        let port = try await Port.free()
        try await Folder.temporary { folder in
            // Short for 127.0.0.1, as the resolver reads it.
            var settings = Popsieve.Settings.relaying(to: Address(host: "127.1", port: port))
            settings.listeners[0].port = port
            try await Popsieve.serving(settings, in: folder) { relay in
                try await Peer.connected(to: relay.address) { (peer) async throws in
                    #expect(String(decoding: try await peer.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/PERM]"))
                }
                try await settled("the number of sessions") { try relay.audit.lines("session_closed").count }
                // The client's, and at most the one that the relay makes with itself before it knows.
                #expect(try relay.audit.lines("session_opened").count <= 2)
            }
        }
    }

    @Test("many clients at once, each with its own answers")
    func many() async throws {
        let bodies = (1...50).map { Data("Subject: \($0)\r\n\r\n\($0)\r\n.\r\n".utf8) }
        let maildrop = ScriptedMaildrop(bodies)
        try await Relayed.script(maildrop.script, rule: Rules.tagging) { relayed in
            let address = relayed.relay.address
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 1...50 {
                    group.addTask {
                        try await Peer.connected(to: address) { peer in
                            try await peer.logIn(Account(name: "user-\(number)", password: "x"))
                            var isRight = true
                            for _ in 0..<10 {
                                try await peer.send("RETR \(number)\r\nUIDL \(number)\r\n")
                                let body = try await peer.multilineReply().statusAndBody.body
                                isRight = isRight && body == Data(Rules.tag.utf8) + bodies[number - 1]
                                isRight = try await peer.line() == "+OK \(number) id-\(number)" && isRight
                            }
                            return isRight
                        }
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            let closed = try await relayed.relay.audit.waitFor("session_closed", count: 50)
            #expect(closed.allSatisfy { $0["messages"] == 10 })
            let names = try relayed.relay.audit.lines("session_opened").compactMap { $0["session"]?.text }
            #expect(Set(names).count == 50)
        }
    }
}
