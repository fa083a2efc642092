// The login that the relay carries out for an account, by every end, of both sides, against the built program.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Ends of an account's login", .timeLimit(.minutes(5)))
struct AccountEndsTests {
    /// How far the relay has come with the server.
    enum Stage: String, Sendable, CaseIterable {
        /// CAPA is sent.
        case capabilities
        /// In the middle of the list.
        case list
        /// AUTH is sent.
        case mechanism
        /// Its first challenge is answered.
        case challenge
        /// The password is sent.
        case decision
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let stage: Stage
        let end: End
        let side: Cell.Side
        var testDescription: String { "\(stage), \(end) by the \(side)" }

        static let ends: [(Cell.Side, [End])] = [
            (.client, [.close, .halfClosure, .reset]),
            (.upstream, [.close, .halfClosure, .reset, .silence, .garbage]),
        ]
        static let all = ends.flatMap { side, ends in
            Stage.allCases.flatMap { stage in ends.map { Case(stage: stage, end: $0, side: side) } }
        }
    }

    private static let printer = Account(name: "printer", password: "only-for-the-printer")
    private static let secret = Account(name: "box", password: "only-for-the-server")
    private static let hash = "$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr."
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// What the relay says, and what the server answers to it.
    private static let dialogue: [(heard: String, reply: String)] = [
        ("CAPA", "+OK\r\nSASL LOGIN\r\n"), ("", ".\r\n"), ("AUTH LOGIN", "+ VXNlcm5hbWU6\r\n"),
        (base64(secret.name), "+ UGFzc3dvcmQ6\r\n"), (base64(secret.password), "+OK welcome\r\n"),
    ]

    private func serving(
        _ timeouts: [Timeout: String],
        _ body: (Popsieve, Entrance) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try await Entrance.serving { entrance in
                var settings = Popsieve.Settings.relaying(to: entrance.address)
                settings.timeouts = timeouts
                settings.more = """
                    accounts:
                      - { user: printer, password: "\(Self.hash)", as: \(Self.secret.name), secret: box.secret }

                    """
                settings.files = ["box.secret": Self.secret.password]
                try await Popsieve.serving(settings, in: folder) { relay in try await body(relay, entrance) }
            }
        }
    }

    @Test("ends as it should, and the next login is served", arguments: Case.all)
    func login(situation: Case) async throws {
        try await serving(situation.end == .silence ? [.reply: "20s"] : [:]) { relay, entrance in
            try await within(seconds: 100) { try await play(situation, relay, entrance) }
            try await within(seconds: 100) { try await servedWhole(relay, entrance) }
            try await eventually("every session is closed") { try SessionLines(relay.audit.path).open().isEmpty }
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
        case .garbage: try await peer.send(situation.stage == .list ? ".\r\nWhat?\r\n" : "What?\r\n")
        case .silence: break
        default: try await Meeting.end(Cell(phase: .login, end: situation.end, side: .client, transport: .none), peer)
        }
        switch situation.side {
        case .upstream:
            #expect(try await client.line().hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try await relay.audit.waitFor("upstream_failed")
            #expect(failed[0]["phase"] == "login")
            #expect(try relay.audit.lines("login_failed").isEmpty)
        case .client:
            if situation.end != .reset {
                for (index, step) in Self.dialogue.enumerated() where index >= situation.stage.index {
                    if index > situation.stage.index { try await hear(step.heard, server) }
                    try? await server.send(step.reply)
                }
            }
            let closed = try await relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"] == "client", "\(closed)")
            if situation.end == .halfClosure { #expect(try await client.rest() == Data("+OK welcome\r\n".utf8)) }
        }
    }

    private func begun(_ client: Peer, _ entrance: Entrance, upTo stage: Stage) async throws -> (Connection, Peer) {
        #expect(try await client.line().hasPrefix("+OK"))
        #expect(try await client.command("USER \(Self.printer.name)").hasPrefix("+OK"))
        try await client.send("PASS \(Self.printer.password)\r\n")
        let upstream = try await entrance.next()
        let server = upstream.peer()
        try await server.open()
        try await server.send("+OK ready\r\n")
        for (index, step) in Self.dialogue.enumerated() where index <= stage.index {
            try await hear(step.heard, server)
            if index < stage.index { try await server.send(step.reply) }
        }
        return (upstream, server)
    }

    private func hear(_ line: String, _ server: Peer) async throws {
        guard !line.isEmpty else { return }
        let heard = try await server.lineOrEnd()
        // A client that has closed its connection may be seen to be gone at any time.
        #expect(heard == line || heard == nil)
    }

    private func servedWhole(_ relay: Popsieve, _ entrance: Entrance) async throws {
        let connection = try await Connection.made(to: relay.address)
        defer { connection.close() }
        let client = connection.peer()
        let (upstream, server) = try await begun(client, entrance, upTo: .decision)
        defer { upstream.close() }
        try await server.send("+OK welcome\r\n")
        #expect(try await client.line() == "+OK welcome")
        try await client.send("QUIT\r\n")
        #expect(try await server.line() == "QUIT")
        try await server.send("+OK bye\r\n")
        #expect(try await client.rest() == Data("+OK bye\r\n".utf8))
    }

    @Test("SIGTERM in the middle of a login lets it come to its end, and a reload does not disturb it")
    func service() async throws {
        try await serving([:]) { relay, entrance in
            let connection = try await Connection.made(to: relay.address)
            defer { connection.close() }
            let client = connection.peer()
            let (upstream, server) = try await begun(client, entrance, upTo: .challenge)
            defer { upstream.close() }
            relay.reload()
            _ = try await relay.audit.waitFor("rules_loaded", count: 2)
            kill(relay.pid, SIGTERM)
            try await server.send(Self.dialogue[3].reply)
            try await hear(Self.dialogue[4].heard, server)
            try await server.send("+OK welcome\r\n")
            #expect(try await client.line() == "+OK welcome")
            #expect(try await client.rest() == Data("-ERR [SYS/TEMP] The relay is shutting down\r\n".utf8))
        }
    }
}

extension AccountEndsTests.Stage {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
