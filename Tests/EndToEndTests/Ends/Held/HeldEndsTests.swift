// Every phase of a message that is judged whole, by every end of both sides, against the built program.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Ends of held messages", .timeLimit(.minutes(8)))
struct HeldEndsTests {
    private static let kinds = Array(Set(HeldCell.all.map(HeldVenue.Kind.init(for:))))

    @Test("nothing is lost, nothing is left, and the relay goes on", arguments: kinds)
    func cells(kind: HeldVenue.Kind) async throws {
        let cells = HeldCell.all.filter { HeldVenue.Kind(for: $0) == kind }
        try await HeldVenue.serving(kind) { venue in
            await withTaskGroup { group in
                for cell in cells where cell.isSlow { group.addTask { await play(cell, venue) } }
                // Those in which a thread is kept waiting must not meet.
                group.addTask { for cell in cells where !cell.isSlow { await play(cell, venue) } }
            }
            try await venue.serveWhole()
        }
    }

    private func play(_ cell: HeldCell, _ venue: HeldVenue) async {
        do {
            try await within(seconds: 90) {
                try await HeldSession.held(in: venue, for: cell) { session in
                    try await session.advance()
                    switch cell.end {
                    case .client(let end): try await Self.client(end, session)
                    case .upstream(let end): try await Self.upstream(end, session)
                    }
                }
            }
        } catch {
            Issue.record("\(cell): \(error)\n\(venue.relay.isAlive ? "" : venue.relay.lastWords)")
        }
    }

    // MARK: The client ends it

    private static func client(_ end: HeldEnd.Peer, _ session: HeldSession) async throws {
        let client = session.client
        switch end {
        case .close, .truncation:
            if end == .close { try await client.close() } else { try await client.closeBeneathTLS() }
            try await session.goOn()
            try await session.serveToTheEnd()
            // What it has sent before may be done all the same; also behind a notice that the client's system took while a
            // program that another test was starting still had the socket: the original is in the quarantine then.
            let mayGoOn = session.cell.command == .dele || session.cell.phase == .keeping
            try await left(session, ["client-left", "client-failed"] + (mayGoOn ? ["quit"] : []))
        case .reset:
            try await client.reset()
            try await left(session, ["client-left", "client-failed"])
            if session.cell.phase == .keeping {
                // What was being written is there by now, as long as it is there.
                try await Task.sleep(for: .seconds(1))
                try await eventually("no copy is left of which nobody was told") {
                    try !session.venue.keeps(session.name)
                }
            }
        case .halfClosure:
            try await client.finish()
            try await session.goOn()
            try await session.expectServed()
        case .garbage:
            try await client.send("GET / HTTP/1.1\r\n")
            // What waits for an answer of the rules, or behind a question of the relay's own, is answered before.
            let waits = session.cell.command == .dele || (session.cell.phase == .recalling && session.cell.isComing)
            if waits { try await session.goOn() }
            try await session.serveToTheEnd()
            let (text, _) = try await session.told()
            #expect(!text.contains("\r\n.\r\n"), "\(session.cell): \(text.suffix(200).debugDescription)")
            try await left(session, ["foreign-protocol"])
        case .drip:
            for _ in 0..<20 { try await session.takeSome() }
            try await session.expectServed()
        case .silence where session.cell.phase == .releasing:
            try await left(session, ["client-timed-out", "client-failed"])
        case .silence:
            // Longer than its time-out.
            try await session.waitAgain()
            try await session.goOn()
            try await session.expectServed()
        }
    }

    /// The relay knows that nobody is there, and why; the server was told nothing that only who has the message may say.
    private static func left(_ session: HeldSession, _ reasons: [String]) async throws {
        let closed = try await session.closing()
        #expect(closed["side"] == "client", "\(session.cell): \(closed)")
        session.expectReason(closed, reasons)
        session.letGo()
        try await session.serveToTheEnd()
        let isKept = try session.cell.phase == .keeping && session.venue.keeps(session.name)
        #expect(session.cell.command == .dele || !session.isDeleted || isKept, "\(session.cell): \(session.heard)")
        guard session.cell.command != .dele else { return }
        // It may be gone before the relay has seen anything of the message.
        if [.memory, .recalling].contains(session.cell.phase), try session.lines("message").isEmpty { return }
        try session.expectVerdict(["undecided", "passed", "quarantined"])
    }

    // MARK: The upstream ends it

    private static func upstream(_ end: HeldEnd.Peer, _ session: HeldSession) async throws {
        switch end {
        case .close: try await session.server.close()
        case .truncation: try await session.server.closeBeneathTLS()
        case .reset: try await session.server.reset()
        case .halfClosure: try await session.server.finish()
        case .garbage: try await session.server.send("What?\r\n")
        // Longer than its time-out.
        case .silence: if !session.cell.isComing { try await Task.sleep(for: .seconds(33)) }
        case .drip: break
        }
        if session.cell.isComing {
            session.letGo()
            try await brokenOff(session, end == .silence ? "upstream-timed-out" : "upstream-closed")
        } else if end == .silence {
            session.letGo()
            try await session.expectServed()
        } else {
            session.letGo()
            try await wholeAllTheSame(session, end == .garbage ? "upstream-protocol-violation" : "upstream-closed")
        }
    }

    /// The client is told, where it can be, and never takes what it has for a whole message.
    private static func brokenOff(_ session: HeldSession, _ reason: String) async throws {
        let (text, hasWaited) = try await session.told()
        let isRight =
            hasWaited ? text == "+OK\r\n" : text.hasPrefix("-ERR [SYS/TEMP]") && text.count { $0 == "\r\n" } == 1
        #expect(isRight, "\(session.cell): \(text.prefix(200).debugDescription)")
        try await ended(session, reason)
        #expect(!session.isDeleted, "\(session.cell): \(session.heard)")
        // What only TOP was asked for by has no line before all of it is.
        guard session.cell.command != .dele, session.cell.phase != .recalling else { return }
        try session.expectVerdict(["undecided"])
    }

    /// What was there when the server left is the client's.
    private static func wholeAllTheSame(_ session: HeldSession, _ reason: String) async throws {
        let cell = session.cell
        let (text, _) = try await session.told()
        // Whoever has taken the message can hear of the end of the session.
        switch (cell.command, cell.phase) {
        case (.dele, _): #expect(text.hasPrefix("-ERR [SYS/TEMP]"), "\(cell): \(text.debugDescription)")
        case (_, .keeping):
            #expect(text.contains("\r\n.\r\n"), "\(cell): \(text.prefix(200).debugDescription)")
            #expect(try session.venue.keeps(session.name), "\(cell)")
        default:
            let isWhole = text.hasPrefix("+OK\r\n" + session.due)
            #expect(isWhole, "\(cell): \(text.prefix(200).debugDescription) (\(text.utf8.count) octets)")
        }
        try await ended(session, reason)
        if cell.command != .dele { try session.expectVerdict([cell.phase == .keeping ? "quarantined" : "passed"]) }
    }

    private static func ended(_ session: HeldSession, _ reason: String) async throws {
        let closed = try await session.closing()
        #expect(closed["side"] == "upstream", "\(session.cell): \(closed)")
        session.expectReason(closed, [reason])
    }
}
