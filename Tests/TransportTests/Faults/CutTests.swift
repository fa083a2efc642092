// What is received in two parts, or sent in pieces: whoever speaks hears the same as where nothing is cut.
// Must not ask how long anything took.

import CallFaults
import NIOCore
import Testing

@testable import Transport

@Suite("Cuts of reads and writes", .timeLimit(.minutes(5)))
struct CutTests {
    /// One kind of cut, for one side.
    struct Cut: Equatable, CustomTestStringConvertible {
        let side: Lab.Side
        let call: faults_call
        /// The kernel takes no more before it says so.
        var waits = false
        let isSecured: Bool

        var testDescription: String {
            "\(call == call_recv ? "receiving" : "sending")\(waits ? ", waiting" : ""), \(side), \(isSecured ? "TLS" : "plain")"
        }

        static let all = [false, true].flatMap { isSecured in
            Lab.Side.allCases.flatMap { side in
                [
                    Cut(side: side, call: call_recv, isSecured: isSecured),
                    Cut(side: side, call: call_send, isSecured: isSecured),
                    Cut(side: side, call: call_send, waits: true, isSecured: isSecured),
                ]
            }
        }
    }

    /// What is heard where nothing is cut.
    private func uncut(
        _ lab: Lab,
        _ port: Int,
        _ cut: Cut
    ) async throws -> (transcript: [String: [String]], octets: Int) {
        let dialogue = Dialogue(isSecured: cut.isSecured)
        for side in Lab.Side.allCases { try await lab.on(side) { faults_begin() } }
        try await lab.hold(dialogue, port)
        return (dialogue.transcript, try await lab.on(cut.side) { faults_moved(cut.call) })
    }

    private func check(
        _ lab: Lab,
        _ port: Int,
        _ cut: Cut,
        at position: Int,
        piece: Int,
        like expected: [String: [String]]
    )
        async throws -> Int
    {
        let dialogue = Dialogue(isSecured: cut.isSecured)
        for side in Lab.Side.allCases { try await lab.on(side) { faults_begin() } }
        try await lab.on(cut.side) { faults_cut(cut.call, position, piece, cut.waits) }
        try await lab.hold(dialogue, port)
        #expect(dialogue.transcript == expected, "cut at \(position), in pieces of \(piece)")
        for side in Lab.Side.allCases { try await lab.checkLeft(side, "a cut at \(position)") }
        return try await Int(lab.on(cut.side) { faults_happened() })
    }

    /// A dialogue in TLS has some thousand octets and takes long: each seventh position, and others for each kind of cut.
    /// Pieces of one octet, below, end at each.
    @Test("a dialogue is the same, whichever octet is the last of a read or a write", arguments: Cut.all)
    func positions(_ cut: Cut) async throws {
        try await Lab.open { lab, port, _ in
            let (expected, count) = try await uncut(lab, port, cut)
            #expect(expected["server"]?.count ?? 0 >= 5 && expected["client"]?.count ?? 0 >= 5)
            var cuts = 0
            let step = cut.isSecured ? 7 : 1
            let first = 1 + (Cut.all.firstIndex(of: cut) ?? 0) % step
            for position in stride(from: first, to: count, by: step) {
                cuts += try await check(lab, port, cut, at: position, piece: 0, like: expected)
            }
            // All but those that lie where a write or a flight ends anyway.
            #expect(cuts >= count / step - 40, "\(cuts) of \(count)")
        }
    }

    @Test("a dialogue is the same in pieces of few octets", arguments: Cut.all, [1, 2, 3, 7, 100])
    func pieces(_ cut: Cut, _ size: Int) async throws {
        try await Lab.open { lab, port, _ in
            let (expected, count) = try await uncut(lab, port, cut)
            let cuts = try await check(lab, port, cut, at: -1, piece: size, like: expected)
            #expect(cuts > 0 || (size == 100 && !cut.isSecured && count < 1_000))
        }
    }

    /// More buffers than go out in one call, small and large, one empty.
    @Test("many buffers arrive in order, whichever octet is the last of a write", arguments: [false, true])
    func buffers(waits: Bool) async throws {
        let sizes = [1, 2, 0, 7, 30, 1, 1, 1, 40, 3, 1, 9, 1, 1, 1, 1, 1, 5, 12]
        let total = sizes.reduce(0, +)
        let octets = (0..<total).map { UInt8(truncatingIfNeeded: $0) }
        let cuts = (1..<total).map { (at: $0, piece: 0) } + [1, 2, 3, 5, 31].map { (at: -1, piece: $0) }
        try await Lab.open { lab, port, _ in
            let pair = try await lab.pair(port)
            for (number, cut) in cuts.enumerated() {
                // Positions count from the connection's beginning.
                let at = cut.at < 0 ? -1 : number * total + cut.at
                try await lab.on(.accepted) { faults_cut(call_send, at, cut.piece, waits) }
                try await pair.accepted.on { connection in
                    var start = 0
                    for size in sizes {
                        connection.write(ByteBuffer(bytes: octets[start..<start + size]))
                        start += size
                    }
                    connection.flush()
                }
                try await pair.dialled.seen.waits(for: "all of it") { $0.octets.count == (number + 1) * total }
            }
            let expected = (0..<cuts.count).flatMap { _ in octets }
            #expect(pair.dialled.seen.octets == expected)
            #expect(try await lab.on(.accepted) { faults_happened() } >= cuts.count)
            try await pair.abort()
        }
    }
}
