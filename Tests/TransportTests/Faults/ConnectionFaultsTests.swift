// Calls of a connection that fail: in each phase its owner is told once, or nothing where it goes on.
// Must not test what peers do: see PeerEndTests.

import CallFaults
import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Faults of a connection's calls", .timeLimit(.minutes(5)))
struct ConnectionFaultsTests {
    /// What a connection is at when a call fails.
    enum Phase: String, CaseIterable {
        case open
        case handshaking
        case secured
        /// The peer has said all.
        case halfClosed
        /// The owner has said all, and it is not sent.
        case closing
        /// The owner says its last with the call that ends it.
        case ending
    }

    struct Case: CustomTestStringConvertible {
        let phase: Phase
        let side: Lab.Side
        let call: faults_call
        let error: CInt
        var name: String { call == call_recv ? "recv" : call == call_send ? "send" : "writev" }
        var testDescription: String { "\(phase), \(side), \(name), \(error)" }

        /// A call that is only to be repeated, now or later.
        var isPassing: Bool { [EINTR, EAGAIN].contains(error) }

        /// What the owner has been told in the end.
        var told: [String] {
            let reason = call == call_recv ? "recv" : "send"
            let failed = isPassing ? [] : ["failed: \(IOError(errnoCode: error, reason: reason))"]
            return switch phase {
            case .open: failed + ["closed"]
            // A client's last word ends the handshake.
            case .handshaking where !isPassing && (side == .accepted || call == call_recv): failed + ["closed"]
            case .handshaking, .secured: ["secured TLSv1.3"] + failed + ["closed"]
            case .halfClosed: ["input ended"] + failed + ["closed"]
            // Who has closed wants to hear of nothing else.
            case .closing, .ending: ["closed"]
            }
        }

        private static let errors = [
            EAGAIN, EINTR, ECONNRESET, ETIMEDOUT, EPIPE, ENOBUFS, ENOMEM, EHOSTUNREACH, ENETDOWN,
        ]

        static let all = Phase.allCases.flatMap { phase in
            Lab.Side.allCases.flatMap { side in
                [call_recv, call_send, call_writev].flatMap { call in
                    errors.map { Case(phase: phase, side: side, call: call, error: $0) }
                }
            }
        }.filter { $0.isPossible }

        private var isPossible: Bool {
            switch phase {
            case .open: true
            // Records go out in one piece.
            case .handshaking, .secured: call != call_writev
            // Only an accepted connection outlives its peer's last word, and who closes does not read.
            case .halfClosed: side == .accepted && call != call_recv
            case .closing, .ending: call == call_send
            }
        }
    }

    private static let large = 8 << 20

    private func reach(_ phase: Phase, _ pair: Pair, own: End, peer: End) async throws {
        switch phase {
        case .open, .ending: break
        case .handshaking:
            // What comes before its own handshake begins is not to be read.
            try await peer.on { $0.read(false) }
            try await own.secures()
        case .secured:
            for end in [pair.accepted, pair.dialled] { try await end.secures() }
            for end in [own, peer] { try await end.seen.waits(for: "the handshake") { !$0.events.isEmpty } }
        case .halfClosed:
            try await peer.on { _ = shutdown($0.socket.descriptor, CInt(SHUT_WR)) }
            try await own.seen.waits(for: "the end of input") { $0.events == ["input ended"] }
        case .closing:
            try await peer.on { $0.read(false) }
            try await own.on { connection in
                connection.backlog = .max
                connection.write(ByteBuffer(repeating: 0x61, count: Self.large))
                connection.close()
            }
        }
    }

    /// Makes the connection call what is to fail.
    private func provoke(_ test: Case, own: End, peer: End) async throws {
        switch (test.phase, test.call) {
        case (.handshaking, _): try await peer.secures()
        case (.closing, _): try await peer.on { $0.read(true) }
        case (.ending, _):
            try await own.on { connection in
                connection.write(ByteBuffer(string: "ping"))
                connection.close()
            }
        case (_, call_recv): try await peer.send(Array("ping".utf8))
        case (_, call_send): try await own.send(Array("ping".utf8))
        default:
            try await own.on { connection in
                for letter in ["p", "i", "n", "g"] { connection.write(ByteBuffer(string: letter)) }
                connection.flush()
            }
        }
    }

    /// It goes on as if nothing had been.
    private func goesOn(_ test: Case, own: End, peer: End) async throws {
        switch (test.phase, test.call) {
        case (.handshaking, _):
            for end in [own, peer] { try await end.seen.waits(for: "the handshake") { !$0.events.isEmpty } }
        case (.closing, _): try await peer.seen.waits(for: "all of it") { $0.octets.count == Self.large }
        case (_, call_recv): try await own.seen.waits(for: "the octets") { $0.octets == Array("ping".utf8) }
        default: try await peer.seen.waits(for: "the octets") { $0.octets == Array("ping".utf8) }
        }
        if test.phase != .closing, test.phase != .ending { try await own.on { $0.abort() } }
    }

    @Test("the owner is told once, nothing is left open, and the loop lives on", arguments: Case.all)
    func told(_ test: Case) async throws {
        try await Lab.open { lab, port, _ in
            let pair = try await lab.pair(port)
            let (own, peer) = pair.end(test.side)
            try await reach(test.phase, pair, own: own, peer: peer)
            try await lab.on(test.side) { faults_fail(test.call, test.error, 0, test.error == EINTR ? 3 : 1) }
            try await provoke(test, own: own, peer: peer)
            if test.isPassing { try await goesOn(test, own: own, peer: peer) }
            let events = try await own.seen.ended().filter { $0 != "writable" }
            #expect(events == test.told)
            #expect(try await lab.on(test.side) { faults_happened() } == (test.error == EINTR ? 3 : 1))
            try await peer.on { $0.abort() }
            for side in Lab.Side.allCases { try await lab.checkLeft(side, "the case") }
            // Nothing comes behind the end, and whoever comes next is served.
            #expect(own.seen.events.filter { $0 != "writable" } == events)
            let next = try await lab.pair(port)
            try await next.dialled.send(Array("next".utf8))
            try await next.accepted.seen.waits(for: "the next") { $0.octets == Array("next".utf8) }
        }
    }

    /// A connection of which the kernel told nothing was taken for one that is well.
    @Test("what the kernel does not tell is not known", arguments: [call_ioctl, call_tcp_info])
    func kernelQueue(_ call: faults_call) async throws {
        try await Lab.open { lab, port, _ in
            let pair = try await lab.pair(port)
            #expect(try await pair.accepted.on { $0.kernelQueue?.isOpen } == true)
            try await lab.on(.accepted) { faults_fail(call, EPERM, 0, 1) }
            #expect(try await pair.accepted.on { $0.kernelQueue == nil })
            #expect(try await pair.accepted.on { $0.kernelQueue?.isOpen } == true)
            try await pair.abort()
        }
    }
}

extension End {
    func secures() async throws {
        try await on { connection in
            // Only an accepted one outlives its peer's last word.
            let isServer = connection.allowsHalfClosure
            connection.secure(with: try isServer ? Certificate.server() : Certificate.client())
        }
    }
}
