// Scanners that fail in every way, as fakes: the same faults for each kind.
// Must not wait for a clock that goes by itself.

import NIOCore
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("Scanners with faults")
struct FaultTests {
    private static let message = Sample.text("the last words")

    /// Answers each question with these words.
    private static func saying(_ kind: Kind, _ words: String, thenHangs: Bool = false) -> FakeScanner.Script {
        { peer in
            try await peer.hear(kind.end)
            try await peer.say(words)
            if thenHangs { try await FakeScanner.hang() }
        }
    }

    /// What comes of a message that is scanned by `script`, and how many connections were made for it.
    private func result(_ kind: Kind, _ script: @escaping FakeScanner.Script) async throws -> (ScanResult, Int) {
        try await FakeScanner.serving(script) { fake in
            let result = await kind.scanner(fake.address).scan(Self.message)
            return (result, fake.connections)
        }
    }

    @Test("a good reply, whole and octet by octet", arguments: Kind.allCases)
    func good(kind: Kind) async throws {
        #expect(try await result(kind, Self.saying(kind, kind.good, thenHangs: true)) == (kind.goodResult, 1))
        let slow = try await result(kind) { peer in
            try await peer.hear(kind.end)
            try await peer.saySlowly(kind.good)
            try await FakeScanner.hang()
        }
        #expect(slow == (kind.goodResult, 1))
    }

    @Test("a reply that ends anywhere before its end is none, and is asked for once more", arguments: Kind.allCases)
    func cut(kind: Kind) async throws {
        let reply = Array(kind.good.utf8)
        for length in stride(from: 0, to: reply.count, by: reply.count > 60 ? 7 : 1) {
            let words = String(decoding: reply[..<length], as: UTF8.self)
            let (result, connections) = try await result(kind, Self.saying(kind, words))
            switch result {
            case .unscanned(.closed): #expect(connections == 2)
            case .unscanned(.garbage): #expect(kind == .clamd && length > 0)
            default: Issue.record("\(length) octets: \(result)")
            }
        }
    }

    @Test("one that closes at first and answers then is not missed", arguments: Kind.allCases)
    func retry(kind: Kind) async throws {
        let outcome = try await result(kind) { peer in
            if peer.number > 1 { try await Self.saying(kind, kind.good, thenHangs: true)(peer) }
        }
        #expect(outcome == (kind.goodResult, 2))
    }

    @Test("one that says that it failed is believed, and not asked again", arguments: Kind.allCases)
    func failure(kind: Kind) async throws {
        let (result, connections) = try await result(kind, Self.saying(kind, kind.error, thenHangs: true))
        guard case .unscanned(.failed) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(connections == 1)
    }

    static let nonsense: [(what: String, words: @Sendable (Kind) -> String)] = [
        ("another answer", { $0.odd }),
        ("a mail server", { _ in "220 mail.example.com ESMTP\r\n" }),
        ("a web server", { _ in "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n" }),
        ("megabytes without a line end", { _ in String(repeating: "x", count: 4_000_000) }),
        ("two replies", { $0.good + $0.good }),
    ]

    @Test("garbage is no verdict, and ends the scan at once", arguments: Kind.allCases, nonsense.indices)
    func garbage(kind: Kind, index: Int) async throws {
        let (what, words) = Self.nonsense[index]
        let (result, _) = try await result(kind, Self.saying(kind, words(kind), thenHangs: true))
        switch (result, what, kind) {
        case (.unscanned(.garbage), _, _): break
        // A web server that refuses the request says so in the same language.
        case (.unscanned(.failed), "a web server", .rspamd): break
        // Whatever comes behind a reply of known length belongs to no question; the connection is not used again.
        case (kind.goodResult, "two replies", .rspamd), (kind.goodResult, "two replies", .clamd): break
        default: Issue.record("\(what): \(result)")
        }
    }

    static let endless: [(what: String, head: String, more: String)] = [
        ("a field", "HTTP/1.1 200 OK\r\nA: ", "xxxxxxxxxxxxxxxx"),
        ("fields", "HTTP/1.1 200 OK\r\n", "A: b\r\n"),
        ("announcements", "", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("a body", "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", "[[[[[[[[[[[[[[[["),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n[\r\n"),
    ]

    @Test("a response without an end is cut off", arguments: endless.indices)
    func endlessResponse(index: Int) async throws {
        let (what, head, more) = Self.endless[index]
        let (result, _) = try await result(.rspamd) { peer in
            try await peer.hear(Kind.rspamd.end)
            try await peer.say(head)
            let piece = String(repeating: more, count: 4_000)
            while true { try await peer.say(piece) }
        }
        switch result {
        // A backlog that is too large is cut off before it is read.
        case .unscanned(.garbage), .unscanned(.closed): break
        default: Issue.record("\(what): \(result)")
        }
    }

    @Test("a verdict before the end of the message is none", arguments: Kind.allCases)
    func early(kind: Kind) async throws {
        var limits = ScanLimits.patient
        limits.message = 20_000_000
        let large = limits
        let outcome: ScanResult = try await FakeScanner.serving { peer in
            try await peer.hear("Subject")
            try await peer.say(kind.good)
            try await FakeScanner.hang()
        } _: { fake in
            await kind.scanner(fake.address, limits: large).scan(Sample.large(15_000_000))
        }
        #expect(outcome != kind.goodResult)
    }

    @Test("nobody listens", arguments: Kind.allCases)
    func refused(kind: Kind) async throws {
        let scanner = kind.scanner(.host("127.0.0.1", port: Port.free()))
        #expect(await scanner.scan(Self.message) == .unscanned(.unreachable("connection refused")))
        let socket = kind.scanner(.unix(path: "/nowhere/clamd.sock"))
        #expect(await socket.scan(Self.message) == .unscanned(.unreachable("no such file")))
    }

    @Test("one that never answers is given up in time, and its connection is closed", arguments: Kind.allCases)
    func hanging(kind: Kind) async throws {
        let clock = ManualClock()
        try await FakeScanner.serving { peer in
            try await peer.hearAll()
        } _: { fake in
            let scanner = kind.scanner(fake.address, clock: clock)
            let scan = Task { await scanner.scan(Self.message) }
            try await eventually("it is asked") { fake.connections == 1 && clock.sleepers == 1 }
            clock.advance(by: ScanLimits.patient.timeout)
            #expect(await scan.value == .unscanned(.timedOut(ScanLimits.patient.timeout)))
            try await eventually("the connection is closed") { fake.ended == 1 }
        }
    }

    @Test("a client that leaves ends the scan and its connection", arguments: Kind.allCases)
    func cancelled(kind: Kind) async throws {
        try await FakeScanner.serving { peer in
            try await peer.hearAll()
        } _: { fake in
            let scanner = kind.scanner(fake.address)
            let scan = Task { await scanner.scan(Self.message) }
            try await eventually("it is asked") { fake.connections == 1 }
            scan.cancel()
            #expect(await scan.value == .unscanned(.cancelled))
            try await eventually("the connection is closed") { fake.ended == 1 }
            // It tells nothing of the scanner.
            #expect(scanner.health.lastFailure == nil)
        }
    }

    @Test("one that takes no octets holds no more than a piece, and is given up", arguments: Kind.allCases)
    func deaf(kind: Kind) async throws {
        let clock = ManualClock()
        try await FakeScanner.serving { _ in
            try await FakeScanner.hang()
        } _: { fake in
            let source = CountingSource(count: 400_000)
            let scanner = kind.scanner(fake.address, clock: clock)
            let scan = Task { await scanner.scan(source) }
            try await eventually("it is asked") { fake.connections == 1 && clock.sleepers == 1 && source.asked > 0 }
            clock.advance(by: ScanLimits.patient.timeout)
            #expect(await scan.value == .unscanned(.timedOut(ScanLimits.patient.timeout)))
        }
    }

    @Test("a message that can't be read any more is unscanned, and no fault of the scanner's", arguments: Kind.allCases)
    func unreadable(kind: Kind) async throws {
        try await FakeScanner.serving { peer in
            try await peer.hearAll()
        } _: { fake in
            let scanner = kind.scanner(fake.address)
            for isShort in [true, false] {
                let result = await scanner.scan(BrokenSource(isShort: isShort))
                guard case .unscanned(.unreadable) = result else {
                    Issue.record("\(result)")
                    continue
                }
            }
            #expect(scanner.health.lastFailure == nil)
        }
    }

    @Test("a session that the scanner has ended meanwhile is not used again", arguments: [Kind.clamd, .rspamd])
    func stale(kind: Kind) async throws {
        try await FakeScanner.serving { peer in
            try await Self.saying(kind, kind.good)(peer)
            // The second message on the same connection is heard, and answered with nothing.
            if peer.number == 1 { try await peer.hear(kind.end) }
        } _: { fake in
            let scanner = kind.scanner(fake.address)
            #expect(await scanner.scan(Self.message) == kind.goodResult)
            #expect(await scanner.scan(Self.message) == kind.goodResult)
            #expect(fake.connections == 2)
        }
    }

    @Test("what answers elsewhere is said at start", arguments: Kind.allCases)
    func probing(kind: Kind) async throws {
        try await FakeScanner.serving { peer in
            try await peer.say("220 mail.example.com ESMTP\r\n")
            try await FakeScanner.hang()
        } _: { fake in
            let scanner = kind.scanner(fake.address)
            let result = await scanner.probe()
            guard case .fails(.garbage) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(scanner.isDown)
            #expect(result.description.contains("no scanner of this kind"))
        }
    }
}
