// Accepting when there is no room: no open files, too many sessions.
// Must not open so many connections that the tests themselves run out of files.

import Audit
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct AcceptTests {
    private func gate(_ body: (AcceptGate, RelayState, Said) throws -> Void) throws {
        let state = try RelayState(audit: AuditLog(.file(path: "/dev/null")), limits: RelayLimits())
        let said = Said()
        let operatorLog = OperatorLog(log: said.logger, limits: RelayLimits())
        try body(AcceptGate(shared: state, operatorLog: operatorLog), state, said)
    }

    @Test(
        "a listener that can't accept says so once, and when it goes on",
        arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM]
    )
    func pauses(_ number: Int32) throws {
        try gate { gate, _, said in
            for _ in 0..<10 { gate.isShort(IOError(errnoCode: number, reason: "accept")) }
            #expect(said.lines.count == 1, "\(said.lines)")
            for _ in 0..<2 { gate.clientTaken() }
            #expect(said.lines.dropFirst() == ["clients are accepted again [\"times\": 9]"], "\(said.lines)")
        }
    }

    @Test("nobody is accepted whom open files do not suffice for, and again as soon as somebody leaves")
    func descriptors() throws {
        try gate { gate, state, said in
            state.allow(RelayLimits(), descriptors: 2)
            for _ in 0..<2 {
                #expect(gate.hasRoom())
                gate.clientTaken()
            }
            #expect(!gate.hasRoom() && !gate.hasRoom())
            state.connectionClosed()
            #expect(gate.hasRoom())
            #expect(said.lines.count == 1, "\(said.lines)")
        }
    }

    /// The limit of open files, what is used, what it can be raised to, the sessions that are allowed, those that fit.
    @Test(
        "how many sessions open files suffice for",
        arguments: [
            (64, 20, 64, 100, 14), (64, 20, 1_000_000, 100, 100), (1_024, 24, 1_024, 20_000, 492),
            (20, 20, 20, 5, 1), (1_000_000, 20, 1_000_000, 20_000, 499_982),
        ]
    )
    func fitting(_ limit: Int, _ used: Int, _ most: Int, _ sessions: Int, _ fitting: Int) {
        var limits = RelayLimits()
        limits.sessions = sessions
        let files = OpenFiles(limit: limit, used: used, most: most)
        let raised = OpenFiles(limit: max(limit, min(most, files.needed(for: limits))), used: used, most: most)
        #expect(raised.sessions(limits) == fitting)
    }

    /// Held files, connections to scanners and pipes of commands were not counted: sessions were let in that could not be served.
    @Test(
        "what rules, scanners, quarantine and store have open is counted before a client is let in",
        arguments: [
            (RelayLimits.Descriptors(), 2, 16), (.init(holdsMessages: true), 3, 16),
            (.init(keepsMessages: true), 3, 56), (.init(holdsMessages: true, keepsMessages: true), 3, 56),
            (.init(remembers: true), 2, 32), (.init(scanners: 73), 2, 89),
        ]
    )
    func reserve(_ use: RelayLimits.Descriptors, _ ofSession: Int, _ reserve: Int) {
        var limits = RelayLimits()
        limits.sessions = 100_000
        limits.reserve(use)
        #expect(limits.descriptorsOfSession == ofSession && limits.descriptorReserve == reserve)
        let files = OpenFiles(limit: 1_024, used: 24, most: 1_024)
        #expect(files.sessions(limits) == (1_000 - reserve) / ofSession)
        #expect(files.needed(for: limits) == 100_000 * ofSession + 24 + reserve)
    }

    @Test("a flood of refused clients is a line at once and then a number")
    func refusals() throws {
        let state = try RelayState(audit: AuditLog(.file(path: "/dev/null")), limits: RelayLimits())
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        func refused(_ second: Int64) -> AuditEvent? {
            state.refused(client: "192.0.2.1", port: 9, listener: "l", .sessions, at: at(second))
        }
        #expect(refused(0) == .sessionRefused(.init(client: "192.0.2.1", port: 9, listener: "l")))
        for _ in 0..<1_000 { #expect(refused(1) == nil) }
        #expect(state.refusalsDue(at: at(5)).isEmpty)
        #expect(state.refusalsDue(at: at(10)) == [.sessionRefused(.init(listener: "l", refusals: 1_000))])
        #expect(refused(11) == nil)
        #expect(state.refusalsDue(at: at(12), isLast: true) == [.sessionRefused(.init(listener: "l", refusals: 1))])
    }

    @Test("an upstream that fails for everybody is told once a minute and cause, with a number")
    func upstreamFailures() {
        let said = Said()
        let log = OperatorLog(log: said.logger, limits: RelayLimits())
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        for _ in 0..<500 { log.upstreamFailed(upstream: "office", cause: "connection refused", at: at(0)) }
        log.upstreamFailed(upstream: "office", cause: "no connection in time", at: at(1))
        #expect(said.lines.count == 2)
        log.tellDue(at: at(60))
        #expect(said.lines.count == 3 && said.lines.last?.contains("499") == true, "\(said.lines)")
        for _ in 0..<9 { log.routeMissed(at: at(61)) }
        #expect(said.lines.last == "a login has no route; the audit log says whose [:]" && said.lines.count == 4)
        log.upstreamFailed(upstream: "home", cause: String(repeating: "x", count: 10_000), at: at(61))
        #expect(said.lines.last.map { $0.count < 400 } == true)
    }
}

/// What is said to the operator.
final class Said: Sendable {
    private let all = Mutex<[String]>([])

    var lines: [String] { all.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(said: self) } }

    private struct Handler: LogHandler {
        let said: Said
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            said.all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}
