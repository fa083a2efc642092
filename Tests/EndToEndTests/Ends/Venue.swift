// A relay that many cells share: three listeners, one server, and what the audit log says of each session.
// Must not judge.

import Foundation
import Synchronization
import Testing

/// A relay whose server is played by the cells themselves.
struct Venue: Sendable {
    enum Pace: Hashable, Sendable {
        /// No time-out comes while a test runs.
        case patient
        /// This one comes soon, and no other.
        case hasty(Timeout)
    }

    enum Rules: Sendable, CaseIterable {
        /// Look at each header and change none, so that header blocks are held back.
        case header
        /// Ask how large a message is, and may reject it.
        case size
        /// May reject it, and that is remembered.
        case memory

        var source: String {
            switch self {
            case .header: #"if header :contains "Subject" "nobody writes this" { discard; }"#
            case .size: #"require "reject"; if size :over 100M { reject "too large"; }"#
            case .memory: #"require "reject"; if header :contains "Subject" "nobody writes this" { reject "no"; }"#
            }
        }
    }

    struct Kind: Hashable, Sendable {
        /// How the server is reached.
        let upstream: Transport
        let pace: Pace
        let rules: Rules

        static let all = Array(Set(Cell.all.map(Kind.init(for:))))

        init(upstream: Transport, pace: Pace, rules: Rules = .header) {
            self.upstream = upstream
            self.pace = pace
            self.rules = rules
        }

        init(for cell: Cell) {
            self.init(
                upstream: cell.side == .upstream ? cell.transport : .none,
                pace: cell.timeout.map { .hasty($0) } ?? .patient,
                rules: cell.phase.rules
            )
        }
    }

    let kind: Kind
    let relay: Popsieve
    let sessions: SessionLines
    let certificates: Certificates
    private let entrance: Entrance
    private let door = Door()

    /// Serves while `body` runs; afterwards no session and no descriptor may be left.
    static func serving<Result>(
        _ kind: Kind,
        changing change: Change = Change { _ in },
        _ body: (Venue) async throws -> Result
    ) async throws -> Result {
        let certificates = try await Certificates.shared()
        return try await Folder.temporary { folder in
            try await Entrance.serving { entrance in
                var settings = Popsieve.Settings.relaying(to: entrance.address, rule: kind.rules.source)
                if kind.rules == .memory { settings.store = "popsieve.sqlite" }
                settings.listeners = Transport.allCases.map { .init(encryption: $0) }
                settings.upstreams[0].1.encryption = kind.upstream
                settings.upstreams[0].1.more = "xclient: true"
                settings.upstreams[0].1.authority = kind.upstream == .none ? nil : certificates.authority
                if case .hasty(let timeout) = kind.pace { settings.timeouts = [timeout: "40s"] }
                change.apply(&settings)
                return try await Popsieve.serving(settings, in: folder) { relay in
                    let sessions = SessionLines(relay.audit.path)
                    let venue = Venue(
                        kind: kind,
                        relay: relay,
                        sessions: sessions,
                        certificates: certificates,
                        entrance: entrance
                    )
                    return try await venue.withoutLeak(body)
                }
            }
        }
    }

    private init(kind: Kind, relay: Popsieve, sessions: SessionLines, certificates: Certificates, entrance: Entrance) {
        self.kind = kind
        self.relay = relay
        self.sessions = sessions
        self.certificates = certificates
        self.entrance = entrance
    }

    private func withoutLeak<Result>(_ body: (Venue) async throws -> Result) async throws -> Result {
        // What is opened once is open after the first session.
        try await serveWhole(over: .none)
        let before = try descriptors().count
        let result = try await body(self)
        guard relay.isAlive else { return result }
        do {
            try await eventually("descriptors are closed again", within: 30) { try descriptors().count <= before }
        } catch {
            Issue.record("\(try descriptors()) in place of \(before): \(kind)")
        }
        try await eventually("every session is closed", within: 30) { try sessions.open().isEmpty }
        return result
    }

    /// But for those of the store, which reads with as many connections as have been needed at once.
    private func descriptors() throws -> [String] { try relay.descriptors().filter { !$0.contains(".sqlite") } }

    func address(_ transport: Transport) -> Address {
        relay.addresses[Transport.allCases.firstIndex(of: transport) ?? 0]
    }

    /// A client, and the server's end of its session. One at a time, so that the two belong together.
    func meet(over transport: Transport) async throws -> (client: Connection, server: Connection) {
        await door.enter()
        do {
            let client = try await Connection.made(to: address(transport), receiveBuffer: 4_096)
            if transport == .implicit { try await client.peer().startTLS(trusting: certificates.authority) }
            let server = try await entrance.next()
            await door.leave()
            return (client, server)
        } catch {
            await door.leave()
            throw error
        }
    }

    /// Closes the server's end of sessions that nobody has met.
    ///
    /// - Returns: how many they were.
    func forgetServers() -> Int { entrance.forgetAll() }

    /// A session from the greeting to QUIT, and a message in it.
    func serveWhole(over transport: Transport) async throws {
        let phase: Phase =
            switch kind.rules {
            case .header: .message
            case .size: .question
            case .memory: .ownUIDL
            }
        let cell = Cell(phase: phase, end: .close, side: .client, transport: transport)
        try await Meeting.held(in: self, for: cell) { meeting in
            try await meeting.advance()
            try await meeting.complete()
            try await meeting.client.send("QUIT\r\n")
            #expect(try await meeting.server?.line() == "QUIT")
            try await meeting.server?.send("+OK bye\r\n")
            #expect(try await meeting.client.rest() == Data("+OK bye\r\n".utf8))
        }
    }
}

/// Lets one in at a time.
actor Door {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}

/// The audit log, each line read once, by session.
final class SessionLines: Sendable {
    private struct State {
        var offset: UInt64 = 0
        /// By the client's port, the session that came from there last.
        var sessions: [Int: String] = [:]
        var lines: [String: [AuditLine]] = [:]
    }

    private let path: String
    private let state = Mutex(State())

    init(_ path: String) {
        self.path = path
    }

    /// All lines so far of the session whose client has this port.
    /// The session of a client that is connected; ports are used again when it is not.
    func session(ofClient port: Int) throws -> String? {
        try state.withLock { state in
            try read(&state)
            return state.sessions[port]
        }
    }

    func lines(of session: String) throws -> [AuditLine] {
        try state.withLock { state in
            try read(&state)
            return state.lines[session] ?? []
        }
    }

    func lines(ofClient port: Int) throws -> [AuditLine] {
        try state.withLock { state in
            try read(&state)
            return state.sessions[port].flatMap { state.lines[$0] } ?? []
        }
    }

    /// Sessions so far.
    var count: Int { state.withLock { $0.lines.count } }

    /// Sessions that were opened and not closed.
    func open() throws -> [String] {
        try state.withLock { state in
            try read(&state)
            return state.lines.filter { $0.value.last?.event != "session_closed" }.keys.sorted()
        }
    }

    private func read(_ state: inout State) throws {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        try file.seek(toOffset: state.offset)
        let bytes = try file.readToEnd() ?? Data()
        guard let end = bytes.lastIndex(of: 0x0A) else { return }
        state.offset += UInt64(end + 1)
        for line in try bytes[..<end].split(separator: 0x0A).map(AuditLine.init(bytes:)) {
            guard let session = line["session"]?.text else { continue }
            if let port = line["client_port"]?.number { state.sessions[port] = session }
            state.lines[session, default: []].append(line)
        }
    }
}

/// Starts each kind of venue once for all cells of a suite.
struct SharedVenues: SuiteTrait, TestScoping {
    @TaskLocal private static var open: [Venue.Kind: Venue] = [:]

    static func venue(_ kind: Venue.Kind) throws -> Venue { try #require(open[kind]) }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await serve(Venue.Kind.all[...], [:], function)
    }

    private func serve(
        _ kinds: ArraySlice<Venue.Kind>,
        _ venues: [Venue.Kind: Venue],
        _ function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard let kind = kinds.first else { return try await Self.$open.withValue(venues, operation: function) }
        try await Venue.serving(kind) { venue in
            try await serve(kinds.dropFirst(), venues.merging([kind: venue]) { $1 }, function)
        }
    }
}

extension Trait where Self == SharedVenues {
    static var sharedVenues: SharedVenues { SharedVenues() }
}
