// Peers that go, in order or not, behind every octet: what they said is heard, and the end is told once, as it was.
// Must not test what the owner's own end looks like: see ConnectionTests.

import CallFaults
import Glibc
import NIOCore
import TLS
import Testing

@testable import Transport

@Suite("Ends of peers at every octet", .timeLimit(.minutes(5)))
struct PeerEndTests {
    enum End: String, CaseIterable {
        /// All that was said arrives, then FIN.
        case close
        /// FIN, and it still listens.
        case halfClose
        /// RST: the kernel forgets what it has not handed out yet.
        case reset
    }

    private static let words = Array("USER anna\r\nPASS secret\r\n".utf8)

    private func finish(_ peer: TransportTests.End, _ end: End) async throws {
        try await peer.on { connection in
            switch end {
            case .close: connection.close()
            case .halfClose: _ = shutdown(connection.socket.descriptor, CInt(SHUT_WR))
            case .reset:
                connection.resetsWhenClosed()
                connection.abort()
            }
        }
    }

    @Test("plain text", arguments: End.allCases, Lab.Side.allCases)
    func plain(_ end: End, _ side: Lab.Side) async throws {
        try await Lab.open { lab, port, _ in
            for position in 0...Self.words.count {
                let pair = try await lab.pair(port)
                let (own, peer) = pair.end(side)
                let said = Self.words.prefix(position)
                try await peer.send(said)
                try await finish(peer, end)
                if side == .accepted, end != .reset {
                    try await own.seen.waits(for: "the end of input") { $0.events == ["input ended"] }
                    try await own.on { $0.close() }
                }
                let events = try await own.seen.ended()
                let reset = ["failed: \(IOError(errnoCode: ECONNRESET, reason: "recv"))", "closed"]
                let inOrder = side == .accepted ? ["input ended", "closed"] : ["closed"]
                #expect(events == (end == .reset ? reset : inOrder), "behind \(position)")
                #expect(own.seen.octets == Array(said) || (end == .reset && said.starts(with: own.seen.octets)))
                try await pair.abort()
                for side in Lab.Side.allCases { try await lab.checkLeft(side, "the end behind \(position)") }
            }
        }
    }

    /// What a client sends is cut off behind each octet of handshake, records and farewell. No part of a record is heard.
    @Test("in TLS", arguments: [End.close, .reset])
    func secured(_ end: End) async throws {
        let endings = [["failed", "closed"], ["secured", "failed", "closed"]]
        try await Lab.open { lab, port, _ in
            var position = 0
            while try await !speak(lab, port, until: position, end, or: endings) { position += 1 }
            #expect(position > 300)
        }
    }

    /// - Returns: whether nothing was cut off
    private func speak(
        _ lab: Lab,
        _ port: Int,
        until position: Int,
        _ end: End,
        or endings: [[String]]
    ) async throws
        -> Bool
    {
        try await lab.on(.dialled) { faults_begin() }
        let pair = try await lab.pair(port)
        try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
        if end == .reset { try await pair.dialled.on { $0.resetsWhenClosed() } }
        try await lab.on(.dialled) { faults_fail_at(position, EPIPE) }
        try await pair.dialled.on { connection in
            connection.owner = Speaker(connection)
            connection.secure(with: try Certificate.client(resumes: false))
        }
        try await pair.accepted.seen.waits(for: "the end") { seen in
            ["closed", "input ended"].contains(seen.events.last)
        }
        try await pair.accepted.on { $0.close() }
        let events = try await pair.accepted.seen.ended()
            .map { $0.hasPrefix("failed") ? "failed" : $0.hasPrefix("secured") ? "secured" : $0 }
        let isWhole = try await lab.on(.dialled) { faults_happened() } == 0
        let whole = [["secured", "input ended", "closed"], ["secured", "input ended", "failed", "closed"]]
        // What it does not wait for, such as tickets, may come back as a reset, also behind an end in order.
        let expected = !isWhole ? endings : end == .close ? whole : endings + whole
        #expect(expected.contains(events), "behind \(position): \(events)")
        #expect([[], Array(Speaker.first.utf8), Self.words].contains(pair.accepted.seen.octets), "behind \(position)")
        for side in Lab.Side.allCases { try await lab.checkLeft(side, "the end behind \(position)") }
        return isWhole
    }

    /// A client that says two things and ends.
    private final class Speaker: Connection.Owner {
        static let first = "USER anna\r\n"
        private let connection: Connection

        init(_ connection: Connection) { self.connection = connection }

        func happened(_ event: Connection.Event) {
            guard case .secured = event else { return }
            for words in [Self.first, "PASS secret\r\n"] {
                connection.write(ByteBuffer(string: words))
                connection.flush()
            }
            connection.close()
        }
    }
}

extension Connection {
    /// Its peer gets a reset instead of an end in order.
    fileprivate func resetsWhenClosed() {
        var now = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
}
