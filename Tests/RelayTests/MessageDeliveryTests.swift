// Messages on their way, whole, glued to the next reply and cut at every octet, with and without rules.
// Must not use a connection.

import Filtering
import NIOCore
import POP3
import Testing

@testable import Relay

@Suite struct MessageDeliveryTests {
    /// What the client and the owner get.
    struct Delivered: Equatable {
        var octets: [UInt8] = []
        var hasEnded = false
        var isRejected = false
        var octetsIn = 0
        var octetsOut = 0
        /// Octets of the reply.
        var consumed = 0
    }

    /// - Parameter verdict: nil where there are no rules.
    static func deliver(_ chunks: [[UInt8]], limit: Int = 4096, verdict: (([UInt8]) -> Verdict)?) -> Delivered {
        let delivery = MessageDelivery(
            MessageRequest(command: .retr, number: 1),
            isJudged: verdict != nil,
            lineEndings: .normalise
        )
        var delivered = Delivered()
        if verdict == nil { delivered.octets += Array("+OK\r\n".utf8) }
        delivery.heldStatusLine = ByteBuffer(string: "+OK\r\n")
        for chunk in chunks where !delivered.hasEnded {
            let buffer = ByteBuffer(bytes: chunk)
            var offset = 0
            steps: while true {
                let step = delivery.next(in: buffer, at: &offset, limit: limit) { header in
                    (verdict?(header) ?? Verdict(), Duration.zero)
                }
                switch step {
                case .pass(let range): delivered.octets += chunk[range]
                case .send(let octets): delivered.octets += octets
                case .passStatusLine: delivered.octets += Array("+OK\r\n".utf8)
                case .reject(let reply):
                    delivered.octets += reply
                    delivered.isRejected = true
                case .ended(let end):
                    delivered.consumed += end
                    if delivery.passesOn { delivered.octets += Array(".\r\n".utf8) }
                    delivered.hasEnded = true
                    break steps
                case .needMore:
                    delivered.consumed += chunk.count
                    break steps
                }
            }
        }
        delivered.octetsIn = delivery.octetsIn
        delivered.octetsOut = delivery.octetsOut
        return delivered
    }

    /// Feeds the message in every way there is, and expects the same each time.
    static func check(
        _ wire: String,
        gives client: String,
        octetsIn: Int? = nil,
        octetsOut: Int? = nil,
        verdict: (([UInt8]) -> Verdict)?
    ) {
        let wire = Array(wire.utf8)
        let whole = deliver([wire], verdict: verdict)
        #expect(String(decoding: whole.octets, as: UTF8.self) == client)
        #expect(whole.hasEnded)
        if let octetsIn { #expect(whole.octetsIn == octetsIn) }
        if let octetsOut { #expect(whole.octetsOut == octetsOut) }
        #expect(deliver([wire + Array("+OK next\r\n".utf8)], verdict: verdict) == whole, "glued")
        #expect(deliver(wire.map { [$0] }, verdict: verdict) == whole, "one octet at a time")
        for cut in wire.indices {
            #expect(deliver([Array(wire[..<cut]), Array(wire[cut...])], verdict: verdict) == whole, "cut at \(cut)")
        }
    }

    static let messages = [
        "Subject: a\r\n\r\nbody\r\n.\r\n", "Subject: a\r\n\r\n.\r\n", "Subject: a\r\n.\r\n", "\r\nbody\r\n.\r\n",
        ".\r\n",
        "..\r\nA: b\r\n\r\nx\r\n.\r\n",
        "A: b\r\n\r\n..dots\r\n..\r\nend\r\n.\r\n", "..odd: header\r\n\r\nx\r\n.\r\n",
    ]

    @Test(arguments: messages) func unchangedWithoutRules(_ wire: String) {
        Self.check(wire, gives: "+OK\r\n" + wire, verdict: nil)
    }

    @Test(arguments: messages) func unchangedWhereRulesChangeNothing(_ wire: String) {
        Self.check(wire, gives: "+OK\r\n" + wire, verdict: { _ in Verdict() })
    }

    @Test func bareLineEndsAreRepairedInHeaderAndBody() {
        Self.check(
            "A: b\nC: d\n\nbody\n.\nend\r\n.\r\n",
            gives: "+OK\r\nA: b\r\nC: d\r\n\r\nbody\r\n..\r\nend\r\n.\r\n",
            octetsIn: 23,
            octetsOut: 28,
            verdict: { header in
                #expect(String(decoding: header, as: UTF8.self) == "A: b\r\nC: d\r\n\r\n")
                return Verdict()
            }
        )
    }

    @Test func anEditedHeaderLeavesTheBodyAlone() {
        Self.check(
            "Subject: a\r\n\r\n..b\r\n.\r\n",
            gives: "+OK\r\nX: y\r\n..z: dot\r\nSubject: a\r\n\r\n..b\r\n.\r\n",
            octetsIn: 18,
            octetsOut: 33,
            verdict: { header in Verdict(header: Array("X: y\r\n.z: dot\r\n".utf8) + header) }
        )
    }

    @Test func nothingOfARejectedMessageLeaks() {
        Self.check(
            "Subject: secret\r\n\r\nbody\r\n.\r\n",
            gives: "-ERR [SYS/PERM] no\r\n",
            octetsOut: 0,
            verdict: { _ in Verdict(outcome: .reject("no")) }
        )
    }

    @Test func aNoticeStandsInForADiscardedMessage() {
        let notice = Array("Subject: gone\r\n\r\n.dot\r\n".utf8)
        Self.check(
            "Subject: a\r\n\r\nbody\r\n.\r\n",
            gives: "+OK\r\nSubject: gone\r\n\r\n..dot\r\n.\r\n",
            octetsOut: notice.count,
            verdict: { _ in Verdict(outcome: .discard, notice: notice) }
        )
    }

    @Test(arguments: [(0, false), (1, true)]) func theHeaderBlockHasALimit(_ excess: Int, _ isRejected: Bool) {
        let header = "A: " + String(repeating: "x", count: 93 + excess) + "\r\n\r\n"
        let wire = Array((header + "body\r\n.\r\n").utf8)
        for size in [1, 7, 1000] {
            let chunks = stride(from: 0, to: wire.count, by: size).map { Array(wire[$0..<min($0 + size, wire.count)]) }
            let delivered = Self.deliver(chunks, limit: 100, verdict: { _ in Verdict() })
            #expect(delivered.isRejected == isRejected)
            #expect(delivered.hasEnded)
        }
    }
}
