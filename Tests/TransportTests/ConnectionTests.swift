// Connections without TLS: octets, pauses, backlogs, ends; nothing is told from within a call.
// Must not ask how long anything took.

import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Transport

@Suite("Connections", .timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test("octets arrive in order, however they are cut", arguments: [1, 2, 3, 7, 4_096, 70_000])
    func cuts(size: Int) async throws {
        try await Pair.connected { pair in
            let octets = (0..<(size < 10 ? 500 : 300_000)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for start in stride(from: 0, to: octets.count, by: size) {
                try await pair.dialled.send(octets[start..<min(start + size, octets.count)])
            }
            try await pair.accepted.seen.waits(for: "all of it") { $0.octets.count >= octets.count }
            #expect(pair.accepted.seen.octets == octets)
        }
    }

    @Test("many writes are one flush, and none is sent before it")
    func gathering() async throws {
        try await Pair.connected { pair in
            try await pair.dialled.on { connection in
                for number in 0..<50 { connection.write(ByteBuffer(string: "\(number),")) }
            }
            try await pair.dialled.send(Array("end".utf8))
            try await pair.accepted.seen.waits(for: "all of it") { $0.octets.suffix(3) == Array("end".utf8) }
            #expect(pair.accepted.seen.text == (0..<50).map { "\($0)," }.joined() + "end")
        }
    }

    @Test("who does not read slows the writer down, and gets all of it in the end")
    func backlog() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.read(false) }
            let chunk = [UInt8](repeating: 0x61, count: 65_536)
            var sent = 0
            while try await pair.dialled.on({ $0.isWritable }) {
                try await pair.dialled.send(chunk)
                sent += chunk.count
            }
            #expect(try await pair.dialled.on { $0.unsentOctets } > 0)
            try await pair.accepted.on { $0.read(true) }
            let total = sent
            try await pair.accepted.seen.waits(for: "all of it") { $0.octets.count == total }
            try await pair.dialled.seen.waits(for: "the news") { $0.events == ["writable"] }
            #expect(try await pair.dialled.on { $0.isWritable && $0.unsentOctets == 0 })
        }
    }

    /// Who saw between writing and flushing that it had to wait waited for ever: the kernel took all with the flush.
    @Test("more than the backlog that the kernel takes at once leaves it writable, and the owner is told")
    func backlogTakenAtOnce() async throws {
        try await Pair.connected { pair in
            let isWritable = try await pair.dialled.on { connection in
                connection.backlog = 100
                connection.write(ByteBuffer(repeating: 0x61, count: 1_000))
                let before = connection.isWritable
                connection.flush()
                return (before, connection.isWritable)
            }
            #expect(isWritable == (false, true))
            try await pair.dialled.seen.waits(for: "the news") { $0.events == ["writable"] }
        }
    }

    @Test("what is written before the end arrives before it")
    func closing() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.read(false) }
            try await pair.dialled.on { connection in
                connection.write(ByteBuffer(repeating: 0x62, count: 8 << 20))
                connection.close()
                // Nothing is told from within a call, and nothing more is taken.
                connection.write(ByteBuffer(string: "x"))
            }
            try await pair.accepted.on { $0.read(true) }
            try await pair.accepted.seen.waits(for: "the end") { $0.events == ["input ended"] }
            #expect(pair.accepted.seen.octets.count == 8 << 20)
            #expect(
                try await pair.dialled.seen.ended() == ["writable", "closed"] || pair.dialled.seen.events == ["closed"]
            )
        }
    }

    @Test("an end that is asked for is told later, once")
    func aborting() async throws {
        try await Pair.connected { pair in
            let seen = pair.dialled.seen
            let within = try await pair.dialled.on { connection in
                connection.abort()
                connection.abort()
                connection.close()
                connection.flush()
                return seen.events
            }
            #expect(within.isEmpty)
            #expect(try await seen.ended() == ["closed"])
            try await pair.accepted.seen.waits(for: "the end") { $0.events == ["input ended"] }
            // It may go on, and finds out that nobody is there.
            for _ in 0..<3 { try? await pair.accepted.send(Array("x".utf8)) }
            let events = try await pair.accepted.seen.ended()
            #expect(events.count == 3 && events[1].hasPrefix("failed: "), "\(events)")
            #expect(seen.events == ["closed"])
        }
    }

    @Test("a peer that has gone is noticed while nothing is read, and what it said is not lost")
    func resetWhilePaused() async throws {
        try await Pair.connected { pair in
            for end in [pair.accepted, pair.dialled] { try await end.on { $0.read(false) } }
            // What it has not read makes the kernel reset the connection when it closes.
            try await pair.accepted.send(Array("unread".utf8))
            try await pair.dialled.send(Array("last words".utf8))
            try await pair.dialled.on { $0.abort() }
            let events = try await pair.accepted.seen.ended()
            #expect(events.last == "closed" && pair.accepted.seen.text == "last words", "\(events)")
        }
    }

    /// The kernel reset the connection instead: an error's reply was lost where the client had sent more.
    @Test("last words are heard by a peer that has said what nobody has read", arguments: [10, 50_000])
    func lastWords(unread count: Int) async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.read(false) }
            try await pair.dialled.send([UInt8](repeating: 0x61, count: count))
            try await eventually("all of it") {
                try await pair.dialled.on { $0.kernelQueue?.unacknowledged == 0 && $0.unsentOctets == 0 }
            }
            try await eventually("the news of it") { try await pair.accepted.on { $0.hasInput } }
            try await pair.accepted.on { connection in
                connection.write(ByteBuffer(string: "-ERR no more\r\n"))
                connection.close()
            }
            #expect(try await pair.dialled.seen.ended().filter { $0 != "writable" } == ["closed"])
            #expect(pair.dialled.seen.text == "-ERR no more\r\n")
        }
    }

    @Test("an owner may end its connection in every event", arguments: ["received", "ended"])
    func endingWithin(_ event: String) async throws {
        try await Pair.connected { pair in
            let calls = Calls()
            try await pair.accepted.on { connection in
                connection.owner = Ending(connection, at: event, calls)
            }
            try await pair.dialled.send(Array("one".utf8))
            if event == "ended" { try await pair.dialled.on { $0.close() } }
            try await eventually("the end") { calls.all.last == "closed" }
            #expect(calls.all == (event == "received" ? ["received", "closed"] : ["received", "ended", "closed"]))
        }
    }

    final class Calls: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ call: String) { list.withLock { $0.append(call) } }
    }

    private final class Ending: Connection.Owner {
        private let connection: Connection
        private let event: String
        private let calls: Calls

        init(_ connection: Connection, at event: String, _ calls: Calls) {
            self.connection = connection
            self.event = event
            self.calls = calls
        }

        func happened(_ event: Connection.Event) {
            let name =
                switch event {
                case .received: "received"
                case .inputEnded: "ended"
                case .closed: "closed"
                default: "other"
                }
            calls.add(name)
            if name == self.event { connection.abort() }
        }
    }
}
