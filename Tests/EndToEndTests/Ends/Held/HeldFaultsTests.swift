// A disk that is full or broken, no descriptors, a quarantine that is gone: in the middle of messages that are held.
// Must not test what a scanner or a quarantine does by itself: their targets do.

import Foundation
import Testing

@Suite("Faults of the machine with held messages", .timeLimit(.minutes(8)))
struct HeldFaultsTests {
    enum Trouble: String, Sendable, CaseIterable {
        case noDescriptors
        case heldFull
        case heldBroken
        case heldUnmappable
        case quarantineFull
        case quarantineBroken
        case quarantineGone

        /// Which messages must wait; all others are served.
        var concerned: [HeldText.Kind] {
            switch self {
            case .noDescriptors: [.large, .scanned, .kept]
            case .heldFull, .heldBroken, .heldUnmappable: [.large]
            case .quarantineFull, .quarantineBroken, .quarantineGone: [.kept]
            }
        }

        var isOfQuarantine: Bool { concerned == [.kept] }

        func begin(_ venue: HeldVenue) async throws {
            switch self {
            case .noDescriptors: try await venue.relay.allowOpenFiles(nil)
            case .heldFull: try venue.faults.begin(.heldWrite, .full)
            case .heldBroken: try venue.faults.begin(.heldWrite, .broken)
            case .heldUnmappable: try venue.faults.begin(.heldMapping, .broken)
            case .quarantineFull: try venue.faults.begin(.quarantineWrite, .full)
            case .quarantineBroken: try venue.faults.begin(.quarantineSync, .broken)
            case .quarantineGone: try FileManager.default.removeItem(atPath: venue.relay.folder["quarantine"])
            }
        }

        func end(_ venue: HeldVenue) async throws {
            switch self {
            case .noDescriptors:
                try await venue.relay.allowOpenFiles(1_000)
                // A scanner that could not be started is asked again after a while.
                try await Task.sleep(for: .seconds(6))
            case .heldFull, .heldBroken: venue.faults.end(.heldWrite)
            case .heldUnmappable: venue.faults.end(.heldMapping)
            case .quarantineFull: venue.faults.end(.quarantineWrite)
            case .quarantineBroken: venue.faults.end(.quarantineSync)
            case .quarantineGone:
                // More than once: none of those that are gone stays open.
                for count in 1...3 {
                    try? FileManager.default.removeItem(atPath: venue.relay.folder["quarantine"])
                    venue.relay.reload()
                    try await eventually("reload \(count)") {
                        try venue.relay.log().components(separatedBy: "notice reloaded").count > count
                    }
                }
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let trouble: Trouble
        let kind: HeldVenue.Kind
        var testDescription: String { "\(trouble) \(kind.testDescription)" }

        static let all = Trouble.allCases.flatMap { trouble in
            [true, false].filter { $0 || !trouble.isOfQuarantine }
                .map { Case(trouble: trouble, kind: .init(hasQuarantine: $0)) }
        }

        var sessions: [(cell: HeldCell, message: HeldText.Kind)] {
            let commands: [HeldCommand] = kind.hasQuarantine ? [.retr, .top] : [.dele]
            return commands.flatMap { command in
                [HeldPhase.memory, .waiting].filter { $0 == .memory || command == .retr }.flatMap { phase in
                    HeldText.Kind.all(kind).map {
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
    func trouble(of situation: Case) async throws {
        // The first quarantine is open as long as the relay runs.
        try await HeldVenue.serving(situation.kind, spare: situation.trouble == .quarantineGone ? 1 : 0) { venue in
            let sessions = situation.sessions
            let (ready, begun) = (Tally(), Tally())
            try await within(seconds: 240) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (cell, message) in sessions {
                        group.addTask {
                            try await HeldSession.held(in: venue, for: cell, message: message) { session in
                                try await session.advance()
                                ready.add()
                                try await eventually("it befalls them", within: 200) { begun.count > 0 }
                                try await session.goOn()
                                do {
                                    if situation.trouble.concerned.contains(message) {
                                        try await session.expectPostponed()
                                    } else {
                                        try await session.expectServed()
                                    }
                                } catch { Issue.record("\(cell), \(message): \(error)") }
                            }
                        }
                    }
                    group.addTask {
                        try await eventually("all are in their phases", within: 200) { ready.count == sessions.count }
                        try await situation.trouble.begin(venue)
                        begun.add()
                    }
                    try await group.waitForAll()
                }
            }
            try await situation.trouble.end(venue)
            for (cell, message) in sessions where cell.phase == .memory {
                try await HeldSession.held(in: venue, for: cell, message: message) { session in
                    try await session.advance()
                    try await session.goOn()
                    try await session.expectServed()
                }
            }
        }
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
