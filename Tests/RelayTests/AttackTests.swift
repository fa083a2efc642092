// What broke a session once, or could have: each test is named after what went wrong.
// Must not test what goes well.

import NIOCore
import POP3
import Testing

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct AttackTests {
    /// The end of the client's connection was noticed in the middle of taking a chunk apart, and the rest of the chunk
    /// was looked for in the input of the connection that had been given up: the process ended.
    @Test func aClientThatResetsDuringARepairedMessage() async throws {
        let line = String(repeating: "x", count: 30) + "\n"
        var limits = RelayLimits()
        limits.clientBacklog = 4096
        try await LoopbackRelay.serving(limits: limits) { relay in
            for attempt in 1...12 {
                let (client, upstream) = try await relay.loggedIn()
                try await client.send("RETR 1\r\n")
                try await upstream.expect("RETR 1\r\n")
                upstream.sendLater(ByteBuffer(string: "+OK\r\n\r\n" + String(repeating: line, count: 60_000)))
                try await Peer.wait(for: "octets on their way") { client.count > attempt * 20_000 }
                try await client.reset()
                #expect(try await upstream.rest() == "")
            }
            #expect(try await relay.endings(12).count == 12)
        }
    }

    /// A buffer that never ran empty kept everything that was ever received.
    @Test func aClientWhoseLinesNeverEndWithAPacketFillsTheMemory() {
        let wire = Wire(now: .now())
        wire.received(ByteBuffer(string: "NO"), at: .now(), rate: 64)
        for _ in 0..<10_000 {
            wire.received(ByteBuffer(string: "OP\r\nNO"), at: .now(), rate: 64)
            wire.take(6)
            #expect(String(buffer: wire.input) == "NO")
        }
        #expect(wire.input.capacity < 4096)
    }

    /// With several lines behind a login that failed, a client that had closed its half got one answer only.
    @Test func aHalfClosedClientWhoseLoginHasNoRoute() async throws {
        try await LoopbackRelay.serving(
            changing: Change { $0.routes = [.init(user: "*@example.com", upstream: "main")] }
        ) { relay in
            let client = try await relay.client()
            try await client.expect("+OK Popsieve ready.\r\n")
            try await client.send("USER x\r\nPASS y\r\nSTAT\r\nCAPA\r\n")
            try await client.finish()
            let rest = try await client.rest()
            let told = "+OK Send PASS\r\n-ERR [AUTH] Login failed\r\n-ERR Log in first\r\n+OK"
            #expect(rest.hasPrefix(told))
            #expect(rest.hasSuffix(".\r\n"))
        }
    }

    /// The next try of a login met the remains of the first.
    @Test func aSecondLoginAfterAFailedOne() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.routes = [.init(user: "*", upstream: "main")] }) {
            relay in
            let client = try await relay.client()
            try await client.expect("+OK Popsieve ready.\r\n")
            try await client.send("USER a\r\nPASS wrong\r\nUSER b\r\nPASS right\r\nNOOP\r\n")
            let first = try await relay.upstream(0)
            try await first.send("+OK\r\n")
            try await first.expect("USER a\r\n")
            try await first.send("+OK\r\n")
            try await first.expect("PASS wrong\r\n")
            try await first.send("-ERR no\r\n+OK and more\r\n")
            #expect(try await first.rest() == "")
            let second = try await relay.upstream(1)
            try await second.send("+OK\r\n")
            try await second.expect("USER b\r\n")
            try await second.send("+OK\r\n")
            try await second.expect("PASS right\r\n")
            try await second.send("+OK in\r\n")
            try await second.expect("NOOP\r\n")
            try await second.send("+OK\r\n")
            try await client.expect(
                "+OK Send PASS\r\n-ERR [AUTH] Login failed\r\n+OK Send PASS\r\n+OK in\r\n+OK\r\n"
            )
        }
    }

    /// Whoever answers for the server's name could have passwords sent to what listens on this machine.
    @Test(arguments: [true, false]) func anUpstreamWhoseNameLeadsToThisMachine(mayBeLocal: Bool) async throws {
        try await LoopbackRelay.serving(changing: Change { $0.upstreams[0].mayBeLocal = mayBeLocal }) { relay in
            let client = try await relay.client()
            guard !mayBeLocal else {
                try await relay.upstream().send("+OK ready\r\n")
                return try await client.expect("+OK ready\r\n")
            }
            try await client.expect("-ERR [SYS/TEMP] The mail server's name leads astray\r\n")
            #expect(try await client.rest() == "")
            let reason = "upstream_failed: misled: its name leads to 127.0.0.1, "
            #expect(relay.auditEvents.contains { $0.hasPrefix(reason) }, "\(relay.auditEvents)")
            #expect(relay.connections == 0)
        }
    }

    /// An upstream that reads nothing kept its connection open after the session had ended.
    @Test func anUpstreamThatReadsNothingIsLeftAllTheSame() async throws {
        var limits = RelayLimits()
        limits.protocolLimits.pipelinedCommands = .max
        try await LoopbackRelay.serving(limits: limits) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("NOOP\r\nNOOP\r\n")
            try await upstream.expect("NOOP\r\n")
            try await upstream.send("+OK\r\n")
            try await upstream.expect("CAPA\r\n")
            try await upstream.send("+OK\r\nPIPELINING\r\n.\r\n")
            try await upstream.expect("NOOP\r\n")
            try await upstream.stopReading()
            client.sendLater(ByteBuffer(string: String(repeating: "NOOP\r\n", count: 2_000_000)))
            try await Peer.wait(for: "a standstill") {
                let before = try? await client.unsent
                try? await Task.sleep(for: .milliseconds(200))
                return (try? await client.unsent) == before
            }
            try await client.reset()
            #expect(try await relay.endings().count == 1)
            // It is gone once writing to it fails.
            try await Peer.wait(for: "the end of the upstream's connection") {
                do {
                    try await upstream.send("+OK\r\n")
                    return false
                } catch {
                    return true
                }
            }
        }
    }

    /// A name that leads back here was dialled again and again, once for each connection that dialling had made.
    @Test func anUpstreamThatIsTheRelayItself() async throws {
        let port = try await LoopbackRelay.freePort()
        let change = Change {
            $0.listeners[0].port = port
            $0.upstreams[0].port = port
            $0.upstreams[0].host = "127.1"
        }
        try await LoopbackRelay.serving(changing: change) { relay in
            let client = try await relay.client()
            #expect(try await client.rest() == "-ERR [SYS/PERM] The mail server is this relay itself\r\n")
            #expect(try await relay.endings() == ["upstream-loop: the upstream is one of Popsieve's own listeners"])
            #expect(relay.relay.sessionsServed == 1)
        }
    }

    /// Octets before the greeting wait, and no more of them than the bound.
    @Test func aClientThatFloodsBeforeTheGreeting() async throws {
        try await LoopbackRelay.serving { relay in
            let client = try await relay.client()
            let upstream = try await relay.upstream()
            let flood = String(repeating: "NOOP\r\n", count: 12_000_000)
            client.sendLater(ByteBuffer(string: flood))
            try await Peer.wait(for: "a standstill") {
                let before = try? await client.unsent
                try? await Task.sleep(for: .milliseconds(200))
                return (try? await client.unsent) == before
            }
            #expect(try await client.unsent > flood.utf8.count / 8)
            try await upstream.send("+OK ready\r\n")
            #expect(try await relay.endings() == ["too-many-bad-commands"])
        }
    }
}
