// Plain text where TLS begins: what stands behind the last plain line, or in the middle of a handshake, is nobody's words.
// Must not test what a session makes of it: see the end-to-end tests of STLS.

import CallFaults
import NIOCore
import Synchronization
import TLS
import Testing

@testable import Transport

@Suite("Plain text where TLS begins", .timeLimit(.minutes(2)))
struct InjectionTests {
    /// Where the octets of an attacker stand.
    enum Place: CaseIterable {
        /// Behind the line that begins TLS, in one piece with it.
        case withLine
        /// Behind it, in a piece of its own, that is there before TLS has begun.
        case behindLine
        case beforeHello
        /// In one piece with the client's first flight.
        case withHello
        case behindHello
        /// In one piece with the client's last flight.
        case withFinished
    }

    fileprivate static let injected = Array("DELE 1\r\n".utf8)

    /// A server that begins TLS at a line, and keeps what it hears behind it.
    private final class Server: Connection.Owner {
        private let connection: Connection
        private let seen: Recorder
        private var isSecured = false

        init(_ connection: Connection, _ seen: Recorder) {
            self.connection = connection
            self.seen = seen
        }

        func happened(_ event: Connection.Event) {
            guard case .received(let octets) = event, !isSecured else { return seen.happened(event) }
            // What came in one piece with the line is the owner's to judge: it may close, and gets nothing of it in TLS.
            guard octets.readableBytesView.starts(with: "STLS\r\n".utf8) else { return seen.happened(event) }
            isSecured = true
            connection.write(ByteBuffer(string: "+OK\r\n"))
            if let engine = try? Certificate.server() { connection.secure(with: engine) }
        }
    }

    /// A client whose flights are the test's to send.
    private final class Attacker: Connection.Owner {
        private let connection: Connection
        private let engine: TLSConnection
        private let place: Place
        private var isFinished = false

        init(_ connection: Connection, _ place: Place) throws {
            self.connection = connection
            self.place = place
            engine = try Certificate.client()
        }

        func begin() {
            let isEarly = place == .withLine || place == .behindLine
            send("STLS\r\n", isEarly ? injected : ByteBuffer())
        }

        /// The server has begun.
        private func hello() {
            var nothing = ByteBuffer()
            _ = engine.handshake(&nothing)
            let hello = engine.takeOutput() ?? ByteBuffer()
            switch place {
            case .beforeHello:
                send(injected)
                send(hello)
            case .withHello: send(hello, injected)
            case .behindHello:
                send(hello)
                send(injected)
            default: send(hello)
            }
        }

        private var injected: ByteBuffer { ByteBuffer(bytes: InjectionTests.injected) }
        private func send(_ text: String, _ more: ByteBuffer = ByteBuffer()) { send(ByteBuffer(string: text), more) }

        private func send(_ octets: ByteBuffer, _ more: ByteBuffer = ByteBuffer()) {
            connection.write(octets)
            connection.write(more)
            connection.flush()
        }

        func happened(_ event: Connection.Event) {
            guard case .received(var octets) = event, !isFinished else { return }
            if octets.readableBytesView.starts(with: "+OK\r\n".utf8) {
                octets.moveReaderIndex(forwardBy: 5)
                hello()
            }
            guard engine.handshake(&octets) == .complete else { return }
            isFinished = true
            send(engine.takeOutput() ?? ByteBuffer(), place == .withFinished ? injected : ByteBuffer())
            _ = engine.write(ByteBuffer(string: "NOOP\r\n"))
            send(engine.takeOutput() ?? ByteBuffer())
        }
    }

    @Test("an octet that was not encrypted never comes out of TLS", arguments: Place.allCases)
    func injection(_ place: Place) async throws {
        try await Lab.open { lab, port, _ in
            let seen = Recorder()
            // The kernel has more than the line, which is read by itself.
            if place == .behindLine { try await lab.on(.accepted) { faults_cut(call_recv, 6, 0, false) } }
            lab.accepting { $0.owner = Server($0, seen) }
            let client = try await Dialled.to(port: port, on: lab.loop(.dialled)).get()
            try await client.on { connection in
                let attacker = try Attacker(connection, place)
                connection.owner = attacker
                attacker.begin()
            }
            if place == .withLine {
                // Dropped by its owner; what follows is in TLS.
                try await seen.waits(for: "the words") { $0.octets == Array("NOOP\r\n".utf8) }
                #expect(seen.events == ["secured TLSv1.3"])
            } else {
                let events = try await seen.ended()
                #expect(events.filter { $0.hasPrefix("failed: ") }.count == 1, "\(events)")
                #expect(events.contains { $0.hasPrefix("secured") } == (place == .withFinished))
                #expect(seen.octets.isEmpty)
            }
        }
    }
}
