// The login that the relay carries out itself, by every end, of both sides, against the built program.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Ends of a routed login", .timeLimit(.minutes(5)))
struct RoutedEndsTests {
    /// How far the relay has come with the server that the user's name leads to.
    enum Stage: String, Sendable, CaseIterable {
        /// The server says nothing yet.
        case greeting
        /// USER is sent.
        case user
        /// PASS is sent.
        case password
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let stage: Stage
        let end: End
        let side: Cell.Side
        var testDescription: String { "\(stage), \(end) by the \(side)" }

        static let ends: [(Cell.Side, [End])] = [
            // What a client sends meanwhile waits for its turn.
            (.client, [.close, .halfClosure, .reset]),
            (.upstream, [.close, .halfClosure, .reset, .silence, .garbage]),
        ]
        static let all = ends.flatMap { side, ends in
            Stage.allCases.flatMap { stage in ends.map { Case(stage: stage, end: $0, side: side) } }
        }
    }

    @Test("ends as it should, and the next login is served", arguments: Case.all)
    func login(situation: Case) async throws {
        try await Folder.temporary { folder in
            try await Entrance.serving { entrance in
                var settings = Popsieve.Settings.relaying(to: entrance.address)
                settings.routes = [(user: "*", upstream: "main")]
                if situation.end == .silence {
                    settings.timeouts = [situation.stage == .greeting ? .greeting : .reply: "20s"]
                }
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await within(seconds: 100) { try await play(situation, relay, entrance) }
                    try await servedWhole(relay, entrance)
                    try await eventually("every session is closed") {
                        try SessionLines(relay.audit.path).open().isEmpty
                    }
                }
            }
        }
    }

    private func play(_ situation: Case, _ relay: Popsieve, _ entrance: Entrance) async throws {
        let connection = try await Connection.made(to: relay.address)
        defer { connection.close() }
        let client = connection.peer()
        let (upstream, server) = try await begun(client, entrance, upTo: situation.stage)
        defer { upstream.close() }
        let peer = situation.side == .client ? client : server
        switch situation.end {
        case .garbage: try await peer.send("What?\r\n")
        case .silence: break
        default: try await Meeting.end(Cell(phase: .login, end: situation.end, side: .client, transport: .none), peer)
        }
        switch situation.side {
        case .upstream:
            #expect(try await client.line().hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try await relay.audit.waitFor("upstream_failed")
            #expect(failed[0]["phase"]?.text == (situation.stage == .greeting ? "greeting" : "login"))
            // Nobody was refused: the client may try again.
            #expect(try relay.audit.lines("login_failed").isEmpty)
            try await loggedIn(client, entrance)
        case .client:
            if situation.end != .reset {
                // The login comes to its end; then there is nobody to serve.
                if situation.stage == .greeting { try await answer("+OK ready", server, hearing: "USER anna") }
                if situation.stage != .password {
                    try await answer("+OK", server, hearing: "PASS \(Account.anna.password)")
                }
                try? await server.send("+OK\r\n")
            }
            let closed = try await relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"] == "client", "\(closed)")
            #expect(try await server.restOrAlert().isEmpty)
            if situation.end == .halfClosure { #expect(try await client.rest() == Data("+OK\r\n".utf8)) }
        }
    }

    /// Brings a client's login up to a stage.
    private func begun(_ client: Peer, _ entrance: Entrance, upTo stage: Stage) async throws -> (Connection, Peer) {
        if !(try await client.line().hasPrefix("+OK")) { Issue.record("no greeting") }
        #expect(try await client.command("USER anna").hasPrefix("+OK"))
        try await client.send("PASS \(Account.anna.password)\r\n")
        let upstream = try await entrance.next()
        let server = upstream.peer()
        try await server.open()
        if stage != .greeting { try await answer("+OK ready", server, hearing: "USER anna") }
        if stage == .password { try await answer("+OK", server, hearing: "PASS \(Account.anna.password)") }
        return (upstream, server)
    }

    private func answer(_ reply: String, _ server: Peer, hearing line: String) async throws {
        try await server.send(reply + "\r\n")
        let heard = try await server.lineOrEnd()
        // A client that has closed its connection may be seen to be gone at any time.
        #expect(heard == line || heard == nil)
    }

    /// A login on the same connection that ends well.
    private func loggedIn(_ client: Peer, _ entrance: Entrance) async throws {
        #expect(try await client.command("USER anna").hasPrefix("+OK"))
        try await client.send("PASS \(Account.anna.password)\r\n")
        let upstream = try await entrance.next()
        defer { upstream.close() }
        let server = upstream.peer()
        try await server.open()
        try await answer("+OK ready", server, hearing: "USER anna")
        try await answer("+OK", server, hearing: "PASS \(Account.anna.password)")
        try await server.send("+OK welcome\r\n")
        #expect(try await client.line() == "+OK welcome")
        try await client.send("QUIT\r\n")
        #expect(try await server.line() == "QUIT")
        try await server.send("+OK bye\r\n")
        #expect(try await client.rest() == Data("+OK bye\r\n".utf8))
    }

    private func servedWhole(_ relay: Popsieve, _ entrance: Entrance) async throws {
        let connection = try await Connection.made(to: relay.address)
        defer { connection.close() }
        let client = connection.peer()
        #expect(try await client.line().hasPrefix("+OK"))
        try await loggedIn(client, entrance)
    }
}
