// Random messages made of everything that matters to framing, against a reference that sees the whole message at once.
// Must not share code with the relay.

import Filtering
import NIOCore
import POP3
import Testing

@testable import Relay

@Suite struct MessageReferenceTests {
    /// What a reply on the wire means, computed line by line.
    struct Reference {
        /// Octets of the reply with its last line.
        var length = 0
        /// The message, with bare CR and LF repaired.
        var message: [UInt8] = []
        /// Octets of the message before that.
        var octetsIn = 0

        init?(_ wire: [UInt8]) {
            var start = 0
            while let end = Self.lineEnd(wire, from: start) {
                let line = Array(wire[start..<end])
                length = end + 2
                if line == [0x2E] { return }
                let content = line.first == 0x2E ? Array(line.dropFirst()) : line
                octetsIn += content.count + 2
                let parts = content.split(omittingEmptySubsequences: false) { $0 == 0x0D || $0 == 0x0A }
                for part in parts {
                    message += part + [0x0D, 0x0A]
                }
                start = end + 2
            }
            return nil
        }

        private static func lineEnd(_ wire: [UInt8], from start: Int) -> Int? {
            guard wire.count >= 2 else { return nil }
            return (start..<wire.count - 1).first { wire[$0] == 0x0D && wire[$0 + 1] == 0x0A }
        }
    }

    /// A generator that gives the same numbers each time (SplitMix64).
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }

    static let pieces: [[UInt8]] = [
        [0x2E], [0x2E], [0x0D], [0x0A], [0x0D, 0x0A], [0x0D, 0x0A], [0x61], [0x3A], [0x00], [0xFF],
        Array("A: b\r\n".utf8),
        Array(repeating: 0x78, count: 40),
    ]

    static func cut(_ wire: [UInt8], _ dice: inout Dice) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var rest = wire[...]
        let largest = [1, 3, 20, 1000].randomElement(using: &dice) ?? 1
        while !rest.isEmpty {
            chunks.append(Array(rest.prefix(Int.random(in: 1...largest, using: &dice))))
            rest = rest.dropFirst(chunks.last?.count ?? 0)
        }
        return chunks
    }

    @Test(arguments: 0..<16) func whatTheClientGetsIsWhatTheMessageMeans(_ seed: Int) throws {
        var dice = Dice(state: UInt64(seed))
        for _ in 0..<400 {
            let count = Int.random(in: 0...24, using: &dice)
            let content = (0..<count).flatMap { _ in Self.pieces.randomElement(using: &dice) ?? [] }
            let wire = content + Array("\r\n.\r\n+OK next\r\n".utf8)
            guard let reference = Reference(wire) else { continue }
            for rules in [nil, MessageDeliveryTests.idle] {
                let delivered = try MessageDeliveryTests.deliver(Self.cut(wire, &dice), limit: 100_000, rules: rules)
                let status = Array("+OK\r\n".utf8)
                #expect(delivered.octets.starts(with: status))
                // A client that reads it must find no bare CR or LF, the same message, and the end where the end is.
                let reply = Array(delivered.octets.dropFirst(status.count))
                let read = Reference(reply)
                #expect(read?.message == reference.message, "\(wire)")
                #expect(read?.octetsIn == reference.message.count, "\(wire)")
                #expect(read?.length == reply.count, "\(wire)")
                #expect(delivered.octetsIn == reference.octetsIn, "\(wire)")
                #expect(delivered.octetsOut == reference.message.count, "\(wire)")
                #expect(delivered.consumed == reference.length, "\(wire)")
            }
        }
    }

    @Test(arguments: 0..<4) func nothingOfARejectedMessageLeaksHoweverItIsCut(_ seed: Int) throws {
        var dice = Dice(state: UInt64(seed))
        for _ in 0..<400 {
            let count = Int.random(in: 0...24, using: &dice)
            let content = (0..<count).flatMap { _ in Self.pieces.randomElement(using: &dice) ?? [] }
            let wire = content + Array("\r\n.\r\n+OK next\r\n".utf8)
            let delivered = try MessageDeliveryTests.deliver(
                Self.cut(wire, &dice),
                limit: 100_000,
                rules: "require \"reject\"; reject \"no\";"
            )
            #expect(delivered.octets == [] && delivered.isWithheld, "\(wire)")
            #expect(delivered.consumed == Reference(wire)?.length, "\(wire)")
        }
    }
}
