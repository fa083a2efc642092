// A client and a server with the relay between them, both played step by step.
// Must not judge the end: it brings a session to a phase, ends it, or brings it to a good end.

import Foundation
import NIOCore
import Testing

/// One session, both of whose ends a test holds.
final class Meeting {
    let cell: Cell
    let client: Peer
    /// Nil in a handshake with the client: the server is dialled behind it.
    let server: Peer?
    /// The client's, by which the audit log tells its session.
    let port: Int
    private let venue: Venue

    private init(_ cell: Cell, _ venue: Venue, client: Peer, server: Peer?) {
        port = client.localPort
        self.cell = cell
        self.venue = venue
        self.client = client
        self.server = server
    }

    static func held<Result>(
        in venue: Venue,
        for cell: Cell,
        _ body: (Meeting) async throws -> Result
    ) async throws -> Result {
        let clientTransport = cell.side == .client ? cell.transport : .none
        if cell.side == .client, cell.phase == .handshake {
            let connection = try await Connection.made(to: venue.address(clientTransport))
            defer { connection.close() }
            return try await body(Meeting(cell, venue, client: connection.peer(), server: nil))
        }
        let (client, server) = try await venue.meet(over: clientTransport)
        defer {
            client.close()
            server.close()
        }
        return try await body(Meeting(cell, venue, client: client.peer(), server: server.peer()))
    }

    private var clientTransport: Transport { cell.side == .client ? cell.transport : .none }

    // MARK: To the phase

    func advance() async throws {
        switch cell.phase {
        case .accepting where cell.side == .client:
            try await openServer(greets: true)
            #expect(try await client.line() == "+OK scripted")
            return
        case .accepting: return try await server?.open() ?? ()
        case .handshake: return try await beginHandshake()
        case .stls where cell.side == .client:
            try await openServer(greets: true)
            #expect(try await client.line() == "+OK scripted")
            #expect(try await client.command("STLS").hasPrefix("+OK"))
            return try await beginHandshake()
        case .stls: return try await answerSTLS { try await self.beginHandshake() }
        case .greeting: return try await openServer(greets: false)
        case .announcing:
            try await openServer(greets: true)
            let announced = try await server?.line() ?? ""
            #expect(announced.hasPrefix("XCLIENT ADDR=127.0.0.1 PORT=\(port) SESSION="), "\(announced)")
            return
        case .login, .sasl, .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion,
            .farewell:
            break
        }
        try await openBoth()
        if cell.phase != .login, cell.phase != .sasl {
            try await exchange("USER anna", "+OK\r\n")
            try await exchange("PASS \(Account.anna.password)", "+OK\r\n")
        }
        if let request = cell.request { try await exchange(request, cell.begun, shown: cell.shown) }
        if cell.isOwed, let next = cell.next {
            try await client.send(next + "\r\n")
            for (asked, reply) in cell.asked {
                #expect(try await server?.line() == asked)
                try await server?.send(reply)
            }
        }
    }

    /// The half of a ClientHello, or one that nobody answers.
    private func beginHandshake() async throws {
        if cell.side == .client {
            // In the middle of a record nothing is an alert, nor garbage.
            guard cell.end != .alert, cell.end != .garbage else { return }
            try await client.sendBeneathTLS([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
        } else {
            try await server?.open()
            _ = try await server?.anything()
        }
    }

    /// The server's side, as far as it goes before a login.
    private func openServer(greets: Bool) async throws {
        switch venue.kind.upstream {
        case .none: try await server?.open()
        case .implicit:
            try await server?.startTLS(showing: venue.certificates.good)
            // Whoever ends it before that ends it in its handshake.
            if !greets { try await upstreamConnected() }
        case .starttls where greets:
            let pair = venue.certificates.good
            return try await answerSTLS { try await self.server?.startTLS(showing: pair, behind: "+OK\r\n") }
        case .starttls: return try await server?.open() ?? ()
        }
        if greets { try await server?.send(greeting) }
    }

    private var greeting: String { cell.phase == .announcing ? "+OK [XCLIENT] scripted\r\n" : "+OK scripted\r\n" }

    private func upstreamConnected() async throws {
        try await eventually("the relay is connected to its server") {
            try venue.sessions.lines(ofClient: port).contains { $0.event == "upstream_connected" }
        }
    }

    private func answerSTLS(_ start: () async throws -> Void) async throws {
        try await server?.open()
        try await server?.send(greeting)
        #expect(try await server?.line() == "STLS")
        if cell.phase == .stls { try await server?.send("+OK\r\n") }
        try await start()
    }

    private func openBoth() async throws {
        try await openServer(greets: true)
        #expect(try await client.line().hasPrefix("+OK"))
        if clientTransport == .starttls {
            #expect(try await client.command("STLS").hasPrefix("+OK"))
            try await client.startTLS(trusting: venue.certificates.authority)
        }
    }

    /// A line of the client, and as much of the reply as comes now.
    private func exchange(_ request: String, _ reply: String, shown: String? = nil) async throws {
        try await client.send(request + "\r\n")
        #expect(try await server?.line() == request)
        try await server?.send(reply)
        let shown = Data((shown ?? reply).utf8)
        #expect(try await client.octets(shown.count) == shown)
    }

    // MARK: Ends

    /// What the cell is about.
    func end() async throws {
        guard let peer = cell.side == .client ? client : server else { return }
        if cell.end == .silence { try await fallSilent() } else { try await Self.end(cell, peer) }
    }

    static func end(_ cell: Cell, _ peer: Peer) async throws {
        switch cell.end {
        case .close: try await peer.close()
        case .truncation: try await peer.closeBeneathTLS()
        case .halfClosure: try await peer.finish()
        case .reset: try await peer.reset()
        case .alert: try await peer.sendBeneathTLS([0x15, 3, 3, 0, 2, 2, 40])
        case .garbage:
            switch cell.phase {
            case .handshake, .stls: try await peer.sendBeneathTLS(Array("EHLO nobody\r\n".utf8))
            case .sasl: try await peer.send("\u{1}\r\n")
            default: try await peer.send(cell.side == .client ? "GET / HTTP/1.1\r\n" : "What?\r\n")
            }
        case .silence: return
        }
    }

    private func fallSilent() async throws {
        switch (cell.side, cell.phase) {
        // A client that takes nothing: more is sent than any buffer holds.
        case (.client, .list), (.client, .message):
            server?.post(String(repeating: String(repeating: "1 ", count: 500) + "\r\n", count: 16_000))
        // A server that has nothing to say may be silent.
        case (.upstream, .transaction):
            try await client.send("NOOP\r\n")
            #expect(try await server?.line() == "NOOP")
        default: break
        }
    }

    /// The server sends all that it owes, as long as it is asked for it; what the client must see of it.
    func payDebts() async throws -> String {
        guard cell.isOwed, let server else { return "" }
        for (asked, reply) in cell.debts {
            if let asked, try await server.lineOrEnd() != asked { break }
            server.post(reply)
        }
        return cell.due
    }

    /// A client that speaks before it has its reply makes the relay ask whether the server takes that.
    func answerProbe() async throws {
        guard let server, cell.end == .garbage, cell.isBehindLogin, cell.phase != .transaction, cell.phase != .farewell
        else { return }
        if try await server.lineOrEnd() == "CAPA" { server.post("-ERR\r\n") }
    }

    /// The exchange at hand comes to its end, as if nothing had happened.
    func complete() async throws {
        if cell.isOwed || cell.phase == .message {
            let due = Data(try await payDebts().utf8)
            let got = try await client.octets(due.count)
            #expect(got == due, "\(cell.testDescription): \(String(decoding: got, as: UTF8.self).debugDescription)")
        } else if let next = cell.next {
            try await client.send(next + "\r\n")
            #expect(try await server?.line() == next)
        }
    }
}

extension Cell {
    /// What the client asks in this phase.
    var request: String? {
        switch phase {
        case .login: side == .client ? "USER anna" : nil
        case .sasl: "AUTH LOGIN"
        case .list: "LIST"
        case .message, .header: "RETR 1"
        default: nil
        }
    }

    /// What the client sends next, where that is its turn, or has sent where the server owes the reply.
    var next: String? {
        switch phase {
        case .login: side == .client ? "PASS \(Account.anna.password)" : "USER anna"
        case .sasl: "YW5uYQ=="
        case .transaction: side == .client ? "NOOP" : nil
        case .question, .ownUIDL, .headerFirst: "RETR 1"
        case .deletion: "DELE 1"
        case .farewell: "QUIT"
        case .list, .message, .header, .accepting, .handshake, .stls, .greeting, .announcing: nil
        }
    }

    /// What the server hears then, and how much it answers.
    var asked: [(line: String, reply: String)] {
        switch phase {
        case .question: [("STAT", "")]
        case .ownUIDL: [("STAT", "+OK 1 100\r\n"), ("UIDL", "+OK\r\n1 ")]
        case .headerFirst, .deletion:
            [("STAT", "+OK 1 1000000\r\n"), ("LIST", "+OK\r\n1 1000000\r\n.\r\n"), ("TOP 1 0", Self.half)]
        default: next.map { [($0, "")] } ?? []
        }
    }

    private static let half = "+OK\r\nSubject: x\r\n"
    private static let whole = "+OK\r\nSubject: x\r\n\r\nbody\r\n.\r\n"

    /// What has come of the reply.
    var begun: String {
        switch phase {
        case .login: "+OK\r\n"
        case .sasl: "+ VXNlcm5hbWU6\r\n"
        case .list: "+OK\r\n1 100\r\n"
        case .message: "+OK\r\nSubject: x\r\n\r\nhalf\r\n"
        case .header: Self.half
        default: ""
        }
    }

    /// What the client sees of that.
    var shown: String { phase == .header ? "" : begun }

    /// What the server still owes, and when it is asked for it.
    var debts: [(asked: String?, reply: String)] {
        switch phase {
        case .greeting, .login: [(nil, "+OK\r\n")]
        case .announcing: [(nil, "+OK Updated\r\n")]
        case .sasl: [(nil, "-ERR no\r\n")]
        case .list: [(nil, "2 100\r\n.\r\n")]
        case .message: [(nil, "rest\r\n.\r\n")]
        case .header: [(nil, "\r\nbody\r\n.\r\n")]
        case .question: [(nil, "+OK 1 100\r\n"), ("LIST", "+OK\r\n1 100\r\n.\r\n"), ("RETR 1", Self.whole)]
        case .ownUIDL: [(nil, "a\r\n.\r\n"), ("RETR 1", Self.whole)]
        case .headerFirst: [(nil, "\r\n.\r\n"), ("RETR 1", Self.whole)]
        case .deletion: [(nil, "\r\n.\r\n"), ("DELE 1", "+OK\r\n")]
        case .farewell: [(nil, "+OK bye\r\n")]
        case .transaction, .accepting, .handshake, .stls: []
        }
    }

    /// What the client must see of all that.
    var due: String {
        switch phase {
        case .header: Self.whole
        // The offer was not for it; nor is a greeting in plain text believed behind STLS.
        case .announcing: side == .upstream && transport == .starttls ? "+OK Popsieve ready.\r\n" : "+OK scripted\r\n"
        default: debts.last?.reply ?? ""
        }
    }
}
