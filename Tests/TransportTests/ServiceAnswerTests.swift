// Answers of name servers to the question for a service: whole, cut, and as nobody honest would write them.

import Testing

@testable import Transport

@Suite("Service records")
struct ServiceAnswerTests {
    /// `_pop3s._tcp.a.example`, in a message's octets.
    private static let name: [UInt8] =
        [6] + Array("_pop3s".utf8) + [4] + Array("_tcp".utf8) + [1, 0x61, 7] + Array("example".utf8) + [0]

    private static func message(_ records: [[UInt8]], count: Int? = nil) -> [UInt8] {
        [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(count ?? records.count), 0, 0, 0, 0] + name + [0, 33, 0, 1]
            + records.flatMap { $0 }
    }

    /// Its name is a pointer to the question's.
    private static func record(_ data: [UInt8], type: UInt8 = 33, length: Int? = nil) -> [UInt8] {
        [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, UInt8(length ?? data.count)] + data
    }

    private static func server(_ priority: UInt8, _ weight: UInt8, _ port: UInt16, _ target: [UInt8]) -> [UInt8] {
        record([0, priority, 0, weight, UInt8(port >> 8), UInt8(port & 0xFF)] + target)
    }

    /// `pop`, and what stands behind `_tcp` in the question.
    private static let pop: [UInt8] = [3] + Array("pop".utf8) + [0xC0, 24]
    private static let found = ServiceRecord(priority: 1, weight: 2, port: 995, target: "pop.a.example")

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let octets: [UInt8]
        let outcome: ServiceAnswer.Outcome

        init(_ name: String, _ octets: [UInt8], _ outcome: ServiceAnswer.Outcome) {
            testDescription = name
            self.octets = octets
            self.outcome = outcome
        }
    }

    static let cases: [Case] = [
        Case("one", message([server(1, 2, 995, pop)]), .records([found])),
        Case(
            "two, in their order",
            message([server(1, 2, 995, pop), server(1, 2, 995, pop)]),
            .records([found, found])
        ),
        Case("behind another name", message([record(pop, type: 5), server(1, 2, 995, pop)]), .records([found])),
        Case("no such service", message([server(0, 0, 0, [0])]), .records([])),
        Case("no port", message([server(1, 2, 0, pop)]), .records([])),
        Case("none", message([]), .records([])),
        Case("fewer than it says", message([server(1, 2, 995, pop)], count: 2), .malformed),
        Case("a name that leads to itself", message([server(1, 2, 995, [0xC0, 58])]), .malformed),
        Case("a name that leads ahead", message([server(1, 2, 995, [0xC0, 200])]), .malformed),
        Case("a name with a dot in it", message([server(1, 2, 995, [3, 0x61, 0x2E, 0x62, 0])]), .malformed),
        Case("a name with a zero in it", message([server(1, 2, 995, [2, 0x61, 0, 0])]), .malformed),
        Case("a kind of label that is none", message([server(1, 2, 995, [0x41, 0x61, 0])]), .malformed),
        Case("data too short", message([record([0, 1, 0, 2])]), .malformed),
        Case("data too long", message([record([0, 1, 0, 2, 3, 0xE3] + pop, length: 255)]), .malformed),
        Case("nothing", [], .malformed),
    ]

    @Test(arguments: cases) func whole(_ one: Case) {
        #expect(ServiceAnswer.read(one.octets) == one.outcome)
    }

    @Test("cut at every octet it is malformed") func cut() {
        let octets = Self.message([Self.server(1, 2, 995, Self.pop)])
        for count in octets.indices {
            #expect(ServiceAnswer.read(Array(octets.prefix(count))) == .malformed, "\(count)")
        }
    }

    @Test("a name as long as names may be, and one label more") func longest() {
        for (labels, isRight) in [(4, true), (5, false)] {
            let label = [UInt8(60)] + [UInt8](repeating: 0x61, count: 60)
            let target = Array([[UInt8]](repeating: label, count: labels).joined()) + [0]
            let data: [UInt8] = [0, 1, 0, 2, 3, 0xE3] + target
            let head: [UInt8] = [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
            let outcome = ServiceAnswer.read(Self.message([head + data]))
            #expect((outcome == .malformed) != isRight)
        }
    }

    @Test("more records than anybody has are left out") func many() {
        let records = [[UInt8]](repeating: Self.server(1, 2, 995, Self.pop), count: 200)
        guard case .records(let read) = ServiceAnswer.read(Self.message(records)) else {
            Issue.record("malformed")
            return
        }
        #expect(read.count == ServiceAnswer.most)
    }

    /// What is drawn, one after the other.
    private struct Drawn: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    @Test("the lowest priority first, and in one priority by weight") func order() {
        func server(_ priority: Int, _ weight: Int, _ target: String) -> ServiceRecord {
            ServiceRecord(priority: priority, weight: weight, port: 995, target: target)
        }
        let records = [server(2, 9, "last"), server(1, 30, "often"), server(1, 10, "seldom"), server(1, 0, "hardly")]
        var generator = Drawn(state: 1)
        var firsts: [String: Int] = [:]
        for _ in 0..<4_000 {
            let ordered = records.ordered(by: &generator).map(\.target)
            #expect(ordered.last == "last" && Set(ordered).count == 4)
            firsts[ordered[0], default: 0] += 1
        }
        // Three of four, give or take what chance does in so many.
        #expect((2_700...3_200).contains(firsts["often"] ?? 0), "\(firsts)")
        #expect((firsts["hardly"] ?? 0) > 0, "\(firsts)")
        #expect([server(1, 0, "a")].ordered(by: &generator).map(\.target) == ["a"])
    }
}
