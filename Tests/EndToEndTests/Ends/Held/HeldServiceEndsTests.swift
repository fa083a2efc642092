// What befalls the whole relay while messages are held in every phase: SIGTERM, a second one, a reload, SIGKILL.
// Must not test what a reload changes; see ReloadTests.

import Foundation
import Synchronization
import Testing

@Suite("Ends of the service with held messages", .timeLimit(.minutes(8)))
struct HeldServiceEndsTests {
    private static let kinds = [
        HeldVenue.Kind(hasQuarantine: true, hasStore: true), HeldVenue.Kind(hasQuarantine: false),
    ]
    private static let secured = [Transport.implicit, .starttls].map {
        HeldVenue.Kind(hasQuarantine: true, transport: $0)
    }

    /// A session in each phase that such a relay has; the order is that in which they can be brought there.
    private static func cells(_ kind: HeldVenue.Kind) -> [HeldCell] {
        let commands: [HeldCommand] = kind.hasQuarantine ? [.retr, .top] : [.dele]
        return commands.flatMap { command in
            HeldPhase.phases(of: command).filter { kind.hasStore || $0 != .recalling }
                .filter { command != .top || $0 == .file || $0 == .scanning }
                .map { HeldCell(phase: $0, command: command, end: .client(.halfClosure)) }
        }.sorted { rank($0.phase) < rank($1.phase) }
    }

    /// Waiting takes longest, and what keeps a thread busy comes last.
    private static func rank(_ phase: HeldPhase) -> Int {
        switch phase {
        case .waiting: 0
        case .memory, .file, .scanning, .releasing: 1
        case .deciding, .keeping: 2
        // As long as one is, none of the others gets to its phase.
        case .recalling: 3
        }
    }

    /// Brings all sessions to their phases, lets `befall` happen, and then lets each go on with `body`.
    private func play(
        in venue: HeldVenue,
        befall: @escaping @Sendable () async throws -> Void,
        _ body: @escaping @Sendable (HeldSession) async throws -> Void
    ) async throws {
        let cells = Self.cells(venue.kind)
        let (ready, befallen) = (Tally(), Tally())
        try await within(seconds: 240) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for cell in cells {
                    let before = cells.count { Self.rank($0.phase) < Self.rank(cell.phase) }
                    group.addTask {
                        try await eventually("those before \(cell)", within: 200) { ready.count >= before }
                        try await HeldSession.held(in: venue, for: cell) { session in
                            try await session.advance()
                            ready.add()
                            try await eventually("it befalls them", within: 200) { befallen.count > 0 }
                            do { try await body(session) } catch { Issue.record("\(cell): \(error)") }
                        }
                    }
                }
                group.addTask {
                    try await eventually("all are in their phases", within: 200) { ready.count == cells.count }
                    try await befall()
                    befallen.add()
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("SIGTERM ends no session before its message has come to an end", arguments: kinds + secured)
    func terminated(kind: HeldVenue.Kind) async throws {
        let (_, status) = try await HeldVenue.running(kind) { venue in
            try await play(in: venue, befall: { kill(venue.relay.pid, SIGTERM) }) { session in
                try await session.goOn()
                try await session.expectServed(reasons: ["quit", "shutdown"])
            }
            let stopped = try await venue.relay.audit.waitFor("service_stopped")[0]
            #expect(stopped["cut"] == 0, "\(stopped)")
            #expect(try venue.sessions.open().isEmpty)
        }
        #expect(status == 0)
    }

    @Test("a second SIGTERM cuts every session, and what is cut is nobody's message", arguments: kinds)
    func cut(kind: HeldVenue.Kind) async throws {
        let scanners = Mutex<[String]>([])
        let (_, status) = try await HeldVenue.running(kind) { venue in
            try await play(
                in: venue,
                befall: {
                    let children = try venue.relay.children()
                    scanners.withLock { $0 = children }
                    kill(venue.relay.pid, SIGTERM)
                    try await eventually("it is about to end") { try venue.relay.log().contains("asked to end") }
                    kill(venue.relay.pid, SIGTERM)
                }
            ) { session in
                let closed = try await session.closing()
                session.letGo()
                session.expectReason(closed, ["shutdown"])
                try await session.expectCut()
            }
            try await eventually("it has ended") { !venue.relay.isAlive }
        }
        #expect(status == 0)
        let left = scanners.withLock { $0 }.filter { FileManager.default.fileExists(atPath: "/proc/\($0)") }
        #expect(left.isEmpty, "scanners are left: \(left)")
    }

    @Test("a message is judged by the rules that were in force when it was asked for", arguments: kinds)
    func reloaded(kind: HeldVenue.Kind) async throws {
        try await HeldVenue.serving(kind) { venue in
            try await play(
                in: venue,
                befall: {
                    try venue.relay.folder.folder("rules").write("10-test.sieve", "discard;")
                    venue.relay.reload()
                    _ = try await venue.relay.audit.waitFor("rules_loaded", count: 2)
                }
            ) { session in
                try await session.goOn()
                try await session.expectServed()
            }
            try await venue.serveWhole(expecting: "discarded")
        }
    }

    @Test("SIGKILL loses no message and shows no half one", arguments: kinds)
    func killed(kind: HeldVenue.Kind) async throws {
        let (_, status) = try await HeldVenue.running(kind) { venue in
            try await play(in: venue, befall: { kill(venue.relay.pid, SIGKILL) }) { session in
                try await session.expectCut(isTold: false)
                _ = try session.venue.keeps(session.name)
            }
        }
        #expect(status == 128 + SIGKILL)
    }
}
