// A disk that is full or broken, no descriptors, a quarantine that is gone, a store that is locked: in the middle of
// messages that are held.
// Must not test what a scanner or a quarantine does by itself: their targets do.

import Foundation
import Testing

@Suite("Faults of the machine with held messages", .timeLimit(.minutes(8)))
struct HeldFaultsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let trouble: HeldTrouble
        let kind: HeldVenue.Kind
        var testDescription: String { "\(trouble) \(kind.testDescription)" }

        init(_ trouble: HeldTrouble, hasQuarantine: Bool = true) {
            self.trouble = trouble
            kind = HeldVenue.Kind(hasQuarantine: hasQuarantine, hasStore: trouble.isOfStore, disk: trouble.disk)
        }

        static let all = HeldTrouble.allCases.filter { $0.disk == nil }.flatMap { trouble in
            [true, false].filter { $0 || !trouble.isOfQuarantine && !trouble.isOfStore }
                .map { Case(trouble, hasQuarantine: $0) }
        }
        static let disks = HeldTrouble.allCases.filter { $0.disk != nil }.map { Case($0) }

        var sessions: [(cell: HeldCell, message: HeldText.Kind)] {
            let commands: [HeldCommand] = kind.hasQuarantine ? [.retr, .top] : [.dele]
            return commands.flatMap { command in
                [HeldPhase.memory, .waiting].filter { $0 == .memory || command == .retr }.flatMap { phase in
                    HeldText.Kind.all(kind).filter { $0 != .large || !trouble.isOfStore }.map {
                        (HeldCell(phase: phase, command: command, end: .client(.halfClosure)), $0)
                    }
                }
            }
        }
    }

    @Test(
        "what can't be looked at or kept waits, undeleted; all else is served, and so is it afterwards",
        arguments: Case.all
    )
    func trouble(of situation: Case) async throws { try await play(situation) }

    @Test(
        "the same on disks that are full indeed, until something is removed from them",
        .enabled(if: SmallDisk.isPossible, "this user may not mount a disk in a namespace of its own"),
        arguments: Case.disks
    )
    func disk(of situation: Case) async throws { try await play(situation) }

    private func play(_ situation: Case) async throws {
        let trouble = situation.trouble
        // The first quarantine is open as long as the relay runs.
        try await HeldVenue.serving(situation.kind, spare: trouble == .quarantineGone ? 1 : 0) { venue in
            let (ready, begun) = (Tally(), Tally())
            let sessions = situation.sessions
            try await within(seconds: 240) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (cell, message) in sessions {
                        group.addTask {
                            try await HeldSession.held(in: venue, for: cell, message: message) { session in
                                try await session.advance()
                                ready.add()
                                try await eventually("it befalls them", within: 200) { begun.count > 0 }
                                try await goesOn(session, message, trouble)
                            }
                        }
                    }
                    group.addTask {
                        try await eventually("all are in their phases", within: 200) { ready.count == sessions.count }
                        try await trouble.begin(venue)
                        begun.add()
                    }
                    try await group.waitForAll()
                }
            }
            if trouble.letsClientsIn { try await again(situation, venue, trouble) }
            #expect(venue.relay.isAlive)
            try await trouble.isTold(venue)
            try await trouble.end(venue)
            try await again(situation, venue, nil)
            if trouble.isOfStore { try await venue.remembers() }
        }
    }

    /// Sessions that come later.
    private func again(_ situation: Case, _ venue: HeldVenue, _ trouble: HeldTrouble?) async throws {
        for (cell, message) in situation.sessions where cell.phase == .memory {
            try await HeldSession.held(in: venue, for: cell, message: message) { session in
                try await session.advance()
                try await goesOn(session, message, trouble)
            }
        }
    }

    private func goesOn(_ session: HeldSession, _ message: HeldText.Kind, _ trouble: HeldTrouble?) async throws {
        try await session.goOn()
        do {
            if let trouble, trouble.concerned.contains(message) {
                try await session.expectPostponed(because: trouble.words)
                #expect(try !session.venue.keeps(session.name), "\(session.cell): kept without a notice")
            } else {
                try await session.expectServed()
            }
        } catch { Issue.record("\(session.cell), \(message): \(error)") }
    }

    @Test("a message that can't be read again on its way to the client ends the session, with a reason of its own")
    func unreadable() async throws {
        try await HeldVenue.serving(.init(hasQuarantine: true)) { venue in
            let cell = HeldCell(phase: .releasing, command: .retr, end: .client(.halfClosure))
            try await HeldSession.held(in: venue, for: cell) { session in
                try await session.advance()
                try venue.faults.begin(.heldRead, .broken)
                try await session.expectCut(isTaken: true)
                let closed = try await session.closing()
                #expect(closed["side"] == "relay" && closed["reason"]?.text?.hasPrefix("held-message-lost: ") == true)
                try session.expectVerdict(["passed"])
                let ended = try session.lines("message_ended").last?.description ?? ""
                #expect(ended.contains("\"complete\":false"), "\(ended)")
            }
            venue.faults.end(.heldRead)
            try await eventually("the operator is told") { try venue.relay.log().contains("can't be read") }
            try await venue.serveWhole()
        }
    }
}
