// The session machine under random events: any order at all, and a busy session with an obedient server.
// Seeds are fixed, so that a failure can be seen again.

import POP3
import Testing

@Suite struct SessionRandomTests {
    static let events = [
        "C USER me", "C PASS x", "C APOP me 01", "C AUTH", "C AUTH PLAIN", "C AUTH LOGIN bWU=", "C AUTH PLAIN AG1lAHg=",
        "C *", "C eA==", "C AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciB0AQE=", "C AUTH SCRAM-SHA-1 biwsbj1tZSxyPXg=",
        "C STLS", "C+ STLS", "C CAPA", "C QUIT", "C STAT", "C LIST", "C LIST 1", "C UIDL", "C UIDL 2",
        "C RETR 1", "C TOP 1 0", "C DELE 1", "C DELE 2", "C NOOP", "C RSET", "C UTF8", "C LANG", "C LANG en", "C XYZZY",
        "C ", "C RETR", "C  \u{1}", "C GET / HTTP/1.0",
        "U +OK", "U +OK", "U +OK", "U +OK", "U +OK 1 5", "U -ERR no", "U -ERR [AUTH] no", "U + YQ==", "U nonsense",
        "U+ +OK",
        "reply ended", "reply ended", "reply ended", "collected PIPELINING|SASL PLAIN", "collected TOP",
        "rejected 1", "client line waits", "client took everything", "message shown", "listed 1 5|2 70000000",
        "client secured", "upstream connected", "upstream connected for TLS", "upstream connected for STLS",
        "upstream secured", "goes on", "goes on as you", "the owner speaks", "the owner speaks for the client",
        "by USER",
        "by PLAIN", "by XOAUTH2, once", "answers x", "answers at last x", "denied", "denied for now",
    ]
    static let rareEvents = [
        "client accepted", "client left", "client timed out", "client line too long", "upstream unreachable",
        "upstream certificate rejected", "upstream left", "upstream timed out", "upstream line too long",
        "list too long", "shut down",
    ]
    static let policies: [SessionMachine.Policy] = [.fixed, .fixedSTLS, .fixedImplicit, .routed, .routedSTLS]

    /// Nothing traps, a session ends once and says nothing afterwards, and no line is answered twice.
    @Test(arguments: policies, 1...20 as ClosedRange<UInt64>)
    func anyEventInAnyState(_ policy: SessionMachine.Policy, _ seed: UInt64) {
        var random = SplitMix(state: seed)
        for round in 0..<30 {
            var session = SessionScript(policy, asksSizes: random.next() % 2 == 0)
            session.resolvesLogins = random.next() % 2 == 0
            var answers = session.perform("client accepted").filter(Self.isAnswer).count
            // The greeting is an answer, too.
            var lines = 1
            if round % 2 == 1, policy.clientEncryption == .none, !policy.choosesUpstreamByUser {
                session = SessionScript(policy, asksSizes: round % 4 == 1)
                session.play(Opening.pipelining)
                (lines, answers) = (4, 4)
            }
            var log: [String] = []
            for _ in 0..<120 {
                let pool = random.next() % 40 == 0 ? Self.rareEvents : Self.events
                let event = pool[Int(random.next() % UInt64(pool.count))]
                // A connection is accepted once.
                if event == "client accepted" || !session.canHappen(event) { continue }
                let wasClosed = session.machine.isClosed
                let outcome = session.perform(event)
                log += [event] + outcome.map { "    " + $0 }
                if event.hasPrefix("C"), outcome.first != "waits", outcome.first != "deferred" { lines += 1 }
                answers += outcome.filter(Self.isAnswer).count
                let closes = outcome.filter { $0.hasPrefix("close ") && $0 != "close upstream" }.count
                let isClosed = session.machine.isClosed
                // One more is allowed as the last word.
                let isRight =
                    answers <= lines + (isClosed ? 1 : 0) && closes == (isClosed && !wasClosed ? 1 : 0)
                    && (!wasClosed || outcome.isEmpty || outcome == ["waits"])
                    && (closes == 0 || outcome.last?.hasPrefix("close ") == true)
                if !isRight {
                    let script = log.joined(separator: "\n")
                    Issue.record("seed \(seed), round \(round):\n\(script)")
                    return
                }
            }
        }
    }

    /// A status line, or what stands for one; not the list behind it.
    private static func isAnswer(_ text: String) -> Bool {
        text.hasPrefix("to client: +") || text.hasPrefix("to client: -") || text.hasPrefix("deliver ")
    }

    static let commands = [
        "STAT", "NOOP", "LIST", "LIST 3", "UIDL", "UIDL 4", "RETR 1", "RETR 2", "TOP 5 0", "DELE 1", "DELE 5", "RSET",
        "CAPA", "XYZZY", "RETR", "RETR 0", "LANG", "LANG en",
    ]

    enum ServerKind: CaseIterable {
        case pipelining
        case lockstep
        case withoutCapabilities
    }

    /// A client that sends ahead gets one reply for each command, in order, whatever Popsieve asks in between.
    @Test(arguments: ServerKind.allCases, 1...10 as ClosedRange<UInt64>)
    func everyCommandIsAnsweredInItsTurn(_ kind: ServerKind, _ seed: UInt64) {
        var random = SplitMix(state: seed)
        for asksSizes in [false, true] {
            var session = SessionScript(.fixed, asksSizes: asksSizes)
            session.play(Opening.loggedIn)
            var server = ObedientServer(kind: kind)
            var expected: [String] = []
            var replies: [String] = []
            var waiting = (0..<150).map { _ in Self.commands[Int(random.next() % UInt64(Self.commands.count))] }
            waiting.reverse()
            while !waiting.isEmpty || !server.isIdle {
                if let line = waiting.last, random.next() % 3 > 0 || server.isIdle {
                    let outcome = session.perform("C " + line)
                    if outcome == ["waits"] { _ = session.perform("client line waits") }
                    if outcome.first != "waits", outcome.first != "deferred" {
                        waiting.removeLast()
                        expected.append(server.answer(to: line))
                        // Own replies in a row would end the session.
                        if expected.last == "-ERR", line != "CAPA", waiting.last != nil { waiting.append("NOOP") }
                    }
                    take(outcome, &server, &replies)
                } else {
                    while let event = server.nextEvent() { take(session.perform(event), &server, &replies) }
                }
                if session.machine.isClosed { break }
            }
            #expect(session.machine.isClosed == false)
            let wrong = zip(replies, expected).enumerated().first { $1.0 != $1.1 }
            #expect(wrong == nil)
            #expect(replies.count == expected.count)
        }
    }

    private func take(_ outcome: [String], _ server: inout ObedientServer, _ replies: inout [String]) {
        for text in outcome {
            if text.hasPrefix("to upstream: ") { server.receive(String(text.dropFirst(13))) }
            if text.hasPrefix("deliver ") { replies.append(String(text.dropFirst(8).prefix { $0 != "o" }).trimmed) }
            if text.hasPrefix("to client: -ERR") { replies.append("-ERR") }
            if text.hasPrefix("to client: +OK") { replies.append(String(text.dropFirst("to client: +OK ".count))) }
        }
    }
}

/// Answers each command with its own words, so that replies out of turn show.
private struct ObedientServer {
    let kind: SessionRandomTests.ServerKind
    private var received: [String] = []
    private var rest: [String] = []

    init(kind: SessionRandomTests.ServerKind) {
        self.kind = kind
    }

    var isIdle: Bool { received.isEmpty && rest.isEmpty }

    /// What the client must get.
    func answer(to line: String) -> String {
        switch line {
        case "CAPA" where kind == .withoutCapabilities: "-ERR"
        case "XYZZY", "RETR", "RETR 0": "-ERR"
        // The message as it is delivered, not the line.
        case "TOP 5 0": "TOP 5"
        default: line
        }
    }

    mutating func receive(_ line: String) {
        if kind != .pipelining { #expect(isIdle, "\(line) came ahead of a reply") }
        received.append(line)
    }

    mutating func nextEvent() -> String? {
        if let next = rest.first {
            rest.removeFirst()
            return next
        }
        guard let line = received.first else { return nil }
        received.removeFirst()
        switch line {
        case "LIST", "UIDL", "LANG": rest = ["reply ended"]
        case "CAPA": rest = ["collected " + (kind == .pipelining ? "TOP|PIPELINING" : "TOP")]
        default: if line.hasPrefix("RETR") || line.hasPrefix("TOP") { rest = ["reply ended"] }
        }
        if line == "CAPA", kind == .withoutCapabilities {
            rest = []
            return "U -ERR"
        }
        return "U +OK " + line
    }
}

extension String {
    fileprivate var trimmed: String { last == " " ? String(dropLast()) : self }
}
