// Every phase of a session by every end, of both sides, over each transport, against the built program.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Ends", .sharedVenues, .timeLimit(.minutes(5)))
struct EndsTests {
    @Test("a session ends as it should, and the relay goes on", arguments: Cell.all)
    func cell(cell: Cell) async throws {
        let venue = try SharedVenues.venue(.init(for: cell))
        do {
            try await within(seconds: 90) {
                if cell.phase == .accepting, cell.side == .client, cell.end != .silence {
                    try await accepting(cell)
                } else {
                    try await Meeting.held(in: venue, for: cell) { try await play($0, venue) }
                }
                try await venue.serveWhole(over: cell.side == .client ? cell.transport : .none)
            }
        } catch {
            Issue.record("\(cell.testDescription): \(error)\n\(venue.relay.isAlive ? "" : venue.relay.lastWords)")
        }
    }

    private func play(_ meeting: Meeting, _ venue: Venue) async throws {
        let cell = meeting.cell
        let expected = Expectation(cell)
        let port = meeting.port
        try await meeting.advance()
        let session: String = try await eventually("session_opened of the client with port \(port)") {
            try venue.sessions.session(ofClient: port)
        }
        try await meeting.end()
        // Half a connection gets what is due to it, and one that is closed looks the same until something is sent.
        let goesOn = cell.side == .client && cell.end != .reset && (cell.end != .silence || cell.phase == .farewell)
        let due = goesOn ? try await meeting.payDebts() : ""
        if goesOn { try await meeting.answerProbe() }
        let closed = try await closing(session, venue)
        #expect(closed["side"]?.text == expected.side, "\(cell.testDescription): \(closed)")
        let reason = closed["reason"]?.text ?? ""
        #expect(
            expected.reasons.contains { reason == $0 || reason.hasPrefix($0 + ":") },
            "\(cell.testDescription): \(reason)"
        )
        if cell.side == .client {
            try await afterClient(meeting, expected, due)
        } else {
            try await afterUpstream(meeting, expected)
            let failed = try venue.sessions.lines(ofClient: port).filter { $0.event == "upstream_failed" }
            #expect(failed.count == 1, "\(cell.testDescription): \(failed)")
            let phase = failed.first?["phase"]?.text ?? ""
            #expect(Expectation.phases(of: cell).contains(phase), "\(cell.testDescription): \(failed)")
        }
    }

    private func closing(_ session: String, _ venue: Venue) async throws -> AuditLine {
        try await eventually("session_closed of \(session)") {
            guard venue.relay.isAlive else { throw Died() }
            return try venue.sessions.lines(of: session).first { $0.event == "session_closed" }
        }
    }

    struct Died: Error {}

    /// The client ended it: the server sees its connection closed and hears nothing that the client did not say.
    private func afterClient(_ meeting: Meeting, _ expected: Expectation, _ due: String) async throws {
        let cell = meeting.cell
        if let server = meeting.server {
            let heard = String(decoding: try await server.restOrAlert(), as: UTF8.self)
            #expect(heard.isEmpty, "\(cell.testDescription): the server heard \(heard.debugDescription)")
        }
        switch cell.end {
        // Nobody is there any more who could be told.
        case .close, .truncation, .reset, .alert: return
        case .halfClosure, .garbage, .silence: break
        }
        if cell.end == .silence, cell.phase == .list || cell.phase == .message { return }
        if cell.phase == .handshake || cell.phase == .stls { return }
        let told = String(decoding: try await meeting.client.restOrAlert(), as: UTF8.self)
        #expect(told.hasPrefix(due), "\(cell.testDescription): \(told.debugDescription)")
        let more = told.dropFirst(due.count)
        let isRight =
            switch expected.telling {
            case .nothing: more.isEmpty
            case .temporary: more.hasPrefix("-ERR [SYS/TEMP]")
            case .perhaps: more.isEmpty || more.hasPrefix("-ERR")
            }
        #expect(isRight, "\(cell.testDescription): \(told.debugDescription)")
    }

    /// The server ended it: the client is told where it can be, and never that a reply is whole.
    private func afterUpstream(_ meeting: Meeting, _ expected: Expectation) async throws {
        let cell = meeting.cell
        let told = String(decoding: try await meeting.client.restOrAlert(), as: UTF8.self)
        if expected.telling == .nothing {
            #expect(told.isEmpty, "\(cell.testDescription): \(told.debugDescription)")
        } else {
            #expect(
                told.hasPrefix("-ERR [SYS/TEMP]") && told.split(separator: "\r\n").count == 1,
                "\(cell.testDescription): \(told.debugDescription)"
            )
        }
        switch cell.end {
        case .close, .truncation, .reset: return
        // A server that goes on reading sees that nobody is there.
        case .halfClosure, .silence, .garbage, .alert: _ = try await meeting.server?.restOrAlert()
        }
    }

    /// Whether the server is dialled before the client is gone is chance: it answers by itself here.
    private func accepting(_ cell: Cell) async throws {
        let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nx\r\n.\r\n".utf8)])
        let listeners = [Popsieve.Settings.Listener(), .init(encryption: cell.transport)]
        try await Relayed.script(maildrop.script, changing: Change { $0.listeners = listeners }) { relayed in
            let relay = relayed.relay
            for _ in 0..<20 {
                let connection = try await Connection.made(to: relay.addresses[1])
                defer { connection.close() }
                try await Meeting.end(cell, connection.peer())
            }
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                _ = try await Transcript.record(["RETR 1", "QUIT"], with: peer)
            }
            let sessions = SessionLines(relay.audit.path)
            try await eventually("every session is closed") {
                guard relay.isAlive else { throw Died() }
                return try sessions.open().isEmpty
            }
            let closed = try relay.audit.lines("session_closed")
            // One that was reset before it was accepted was nobody's session.
            #expect(cell.end == .reset || closed.count == 21, "\(closed.count)")
            #expect(closed.allSatisfy { $0["side"] == "client" }, "\(closed)")
        }
    }
}

/// Runs `body`, at most so long.
func within(seconds: Double, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw TooLate(what: "the end of a cell")
        }
        try await group.next()
        group.cancelAll()
    }
}
