// What comes in one turn of a loop, and what is sent at its end.
// Must not ask how many turns there are.

import Dispatch
import NIOCore
import Testing

@testable import Transport

@Suite("Turns of a loop", .timeLimit(.minutes(2)))
struct TurnTests {
    /// Sends back what it was given, as it lies, at the end of the turn.
    private final class Echo: Connection.Owner, TurnEnder {
        private let connection: Connection
        private var held: [ByteBuffer] = []

        init(_ connection: Connection) { self.connection = connection }

        func happened(_ event: Connection.Event) {
            guard case .received(let octets) = event else { return }
            if held.isEmpty { connection.loop.atEndOfTurn(self) }
            held.append(octets)
        }

        func turnEnds() {
            for octets in held { connection.write(octets) }
            held = []
            connection.flush()
        }
    }

    @Test("what is read in one turn stays as it was read until its end, however many read", arguments: [2, 16, 17, 60])
    func reads(_ count: Int) async throws {
        let (servers, clients) = (try LoopGroup(count: 1), try LoopGroup(count: 1))
        let settings = Listener.Settings(pause: .seconds(1)) { $0.owner = Echo($0) }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 100, on: servers, settings)
        await listener.accept()
        let port = try #require(listener.localAddress?.port)
        var ends: [End] = []
        for _ in 0..<count { ends.append(try await Dialled.to(port: port, on: clients.loops[0]).get()) }
        for round in 1...3 {
            // All are ready when the loop looks.
            let gate = DispatchSemaphore(value: 0)
            servers.loops[0].execute { gate.wait() }
            for (number, end) in ends.enumerated() {
                try await end.send(repeatElement(UInt8(number), count: 3_000 + number))
            }
            gate.signal()
            for (number, end) in ends.enumerated() {
                let wanted = round * (3_000 + number)
                try await end.seen.waits(for: "what was sent") { $0.octets.count >= wanted }
                #expect(end.seen.octets == [UInt8](repeating: UInt8(number), count: wanted))
            }
        }
        await listener.close()
        try await clients.shutdownGracefully()
        try await servers.shutdownGracefully()
    }

    /// A client's next command came in the turn in which its message was written, and the message went out before its audit
    /// line did.
    @Test("what was not flushed stays, whatever else happens to the connection", arguments: [false, true])
    func unflushed(isSecured: Bool) async throws {
        try await Pair.connected { pair in
            if isSecured {
                try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
                try await pair.dialled.on { $0.secure(with: try Certificate.client()) }
                for end in [pair.accepted, pair.dialled] {
                    try await end.seen.waits(for: "TLS") { !$0.events.isEmpty }
                }
            }
            let octets = [UInt8](repeating: 7, count: 30_000)
            try await pair.accepted.on { $0.write(ByteBuffer(bytes: octets)) }
            try await pair.dialled.send(Array("NOOP\r\n".utf8))
            // What comes from there says that octets can be sent, too.
            try await pair.accepted.seen.waits(for: "the command") { $0.octets.count == 6 }
            try await pair.accepted.on { connection in
                connection.sendMore()
                #expect(connection.unsentOctets >= octets.count)
            }
            #expect(pair.dialled.seen.octets.isEmpty)
            try await pair.accepted.on { $0.flush() }
            try await pair.dialled.seen.waits(for: "what was written") { $0.octets == octets }
        }
    }

    /// Counts its turns, and asks for another one from within two of them.
    private final class Asker: TurnEnder {
        let loop: Loop
        var ends = 0

        init(_ loop: Loop) { self.loop = loop }

        func turnEnds() {
            ends += 1
            if ends < 3 { loop.atEndOfTurn(self) }
        }
    }

    @Test("who asks from within the end of a turn is called again, and no more often than asked")
    func again() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let asker = try await loop.submit {
            let asker = Asker(loop)
            loop.atEndOfTurn(asker)
            return NIOLoopBound(asker, eventLoop: loop)
        }.get()
        try await eventually("its turns") { try await loop.submit { asker.value.ends }.get() >= 3 }
        #expect(try await loop.submit { asker.value.ends }.get() == 3)
        try await group.shutdownGracefully()
    }
}
