// Messages on their way, whole, glued to the next reply and cut at every octet, with and without rules.
// Must not use a connection.

import Filtering
import NIOCore
import POP3
import Sieve
import Testing

@testable import Relay

@Suite struct MessageDeliveryTests {
    /// What the client and the owner get.
    struct Delivered: Equatable {
        var octets: [UInt8] = []
        var hasEnded = false
        var isWithheld = false
        var defects: [String] = []
        var octetsIn = 0
        var octetsOut = 0
        /// Octets of the reply.
        var consumed = 0
    }

    /// - Parameter rules: nil where there are none.
    static func deliver(
        _ chunks: [[UInt8]],
        limit: Int = 4096,
        lineEndings: RelayConfiguration.LineEndings = .normalise,
        size: Int? = 1,
        sizePolicy: SizePolicy? = nil,
        rules: String?
    ) throws -> Delivered {
        let files = rules.map { [RuleFile(name: "test.sieve", source: Array($0.utf8))] } ?? []
        var limits = RelayLimits()
        limits.headerBlock = limit
        let inForce = InForce(
            configuration: RelayConfiguration(listeners: [], upstreams: [], lineEndings: lineEndings),
            ruleSet: files.isEmpty ? .empty : try RuleSet(files: files),
            limits: limits,
            version: 1
        )
        let delivery = MessageDelivery(
            MessageRequest(command: .retr, number: 1),
            rules: inForce,
            sizePolicy: sizePolicy
        )
        var delivered = Delivered()
        if files.isEmpty {
            delivered.octets += Array("+OK\r\n".utf8)
            delivery.isShown = true
        }
        for chunk in chunks where !delivered.hasEnded {
            try feed(ByteBuffer(bytes: chunk), to: delivery, size: size, &delivered)
        }
        delivered.octetsIn = delivery.octetsIn
        delivered.octetsOut = delivery.octetsOut
        delivered.defects = delivery.defects
        return delivered
    }

    private static func feed(
        _ chunk: ByteBuffer,
        to delivery: MessageDelivery,
        size: Int?,
        _ delivered: inout Delivered
    ) throws {
        var offset = 0
        while true {
            switch delivery.next(in: chunk, at: &offset) {
            case .pass(let range): delivered.octets += Array(chunk.readableBytesView)[range]
            case .send(let octets): delivered.octets += octets
            case .show:
                delivered.octets += Array("+OK\r\n".utf8)
                delivery.isShown = true
            case .withhold:
                delivered.isWithheld = true
                delivery.isShown = true
                delivery.noticeOctets = delivery.verdict?.notice?.count ?? 0
            case .needs(.size):
                // The answer may come later: until then nothing moves.
                #expect(delivery.isWaiting)
                let before = offset
                #expect(delivery.next(in: chunk, at: &offset) == .needMore)
                #expect(offset == before)
                delivery.provide(size: size)
                #expect(!delivery.isWaiting || offset == before)
            case .recall:
                Issue.record("nobody remembers anything here")
                return
            case .needs(let need):
                Issue.record("\(need) is asked for")
                return
            case .hold, .holdOctets, .judge, .release, .postpone: Issue.record("nothing is held here")
            case .ended(let end):
                delivered.consumed += end
                if !delivery.isDropped { delivered.octets += Array(".\r\n".utf8) }
                delivered.hasEnded = true
                return
            case .needMore:
                delivered.consumed += chunk.readableBytes
                return
            }
        }
    }

    /// Feeds the message in every way there is, and expects the same each time.
    static func check(
        _ wire: String,
        gives client: String,
        octetsIn: Int? = nil,
        octetsOut: Int? = nil,
        lineEndings: RelayConfiguration.LineEndings = .normalise,
        rules: String?
    ) throws {
        let wire = Array(wire.utf8)
        let whole = try deliver([wire], lineEndings: lineEndings, rules: rules)
        #expect(String(decoding: whole.octets, as: UTF8.self) == client)
        #expect(whole.hasEnded)
        if let octetsIn { #expect(whole.octetsIn == octetsIn) }
        if let octetsOut { #expect(whole.octetsOut == octetsOut) }
        #expect(
            try deliver([wire + Array("+OK next\r\n".utf8)], lineEndings: lineEndings, rules: rules) == whole,
            "glued"
        )
        #expect(try deliver(wire.map { [$0] }, lineEndings: lineEndings, rules: rules) == whole, "one octet at a time")
        for cut in wire.indices {
            #expect(
                try deliver([Array(wire[..<cut]), Array(wire[cut...])], lineEndings: lineEndings, rules: rules)
                    == whole,
                "cut at \(cut)"
            )
        }
    }

    static let messages = [
        "Subject: a\r\n\r\nbody\r\n.\r\n", "Subject: a\r\n\r\n.\r\n", "Subject: a\r\n.\r\n", "\r\nbody\r\n.\r\n",
        ".\r\n",
        "..\r\nA: b\r\n\r\nx\r\n.\r\n",
        "A: b\r\n\r\n..dots\r\n..\r\nend\r\n.\r\n", "..odd: header\r\n\r\nx\r\n.\r\n",
    ]

    @Test(arguments: messages) func unchangedWithoutRules(_ wire: String) throws {
        try Self.check(wire, gives: "+OK\r\n" + wire, rules: nil)
    }

    static let idle = "if header \"X-None\" \"1\" { discard; }"
    static let adding = "require \"editheader\"; addheader \"X\" \"y\";"

    @Test(arguments: messages) func unchangedWhereRulesChangeNothing(_ wire: String) throws {
        try Self.check(wire, gives: "+OK\r\n" + wire, rules: Self.idle)
    }

    // MARK: Cut behind a limit

    private static func cutting(behind octets: Int) -> SizePolicy {
        var policy = SizePolicy()
        (policy.octets, policy.outcome) = (octets, .truncate)
        return policy
    }

    /// What the audit log said was one octet more where a CR, or one less where a dot, was the last of what came at once.
    @Test(arguments: [nil, adding], [8, 20, 30, 40, 50])
    func octetsOfACutMessageAreThoseThatWereSent(_ rules: String?, _ limit: Int) throws {
        let lines = "one\ntwo\rthree\r\n..four\r\n..\r\n..five\r\nsix\r\r\nseven\r\n..eight\r\n"
        let wire = Array("A: b\r\n\r\n\(lines).\r\n".utf8)
        for lineEndings in [RelayConfiguration.LineEndings.normalise, .keep] {
            for first in wire.indices {
                for second in [first, min(first + 1, wire.count), min(first + 7, wire.count)] {
                    let chunks = [wire[..<first], wire[first..<second], wire[second...]].map { Array($0) }
                    let delivered = try Self.deliver(
                        chunks.filter { !$0.isEmpty },
                        lineEndings: lineEndings,
                        sizePolicy: Self.cutting(behind: limit),
                        rules: rules
                    )
                    let octets = delivered.octets.dropLast(3)
                    let stuffing = octets.indices.dropFirst(2).count { octets[($0 - 2)...$0] == [0x0D, 0x0A, 0x2E] }
                    #expect(delivered.octetsOut == octets.count - 5 - stuffing, "\(first) \(second) \(chunks)")
                    let sent = String(decoding: octets, as: UTF8.self)
                    #expect(sent.contains("(Popsieve left out what follows here."))
                }
            }
        }
    }

    /// A server that sends nothing but bare line ends was never cut off.
    @Test func bareLineEndsAloneEndAtTheLimit() throws {
        let chunk = Array(repeating: UInt8(ascii: "\n"), count: 5_000)
        let chunks = [Array("A: b\r\n\r\n".utf8)] + Array(repeating: chunk, count: 100)
        let delivered = try Self.deliver(chunks, sizePolicy: Self.cutting(behind: 10_000), rules: nil)
        #expect(delivered.octets.count < 60_000)
    }

    @Test func bareLineEndsAreRepairedInHeaderAndBody() throws {
        try Self.check(
            "A: b\nC: d\n\nbody\n.\nend\r\n.\r\n",
            gives: "+OK\r\nA: b\r\nC: d\r\n\r\nbody\r\n..\r\nend\r\n.\r\n",
            octetsIn: 23,
            octetsOut: 28,
            rules: "if not header \"C\" \"d\" { discard; }"
        )
    }

    /// Rules never saw the defects that the audit line named.
    @Test(arguments: [("A: b\nC: d\r\n\r\n", "bare-lf"), ("A: b\rC: d\r\n\r\n", "bare-cr")])
    func rulesAreToldWhatWasRepaired(_ header: String, _ defect: String) throws {
        let rule = "require \"vnd.popsieve.defects\"; if defect \"\(defect)\" { discard; }"
        for lineEndings in [RelayConfiguration.LineEndings.normalise, .keep] {
            let delivered = try Self.deliver(
                [Array((header + "x\r\n.\r\n").utf8)],
                lineEndings: lineEndings,
                rules: rule
            )
            #expect(delivered.isWithheld)
            #expect(delivered.defects.contains(defect))
            let good = try Self.deliver([Array("A: b\r\n\r\nx\n\r\n.\r\n".utf8)], lineEndings: lineEndings, rules: rule)
            #expect(!good.isWithheld && good.defects == [])
        }
    }

    /// With `line-endings: keep` a rule file changed the header, and the body or not, as the octets were cut.
    @Test(arguments: [
        "A: b\nC: d\r\n\r\nbody\n.\nend\r\n.\r\n", "A: b\rC: d\r\n\r\nbody\r.\rend\r\n.\r\n",
        "A: b\n.\nC: d\r\n..\r\n\r\n\n\r\r\n.\r\n", "A: b\r\n..x: y\n\r\n\r\n..\n\r\n.\r\n",
        "A: b\n\nbody\r\n\r\nmore\n\r\n.\r\n",
    ])
    func lineEndsThatAreKeptStayWhatTheyAre(_ wire: String) throws {
        let stuffed = Array(wire.utf8).indices.count { Array(wire.utf8)[$0...].starts(with: Array("\r\n..".utf8)) }
        let octets = wire.utf8.count - 3 - stuffed
        for rules in [nil, Self.idle] {
            try Self.check(wire, gives: "+OK\r\n" + wire, lineEndings: .keep, rules: rules)
        }
        try Self.check(
            wire,
            gives: "+OK\r\nX: y\r\n" + wire,
            octetsIn: octets,
            octetsOut: octets + 6,
            lineEndings: .keep,
            rules: Self.adding
        )
    }

    @Test func anEditedHeaderLeavesTheBodyAlone() throws {
        try Self.check(
            "..z: dot\r\nSubject: a\r\n\r\n..b\r\n.\r\n",
            gives: "+OK\r\nX: y\r\n..z: dot\r\nSubject: a\r\n\r\n..b\r\n.\r\n",
            octetsIn: 27,
            octetsOut: 33,
            rules: Self.adding
        )
    }

    @Test(arguments: ["discard;", "require \"reject\"; reject \"no\";"])
    func nothingOfAWithheldMessageLeaks(_ rule: String) throws {
        try Self.check("Subject: secret\r\n\r\nbody\r\n.\r\n", gives: "", rules: rule)
        #expect(try Self.deliver([Array("Subject: secret\r\n\r\nbody\r\n.\r\n".utf8)], rules: rule).isWithheld)
    }

    /// The header's length stood in for a size that nobody knew, and a rule discarded mail.
    @Test func aSizeThatNobodyKnowsIsNone() throws {
        let rule = "if size :under 50K { discard; }"
        let wire = Array("Subject: a\r\n\r\nbody\r\n.\r\n".utf8)
        #expect(try Self.deliver([wire], size: 100, rules: rule).isWithheld)
        #expect(try !Self.deliver([wire], size: 100_000, rules: rule).isWithheld)
        #expect(try !Self.deliver([wire], size: nil, rules: rule).isWithheld)
    }

    @Test(arguments: [(0, false), (1, true)]) func theHeaderBlockHasALimit(_ excess: Int, _ isRejected: Bool) throws {
        let header = "A: " + String(repeating: "x", count: 93 + excess) + "\r\n\r\n"
        let wire = Array((header + "body\r\n.\r\n").utf8)
        for size in [1, 7, 1000] {
            let chunks = stride(from: 0, to: wire.count, by: size).map { Array(wire[$0..<min($0 + size, wire.count)]) }
            let delivered = try Self.deliver(chunks, limit: 100, rules: Self.idle)
            #expect(delivered.isWithheld == isRejected)
            #expect(delivered.hasEnded)
        }
    }

    // MARK: What earlier sessions found out

    static let remembering = "require [\"body\", \"editheader\"]; if body :contains \"x\" { addheader \"X\" \"y\"; }"

    /// The answer comes when more of the message is there, and another reply behind it.
    @Test(arguments: messages) func aVerdictThatIsRememberedIsCarriedOutWhereverTheChunksEnd(_ wire: String) throws {
        let octets = Array(wire.utf8)
        guard octets.count > 3 else { return }
        let whole = try Self.remembered(octets, cut: octets.count)
        #expect(String(decoding: whole, as: UTF8.self) == "+OK\r\nX: y\r\n" + wire)
        for cut in octets.indices { #expect(try Self.remembered(octets, cut: cut) == whole, "cut at \(cut)") }
    }

    private static func remembered(_ wire: [UInt8], cut: Int) throws -> [UInt8] {
        let ruleSet = try RuleSet(files: [RuleFile(name: "test.sieve", source: Array(remembering.utf8))])
        let configuration = RelayConfiguration(listeners: [], upstreams: [])
        let inForce = InForce(configuration: configuration, ruleSet: ruleSet, limits: RelayLimits(), version: 1)
        // RETR has all of the message, and does not believe what is remembered before it is there.
        let request = MessageRequest(command: .top, number: 1)
        let delivery = MessageDelivery(request, rules: inForce, mayRecall: true)
        var delivered: [UInt8] = []
        var input = ByteBuffer(bytes: wire[..<cut])
        var rest = ByteBuffer(bytes: wire[cut...] + Array("+OK next\r\n".utf8))
        var isAsked = false
        var offset = 0
        while true {
            switch delivery.next(in: input, at: &offset) {
            case .show: delivered += Array("+OK\r\n".utf8)
            case .pass(let range): delivered += Array(input.readableBytesView)[range]
            case .send(let octets): delivered += octets
            case .recall: isAsked = true
            case .ended(let end):
                #expect(input.readableBytes - end + rest.readableBytes == "+OK next\r\n".utf8.count)
                return delivered + Array(".\r\n".utf8)
            case .needMore:
                delivery.chunkMoved(by: offset)
                input.moveReaderIndex(forwardBy: offset)
                offset = 0
                guard isAsked || rest.readableBytes > 0 else { return delivered }
                input.writeBuffer(&rest)
                if isAsked {
                    isAsked = false
                    let header = delivery.heldHeader
                    let verdict = Verdict(header: Array("X: y\r\n".utf8) + header)
                    delivery.recalled(
                        RememberedVerdict(
                            verdict,
                            depth: .body,
                            copies: [],
                            reports: [:],
                            notice: nil,
                            header: header,
                            digests: (header: [], message: [])
                        )
                    )
                }
            case let step:
                Issue.record("\(step)")
                return delivered
            }
        }
    }
}
