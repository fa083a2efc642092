// Handshakes beside transfers: who comes first where a loop has much to do.
// Must not ask how long anything takes.

import Dispatch
import NIOCore
import Testing

@testable import Transport

@Suite("Many handshakes at once", .timeLimit(.minutes(2)))
struct HandshakeTurnTests {
    /// Notes how many connections have said something when it is sent something.
    private final class Witness: Connection.Owner {
        private let others: [Connection]
        private(set) var answers = 0
        let seen = Recorder()

        init(_ others: [Connection]) { self.others = others }

        func happened(_ event: Connection.Event) {
            if case .received = event { answers = others.count { Self.hasSpoken($0) } }
            seen.happened(event)
        }

        /// The kernel counts the beginning of a connection as one octet.
        static func hasSpoken(_ connection: Connection) -> Bool {
            guard let queue = connection.kernelQueue else { return true }
            return queue.unacknowledged > 0 || queue.acknowledged > 1
        }
    }

    /// An office that opens its mail programs at once held up everybody's mail.
    @Test("wait for what is ready without one, whenever it came; then each comes to its end")
    func transfersFirst() async throws {
        try await Lab.open { lab, port, _ in
            let plain = try await lab.pair(port)
            var pairs: [Pair] = []
            for _ in 0..<8 { pairs.append(try await lab.pair(port)) }
            let made = pairs
            let witness = try await plain.accepted.on { connection in
                let others = made.map(\.accepted.connection.value)
                for other in others { other.secure(with: try Certificate.server()) }
                #expect(others.allSatisfy { !Witness.hasSpoken($0) })
                let witness = Witness(others)
                connection.owner = witness
                return NIOLoopBound(witness, eventLoop: connection.loop)
            }
            // All of it is there before the loop looks.
            let (isHeld, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            lab.loop(.accepted).execute {
                isHeld.signal()
                goesOn.wait()
            }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    isHeld.wait()
                    continuation.resume()
                }
            }
            for pair in pairs { try await pair.dialled.on { $0.secure(with: try Certificate.client()) } }
            try await plain.dialled.send(Array("RETR 1\r\n".utf8))
            goesOn.signal()
            try await eventually("the command") { try await plain.accepted.on { _ in witness.value.seen.text } != "" }
            #expect(try await plain.accepted.on { _ in witness.value.answers } == 0)
            for pair in pairs {
                try await pair.accepted.seen.waits(for: "the handshake") { $0.events == ["secured TLSv1.3"] }
            }
        }
    }

    @Test("one that has ended before its turn has none", arguments: [true, false])
    func ended(isReset: Bool) async throws {
        try await Lab.open { lab, port, _ in
            for _ in 0..<4 {
                let pair = try await lab.pair(port)
                try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
                try await pair.dialled.on { connection in
                    connection.secure(with: try Certificate.client())
                    if isReset { connection.abort() }
                }
                try await pair.accepted.on { if !isReset { $0.abort() } }
                #expect(try await pair.accepted.seen.ended().last == "closed")
            }
        }
    }
}
