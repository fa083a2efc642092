// One session, both of whose ends a test holds, with a message that is held back.
// Must not know what is right for a cell: it brings it to its phase, and looks at what became of it.

import Foundation
import NIOCore
import Testing

final class HeldSession {
    let cell: HeldCell
    /// Of its message.
    let name: String
    let client: Peer
    let server: Peer
    /// What the server was asked.
    private(set) var heard: [String] = []
    /// What the client has got of the reply before the end.
    private var got = Data()
    let port: Int
    let venue: HeldVenue
    /// It deletes nothing after all: what is deleted is not remembered.
    private var changesItsMind = false
    private let message: HeldText

    private init(
        _ cell: HeldCell,
        _ message: HeldText.Kind,
        _ name: String,
        _ venue: HeldVenue,
        _ client: Peer,
        _ server: Peer
    ) {
        self.cell = cell
        self.name = name
        self.client = client
        self.server = server
        self.venue = venue
        port = client.localPort
        self.message = HeldText(message, name: name)
    }

    static func held<Result>(
        in venue: HeldVenue,
        for cell: HeldCell,
        message: HeldText.Kind? = nil,
        named name: String = String(UUID().uuidString.prefix(8)),
        changingItsMind: Bool = false,
        _ body: (HeldSession) async throws -> Result
    ) async throws -> Result {
        await venue.door.enter()
        let client: Connection
        let server: Connection
        do {
            client = try await Connection.made(to: venue.relay.address, receiveBuffer: 4_096)
            if venue.kind.transport == .implicit {
                try await client.peer().startTLS(trusting: venue.certificates.authority)
            }
            server = try await venue.entrance.next()
            await venue.door.leave()
        } catch {
            await venue.door.leave()
            throw error
        }
        defer {
            client.close()
            server.close()
        }
        let kind = message ?? HeldText.Kind(cell.phase)
        let session = HeldSession(cell, kind, name, venue, client.peer(), server.peer())
        session.changesItsMind = changingItsMind
        defer { session.letGo() }
        return try await body(session)
    }

    // MARK: To the phase

    /// Sent behind the command, ahead of its reply.
    private var following: String {
        if cell.end == .client(.garbage) { return "" }
        let last = changesItsMind ? "RSET\r\nQUIT\r\n" : "QUIT\r\n"
        return cell.command == .dele ? last : "DELE 1\r\n" + last
    }

    func advance() async throws {
        try await meet()
        for line in ["USER anna", "PASS \(Account.anna.password)", "CAPA"] {
            try await client.send(line + "\r\n")
            try await serve(upTo: line)
            try await answer(line)
            if line == "CAPA" { _ = try await client.multilineReply() } else { _ = try await client.line() }
        }
        try await prepare()
        try await client.send(cell.command.rawValue + "\r\n" + following)
        if cell.phase == .recalling, cell.command != .retr {
            // The header is looked at first.
            try await serve(upTo: "TOP ")
            try await answer("TOP ")
        } else {
            try await serve(upTo: "RETR")
            server.post("+OK\r\n" + (cell.phase.isComing ? message.first(in: cell.phase) : message.wire))
        }
        try await arrive()
    }

    /// The greeting, and TLS on both sides where there is some.
    private func meet() async throws {
        let (greeting, pair) = ("+OK scripted\r\n", venue.certificates.good)
        switch venue.kind.transport {
        case .none:
            try await server.open()
            try await server.send(greeting)
        case .implicit:
            try await server.startTLS(showing: pair)
            try await server.send(greeting)
        case .starttls:
            try await server.open()
            try await server.send(greeting)
            #expect(try await server.line() == "STLS")
            try await server.startTLS(showing: pair, behind: "+OK\r\n")
        }
        _ = try await client.line()
        guard venue.kind.transport == .starttls else { return }
        #expect(try await client.command("STLS").hasPrefix("+OK"))
        try await client.startTLS(trusting: venue.certificates.authority)
    }

    private func prepare() async throws {
        switch cell.phase {
        case .memory, .file, .waiting, .releasing: break
        case .recalling:
            try await venue.storeWorks()
            try venue.faults.begin(.storeLock, .wait)
        case .deciding: try venue.faults.begin(.heldMapping, .wait)
        case .scanning: try venue.scannerWaits(for: name)
        case .keeping: try venue.faults.begin(.quarantineSync, .wait)
        }
    }

    private func arrive() async throws {
        switch cell.phase {
        case .memory: break
        case .recalling: try await venue.faults.reached(.storeLock)
        case .file: try await eventually("a file holds it") { try venue.relay.heldFiles() > 0 }
        case .waiting:
            while got.count(of: HeldText.wait) < 1 { got += try await client.anything() }
        case .deciding: try await venue.faults.reached(.heldMapping)
        case .scanning: try await venue.scannerHasBegun(for: name)
        case .keeping: try await venue.faults.reached(.quarantineSync)
        case .releasing:
            try await client.stopReading()
            try await eventually("it is on its way") { try lines("message").first != nil }
        }
    }

    /// What kept the relay busy is over.
    func letGo() {
        switch cell.phase {
        case .memory, .file, .waiting, .releasing: break
        case .recalling: venue.faults.end(.storeLock)
        case .deciding: venue.faults.end(.heldMapping)
        case .scanning: venue.scannerGoesOn(for: name)
        case .keeping: venue.faults.end(.quarantineSync)
        }
    }

    /// The server sends what it owes, and nothing keeps anybody busy any more.
    func goOn() async throws {
        letGo()
        if cell.phase.isComing { server.post(message.rest(in: cell.phase)) }
    }

    /// The client gets one more line that lets it wait.
    func waitAgain() async throws {
        while got.count(of: HeldText.wait) < 2 { got += try await client.anything() }
    }

    // MARK: The server

    /// Answers what it is asked until it is asked this.
    private func serve(upTo awaited: String) async throws {
        while let line = try await server.lineOrEnd() {
            heard.append(line)
            if line.hasPrefix(awaited) { return }
            try await answer(line)
        }
        throw Peer.Gone(left: "the server waits for \(awaited)")
    }

    /// Answers what it is asked until the relay leaves.
    func serveToTheEnd() async throws {
        while let line = try await server.lineOrEnd() {
            heard.append(line)
            try await answer(line)
        }
    }

    private func answer(_ line: String) async throws {
        switch line.prefix(4) {
        case "CAPA": try await server.send("+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.\r\n")
        case "UIDL": try await server.send("+OK 1 \(name)\r\n")
        case "TOP ": try await server.send("+OK\r\n\(message.header).\r\n")
        case "RETR": try await server.send("+OK\r\n\(message.wire)")
        default: try await server.send("+OK \(line.prefix(4))\r\n")
        }
    }

    var isDeleted: Bool { heard.contains("DELE 1") }

    // MARK: What became of it

    func lines(_ event: String) throws -> [AuditLine] {
        try venue.sessions.lines(ofClient: port).filter { $0.event == event }
    }

    func closing() async throws -> AuditLine {
        try await eventually("session_closed: \(cell)") {
            let isAlive = venue.relay.isAlive
            if let closed = try lines("session_closed").first { return closed }
            guard isAlive else { throw EndsTests.Died() }
            return nil
        }
    }

    /// All that the client has got since it asked; without the lines that let it wait.
    func told() async throws -> (text: String, hasWaited: Bool) {
        // One that is closed can't be opened.
        try? await client.open()
        do { got += try await client.restOrAlert() } catch is CancellationError { throw CancellationError() } catch {
            // One that has closed its own end gets nothing.
        }
        let text = String(decoding: got, as: UTF8.self)
        let parts = text.components(separatedBy: HeldText.wait)
        return (parts.joined(), parts.count > 1)
    }

    /// What the client must get of the message.
    var due: String { message.due(for: cell.command) }

    /// Takes as little as there is.
    func takeSome() async throws {
        client.channel.read()
        got += try await client.anything()
    }

    /// Takes the reply, however much it is: nothing that comes behind it would come otherwise.
    private func takeReply() async throws {
        try? await client.open()
        guard cell.command != .dele else { return }
        while !got.isReply { got += try await client.anything() }
    }

    /// The message came to its end as if nothing had happened, and the session with it.
    func expectServed(verdict: String? = nil, reasons: [String] = ["quit"]) async throws {
        // What is known of its header alone is no answer: all of it is asked for.
        if cell.phase == .recalling, cell.isComing {
            try await serve(upTo: "RETR")
            try await answer("RETR")
        }
        try await takeReply()
        try await serveToTheEnd()
        let (text, _) = try await told()
        let word = verdict ?? (message.kind == .kept ? "quarantined" : "passed")
        if cell.command != .dele {
            try expectMessage(text, word)
            try expectVerdict([word])
        }
        // Whoever leaves may be gone before it has asked.
        if reasons == ["quit"] {
            #expect(isDeleted, "\(cell): \(heard)")
            #expect(text.hasSuffix("+OK QUIT\r\n"), "\(cell): \(text.suffix(200).debugDescription)")
        }
        let closed = try await closing()
        expectReason(closed, reasons)
        if word == "quarantined" { #expect(try venue.keeps(name), "\(cell)") }
    }

    /// The message must wait: the client is told so, in place of the message or of a part of it, and may not delete it.
    ///
    /// - Parameter words: what the audit log gives as the cause
    func expectPostponed(because words: String? = nil) async throws {
        try await takeReply()
        try await serveToTheEnd()
        var (text, hasWaited) = try await told()
        #expect(!isDeleted, "\(cell): \(heard)")
        if hasWaited {
            let parts = text.components(separatedBy: "\r\n.\r\n")
            #expect(
                parts.count == 2 && text.hasPrefix("+OK\r\n") && !text.contains("the end"),
                "\(cell): \(text.debugDescription)"
            )
            text = "-ERR [SYS/TEMP]\r\n" + (parts.last ?? "")
        }
        // Whoever has a notice may delete it: the message stays.
        let deletion = hasWaited ? "+OK Message 1 stays on the server" : "-ERR [SYS/TEMP]"
        let expected = (cell.command == .dele ? [] : ["-ERR [SYS/TEMP]"]) + [deletion, "+OK"]
        let replies = text.components(separatedBy: "\r\n").dropLast()
        let areSo = replies.count == expected.count && zip(replies, expected).allSatisfy { $0.hasPrefix($1) }
        #expect(areSo, "\(cell): \(text.debugDescription)")
        expectReason(try await closing(), ["quit"])
        guard cell.command != .dele else { return }
        try expectVerdict(["postponed"])
        let failure = try lines("message").last?["failure"]?.text ?? ""
        #expect(words.map(failure.contains) ?? !failure.isEmpty, "\(cell): \(failure)")
    }

    /// The session was cut: the client has no whole message, and nothing is deleted.
    ///
    /// - Parameters:
    ///   - isTold: the relay can say why, where that can't be taken for a part of the message
    ///   - isTaken: the client takes what comes, without which the relay need not go on
    func expectCut(isTold: Bool = true, isTaken: Bool = false) async throws {
        if isTaken { _ = try await told() }
        try await serveToTheEnd()
        let (text, hasWaited) = try await told()
        #expect(!isDeleted && !text.contains("\r\n.\r\n"), "\(cell): \(heard), \(text.suffix(200).debugDescription)")
        let isBegun = hasWaited || cell.phase == .releasing
        let isRight = isBegun ? text.hasPrefix("+OK\r\n") : text.hasPrefix("-ERR [SYS/TEMP]") == isTold
        #expect(isRight, "\(cell): \(text.prefix(200).debugDescription)")
    }

    private func expectMessage(_ text: String, _ word: String) throws {
        if word == "passed" {
            let isDue = text.hasPrefix("+OK\r\n" + due)
            #expect(isDue, "\(cell): \(text.prefix(200).debugDescription) (\(text.utf8.count) octets)")
        } else {
            let isNotice = text.hasPrefix("+OK\r\n") && text.contains("\r\n.\r\n") && !text.contains("the end")
            #expect(isNotice, "\(cell): \(text.prefix(200).debugDescription)")
        }
    }

    func expectVerdict(_ words: [String]) throws {
        let line = try lines("message").last
        #expect(line?["verdict"]?.text.map(words.contains) == true, "\(cell): \(line?.description ?? "no line")")
    }

    func expectReason(_ closed: AuditLine, _ reasons: [String]) {
        let reason = closed["reason"]?.text ?? ""
        let isRight = reasons.contains { reason == $0 || reason.hasPrefix($0 + ":") }
        #expect(isRight, "\(cell): \(closed)")
    }

    /// Without the message, or the notice and the message in the quarantine, the client has deleted nothing.
    func expectNothingLost(_ text: String) throws {
        guard isDeleted, cell.command != .dele else { return }
        let hasGot = try text.contains(due) || (text.contains("\r\n.\r\n") && venue.keeps(name))
        #expect(hasGot, "\(cell): a message is deleted that nobody has: \(text.prefix(200).debugDescription)")
    }
}

/// A message as it goes over the wire.
struct HeldText: Sendable {
    enum Kind: Sendable {
        case small
        /// Too large for memory.
        case large
        /// Too large for all buffers.
        case huge
        case scanned
        case kept

        /// Those that such a relay looks at.
        static func all(_ kind: HeldVenue.Kind) -> [Kind] {
            [.small, .large, .scanned] + (kind.hasQuarantine ? [.kept] : [])
        }

        init(_ phase: HeldPhase) {
            switch phase {
            case .recalling, .memory, .waiting: self = .small
            case .file, .deciding: self = .large
            case .releasing: self = .huge
            case .scanning: self = .scanned
            case .keeping: self = .kept
            }
        }
    }

    static let wait = "X-Popsieve-Wait: the rules look at this message\r\n"

    let kind: Kind
    let header: String
    private let body: [String]

    init(_ kind: Kind, name: String) {
        self.kind = kind
        let subject: String
        let count: Int
        switch kind {
        case .small: (subject, count) = ("plain", 40)
        case .large: (subject, count) = ("plain", 8_000)
        case .huge: (subject, count) = ("plain", 50_000)
        case .scanned: (subject, count) = ("scan", 40)
        // Larger than what a disk of pages takes or leaves at once.
        case .kept: (subject, count) = ("keep", 200)
        }
        header = "X-Name: \(name)\r\nSubject: \(subject)\r\n\r\n"
        let line = String(repeating: "0123456789", count: 8) + "\r\n"
        body = Array(repeating: line, count: count) + ["the end\r\n", ".\r\n"]
    }

    var wire: String { header + body.joined() }

    /// What comes of it before the end, and what is left then.
    func first(in phase: HeldPhase) -> String { header + body.prefix(share(phase)).joined() }
    func rest(in phase: HeldPhase) -> String { body.dropFirst(share(phase)).joined() }

    /// A quarter is never too large for memory.
    private func share(_ phase: HeldPhase) -> Int { body.count * (phase == .file ? 3 : 1) / 4 }

    func due(for command: HeldCommand) -> String {
        command == .top ? header + body.prefix(3).joined() + ".\r\n" : wire
    }
}

extension Data {
    /// Whether one line, or a reply of many lines, is complete; its end is at the end of what has come.
    fileprivate var isReply: Bool {
        let end = Data("\r\n".utf8)
        return starts(with: Data("-ERR".utf8))
            ? range(of: end) != nil : suffix(200).range(of: end + Data(".".utf8) + end) != nil
    }

    fileprivate func count(of text: String) -> Int {
        String(decoding: self, as: UTF8.self).components(separatedBy: text).count - 1
    }
}
