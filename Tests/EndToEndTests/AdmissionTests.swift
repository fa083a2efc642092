// Who may come in, who may try to log in, who makes room: against the built binary, with clients from several addresses.
// Must not measure time: what waits is seen by what the server has not heard.

import Foundation
import Synchronization
import Testing

@Suite("Limits and abuse", .timeLimit(.minutes(5)))
struct AdmissionTests {
    /// A server that lets in whoever says `right`, and counts what it hears.
    private final class Server: Sendable {
        private let heard = Mutex<[String]>([])

        var passwords: [String] { heard.withLock { $0 } }

        var script: Script {
            Script { peer in
                try await peer.send("+OK ready\r\n")
                while let line = try await peer.lineOrEnd() {
                    guard line.hasPrefix("PASS ") else {
                        try await peer.send("+OK\r\n")
                        if line == "QUIT" { return }
                        continue
                    }
                    self.heard.withLock { $0.append(line) }
                    try await peer.send(line == "PASS right" ? "+OK\r\n" : "-ERR [AUTH] no\r\n")
                }
            }
        }
    }

    private static func counting(_ limits: String) -> Change {
        Change { $0.more += "trusted-networks: []\nlimits: { \(limits) }\n" }
    }

    private static func logIn(_ peer: Peer, _ user: String, _ password: String) async throws -> String {
        #expect(try await peer.line() == "+OK ready")
        let reply = try await peer.command("USER \(user)")
        return reply.hasPrefix("+OK") ? try await peer.command("PASS \(password)") : reply
    }

    /// One connection, one guess.
    private static func guess(_ relay: Popsieve, _ user: String, from source: String) async throws -> String {
        try await Peer.connected(to: relay.address, from: source) { peer in try await logIn(peer, user, "wrong") }
    }

    // MARK: Guesses

    @Test("guesses of one address reach the server one at a time; others, and who is known there, don't wait")
    func guesses() async throws {
        let server = Server()
        try await Relayed.script(server.script, changing: Self.counting("login-failures: 3")) { relayed in
            let relay = relayed.relay
            try await Peer.connected(to: relay.address, from: "127.0.0.7") { (peer) async throws in
                #expect(try await Self.logIn(peer, "known", "right") == "+OK")
            }
            for _ in 0..<4 { #expect(try await Self.guess(relay, "root", from: "127.0.0.7") == "-ERR [AUTH] no") }
            #expect(server.passwords.count == 5)
            // After four failures each waits two seconds for the one before: so many don't fit into 30 s.
            try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    group.addTask { try await Self.guess(relay, "user\(number)", from: "127.0.0.7") }
                }
                var refused = 0
                while refused < 20, let reply = try await group.next() {
                    if reply.hasPrefix("-ERR [LOGIN-DELAY] Too many failed logins; try again in ") { refused += 1 }
                }
                #expect(refused == 20)
                // Whoever has not guessed wrong waits for nobody.
                try await Peer.connected(to: relay.address, from: "127.0.0.8") { (peer) async throws in
                    #expect(try await Self.logIn(peer, "someone", "right") == "+OK")
                }
                try await Peer.connected(to: relay.address, from: "127.0.0.7") { (peer) async throws in
                    #expect(try await Self.logIn(peer, "Known", "right") == "+OK")
                }
                group.cancelAll()
            }
            let refusals = try relay.audit.lines("login_failed").filter { $0["code"] == .string("LOGIN-DELAY") }
            #expect(refusals.count >= 20)
            #expect(refusals.allSatisfy { $0["side"] == .string("relay") && $0["client"] == .string("127.0.0.7") })
            #expect(server.passwords.count < 40)
        }
    }

    @Test("who guesses and does not wait for the answer has guessed all the same")
    func impatient() async throws {
        let heard = Mutex(0)
        let silent = Script { peer in
            try await peer.send("+OK ready\r\n")
            while let line = try await peer.lineOrEnd() {
                if line.hasPrefix("PASS ") {
                    heard.withLock { $0 += 1 }
                    // The answer never comes.
                    _ = try? await peer.rest()
                    return
                }
                try await peer.send("+OK\r\n")
            }
        }
        try await Relayed.script(silent, changing: Self.counting("login-failures: 2")) { relayed in
            for number in 1...3 {
                try await Peer.connected(to: relayed.relay.address, from: "127.0.0.7") { peer in
                    #expect(try await peer.line() == "+OK ready")
                    #expect(try await peer.command("USER u\(number)") == "+OK")
                    try await peer.send("PASS wrong\r\n")
                    try await eventually("the server hears the guess") { heard.withLock { $0 } == number }
                    try await peer.reset()
                }
                _ = try await relayed.relay.audit.waitFor("session_closed", count: number)
            }
            // The next one waits, so that forty don't fit into the longest wait.
            try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    group.addTask {
                        try await Peer.connected(to: relayed.relay.address, from: "127.0.0.7") { peer in
                            _ = try await peer.line()
                            return try await peer.command("USER v\(number)")
                        }
                    }
                }
                while let reply = try await group.next() { if reply.hasPrefix("-ERR [LOGIN-DELAY]") { break } }
                group.cancelAll()
            }
        }
    }

    @Test("from a trusted network nobody is counted", arguments: ["[127.0.0.0/8]", "[\"::1\", 127.0.0.7]"])
    func trusted(networks: String) async throws {
        let server = Server()
        let change = Change {
            $0.more += "trusted-networks: \(networks)\nlimits: { login-failures: 1, sessions-per-address: 1 }\n"
        }
        try await Relayed.script(server.script, changing: change) { relayed in
            for _ in 0..<20 {
                #expect(try await Self.guess(relayed.relay, "root", from: "127.0.0.7") == "-ERR [AUTH] no")
            }
            try await Peer.connected(to: relayed.relay.address, from: "127.0.0.7") { (first) async throws in
                #expect(try await first.line() == "+OK ready")
                #expect(try await Self.guess(relayed.relay, "root", from: "127.0.0.7") == "-ERR [AUTH] no")
            }
        }
    }

    // MARK: Sessions of an address

    private enum End: CaseIterable {
        case quit
        case closed
        case reset
        case halfClosed
        case garbage
        case tooManyErrors
        case loggedIn
    }

    private static func end(_ end: End, _ peer: Peer) async throws {
        switch end {
        case .quit: #expect(try await peer.command("QUIT") == "+OK")
        case .closed: try await peer.close()
        case .reset: try await peer.reset()
        case .halfClosed: try await peer.finish()
        case .garbage: try await peer.send("GET / HTTP/1.1\r\n")
        case .tooManyErrors: try await peer.send(String(repeating: "WHAT\r\n", count: 20))
        case .loggedIn:
            #expect(try await peer.command("USER me") == "+OK")
            #expect(try await peer.command("PASS right") == "+OK")
            try await peer.close()
        }
        if end != .closed, end != .reset, end != .loggedIn { _ = try? await peer.rest() }
    }

    @Test("an address has so many sessions, whichever way they end")
    func sessionsOfAnAddress() async throws {
        let server = Server()
        try await Relayed.script(server.script, changing: Self.counting("sessions-per-address: 2")) { relayed in
            let relay = relayed.relay
            var ended = 0
            func refusedNow() async throws {
                try await Peer.connected(to: relay.address, from: "127.0.0.7") { (peer) async throws in
                    let line = try await peer.line()
                    #expect(line.hasPrefix("-ERR [SYS/TEMP]"))
                }
            }
            for way in End.allCases {
                try await Peer.connected(to: relay.address, from: "127.0.0.7") { (first) async throws in
                    #expect(try await first.line() == "+OK ready")
                    try await Peer.connected(to: relay.address, from: "127.0.0.7") { (second) async throws in
                        #expect(try await second.line() == "+OK ready")
                        try await refusedNow()
                        try await Peer.connected(to: relay.address, from: "127.0.0.8") { (peer) async throws in
                            #expect(try await peer.line() == "+OK ready")
                        }
                        try await Self.end(way, second)
                    }
                    try await Self.end(way, first)
                }
                ended += 3
                _ = try await relay.audit.waitFor("session_closed", count: ended)
            }
            let refusals = try relay.audit.lines("session_refused")
            #expect(refusals.first?["reason"] == .string("too many sessions from its address"))
            #expect(refusals.first?["client"] == .string("127.0.0.7"))
        }
    }

    // MARK: Who has not logged in

    @Test("silent clients never shut out one who logs in: the oldest goes first, and nobody who has logged in")
    func newcomers() async throws {
        let server = Server()
        // Half of them may be of clients that have not logged in.
        let change = Change { $0.more += "limits: { sessions: 6 }\n" }
        try await Relayed.script(server.script, changing: change) { relayed in
            let relay = relayed.relay
            try await Peer.connected(to: relay.address) { (settled) async throws in
                #expect(try await Self.logIn(settled, "settled", "right") == "+OK")
                try await Peer.connected(to: relay.address) { (oldest) async throws in
                    #expect(try await oldest.line() == "+OK ready")
                    try await Peer.connected(to: relay.address) { (older) async throws in
                        #expect(try await older.line() == "+OK ready")
                        try await Peer.connected(to: relay.address) { (old) async throws in
                            #expect(try await old.line() == "+OK ready")
                            try await Self.comeAndGo(relay, untilEvicted: 1)
                            try await Self.expectEvicted(oldest)
                            #expect(try await older.command("USER me") == "+OK")
                            #expect(try await old.command("USER me") == "+OK")
                        }
                    }
                }
                #expect(try await settled.command("NOOP") == "+OK")
            }
            let evicted = try relay.audit.lines("session_closed").filter { $0["reason"] == .string("evicted") }
            #expect(evicted.count == 1 && evicted.allSatisfy { $0["side"] == .string("relay") })
        }
    }

    /// Clients that log in, one after the other, until somebody had to make room: every client has a second for its login.
    private static func comeAndGo(_ relay: Popsieve, untilEvicted count: Int) async throws {
        try await eventually("somebody makes room") {
            try await Peer.connected(to: relay.address) { (peer) async throws in
                #expect(try await logIn(peer, "someone", "right") == "+OK")
                #expect(try await peer.command("QUIT") == "+OK")
            }
            return try relay.audit.lines("session_closed").count { $0["reason"] == .string("evicted") } >= count
        }
    }

    private static func expectEvicted(_ peer: Peer) async throws {
        #expect(try await peer.line() == "-ERR [SYS/TEMP] Others are waiting; log in sooner")
        #expect(try await peer.lineOrEnd() == nil)
    }

    // MARK: Upstreams

    @Test("an upstream has so many sessions of ours, the next client waits for one, and one who waits too long is told")
    func upstreamSessions() async throws {
        let server = Server()
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(server.script) { address in
                var settings = Popsieve.Settings.relaying(to: address)
                settings.upstreams[0].1.sessions = 1
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address) { (first) async throws in
                        #expect(try await first.line() == "+OK ready")
                        try await Peer.connected(to: relay.address) { (second) async throws in
                            #expect(try await first.command("QUIT") == "+OK")
                            #expect(try await second.line() == "+OK ready")
                        }
                    }
                }
                settings.timeouts = [.connect: "200ms"]
                try await Popsieve.serving(settings, in: try folder.folder("again")) { relay in
                    try await Peer.connected(to: relay.address) { (first) async throws in
                        #expect(try await first.line() == "+OK ready")
                        try await Peer.connected(to: relay.address) { (second) async throws in
                            let reply = "-ERR [SYS/TEMP] The mail server has enough sessions for now; try again later"
                            #expect(try await second.line() == reply)
                        }
                        let failed = try relay.audit.lines("upstream_failed")
                        #expect(failed.map { $0["reason"]?.text?.hasPrefix("busy: ") } == [true])
                    }
                }
            }
        }
    }
}
