// What befalls the whole relay while sessions are in every phase: SIGTERM, a reload, no descriptors left.
// Must not test what a reload changes; see ReloadTests.

import Foundation
import Synchronization
import Testing

@Suite("Ends of the service", .timeLimit(.minutes(5)))
struct ServiceEndsTests {
    /// A session in each phase, as the server is reached.
    private static func cells(_ venue: Venue.Kind) -> [Cell] {
        let upstream = venue.upstream
        let side = upstream == .none ? Cell.Side.client : .upstream
        return (upstream == .none ? Transport.allCases : [upstream]).flatMap { transport in
            // As for a half-closed connection: what is due to it must still come.
            Phase.allCases.filter { $0.rules == venue.rules }.map {
                Cell(phase: $0, end: .halfClosure, side: side, transport: transport)
            }
        }.filter { Cell.all.contains($0) && ($0.phase != .accepting || upstream != .none) }
    }

    /// More than one reply is due until the session is open.
    private static func isOpening(_ cell: Cell) -> Bool {
        switch cell.phase {
        case .accepting, .handshake, .stls: true
        case .greeting: cell.side == .upstream && cell.transport == .starttls
        case .announcing: false
        case .login, .sasl, .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion,
            .farewell:
            false
        }
    }

    /// Brings all sessions to their phases, lets `befall` happen, and then lets each go on with `body`.
    private func play(
        in venue: Venue,
        befall: @escaping @Sendable () async throws -> Void,
        _ body: @escaping @Sendable (Meeting) async throws -> Void
    ) async throws {
        let cells = Self.cells(venue.kind)
        let (ready, befallen) = (Tally(), Tally())
        try await within(seconds: 120) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for cell in cells {
                    group.addTask {
                        try await Meeting.held(in: venue, for: cell) { meeting in
                            try await meeting.advance()
                            ready.add()
                            try await eventually("it befalls them", within: 200) { befallen.count > 0 }
                            do {
                                try await body(meeting)
                            } catch {
                                Issue.record("\(cell.phase), \(cell.transport) of the \(cell.side): \(error)")
                            }
                        }
                    }
                }
                group.addTask {
                    try await eventually("all are in their phases") { ready.count == cells.count }
                    try await befall()
                    befallen.add()
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(
        "SIGTERM ends each session when nothing is owed to it, and tells the client",
        arguments: Transport.allCases,
        Venue.Rules.allCases
    )
    func terminated(upstream: Transport, rules: Venue.Rules) async throws {
        try await Venue.serving(.init(upstream: upstream, pace: .patient, rules: rules)) { venue in
            try await play(in: venue, befall: { kill(venue.relay.pid, SIGTERM) }) { meeting in
                let cell = meeting.cell
                // A server that owes its part of the opening gets the time that drains have, and no more.
                if cell.side == .upstream, Self.isOpening(cell) {
                    return try await meeting.server?.close() ?? ()
                }
                let due = try await meeting.payDebts()
                if !Self.isOpening(cell) {
                    let told = String(decoding: try await meeting.client.restOrAlert(), as: UTF8.self)
                    let farewell = told.dropFirst(due.count)
                    let isTold = cell.phase == .farewell ? farewell.isEmpty : farewell.hasPrefix("-ERR [SYS/TEMP]")
                    #expect(told.hasPrefix(due) && isTold, "\(cell.phase), \(cell.transport): \(told.debugDescription)")
                }
                _ = try await meeting.server?.restOrAlert()
                let closed = try await eventually("session_closed of the client with port \(meeting.port)") {
                    try venue.sessions.lines(ofClient: meeting.port).first { $0.event == "session_closed" }
                }
                let right = cell.phase == .farewell ? ["client", "quit"] : ["relay", "shutdown"]
                #expect([closed["side"]?.text, closed["reason"]?.text] == right, "\(cell.phase): \(closed)")
            }
            let stopped = try await venue.relay.audit.waitFor("service_stopped")[0]
            #expect(stopped["cut"] == 0, "\(stopped)")
            #expect(try venue.sessions.open().isEmpty)
            try await eventually("it has ended") { !venue.relay.isAlive }
        }
    }

    @Test("a reload ends no session", arguments: Transport.allCases, Venue.Rules.allCases)
    func reloaded(upstream: Transport, rules: Venue.Rules) async throws {
        try await Venue.serving(.init(upstream: upstream, pace: .patient, rules: rules)) { venue in
            try await play(
                in: venue,
                befall: {
                    // One that changes nothing says nothing.
                    try venue.relay.folder.folder("rules").write("20-new.sieve", "keep;")
                    venue.relay.reload()
                    _ = try await venue.relay.audit.waitFor("rules_loaded", count: 2)
                }
            ) { try await goesOn($0, venue) }
            try await venue.serveWhole(over: .none)
        }
    }

    @Test(
        "without a descriptor left nobody's session ends that is logged in, and new ones come when there are some again",
        arguments: Venue.Rules.allCases
    )
    func exhausted(rules: Venue.Rules) async throws {
        let limit = Change { $0.descriptors = 128 }
        try await Venue.serving(.init(upstream: .none, pace: .patient, rules: rules), changing: limit) { venue in
            let flood = Flood()
            try await play(
                in: venue,
                befall: {
                    try await flood.fill(venue.address(.none))
                    try await settled("descriptors") { try venue.relay.openFiles() }
                    #expect(venue.relay.isAlive)
                }
            ) { meeting in
                if try Self.mayHaveMadeRoom(meeting, venue) { return }
                try await goesOn(meeting, venue)
            }
            // Its sessions have servers, too, which nobody plays any more.
            await flood.end()
            try await eventually("the flood is over") {
                _ = venue.forgetServers()
                return try venue.sessions.open().isEmpty && venue.sessions.count > Flood.size
            }
            let failed = try venue.relay.audit.lines("upstream_failed").filter { "\($0)".contains("open files") }
            #expect(failed.isEmpty, "\(failed.count) clients were let in whose server could not be reached")
            var quiet = 0
            try await eventually("no more connections to the server") {
                quiet = venue.forgetServers() == 0 ? quiet + 1 : 0
                return quiet > 40
            }
            for transport in Transport.allCases { try await venue.serveWhole(over: transport) }
        }
    }

    /// Whether nobody has logged in: of these the oldest go, and in which order is tested elsewhere.
    private static func mayHaveMadeRoom(_ meeting: Meeting, _ venue: Venue) throws -> Bool {
        switch meeting.cell.phase {
        case .accepting, .handshake, .stls, .greeting, .announcing, .login, .sasl: break
        case .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion, .farewell:
            return false
        }
        let closed = try venue.sessions.lines(ofClient: meeting.port).first { $0.event == "session_closed" }
        #expect(closed == nil || closed?["reason"]?.text == "evicted", "\(meeting.cell.phase): \(closed as Any)")
        return true
    }

    /// The session comes to a good end.
    private func goesOn(_ meeting: Meeting, _ venue: Venue) async throws {
        let phase = meeting.cell.phase
        if Self.isOpening(meeting.cell) {
            let lines = try venue.sessions.lines(ofClient: meeting.port)
            #expect(lines.allSatisfy { $0.event != "session_closed" }, "\(phase): \(lines)")
        } else {
            try await meeting.complete()
        }
    }
}

/// Many clients that say nothing.
private actor Flood {
    static let size = 200
    private var connections: [Connection] = []

    func fill(_ address: Address) async throws {
        for _ in 0..<Self.size { connections.append(try await Connection.made(to: address)) }
    }

    func end() {
        for connection in connections { connection.close() }
    }
}

/// How many have come so far.
final class Tally: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
