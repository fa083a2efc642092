// Sessions on loopback as they should go: commands, replies, reloads, the end of the relay.
// Must not test what the POP3 machine decides by itself.

import Filtering
import NIOCore
import Testing

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct SessionTests {
    @Test func theGreetingAndEveryReplyPass() async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await relay.exchange(client, upstream, "STAT\r\n", "+OK 2 320\r\n")
            try await relay.exchange(client, upstream, "LIST\r\n", "+OK\r\n1 120\r\n2 200\r\n.\r\n")
            try await relay.exchange(client, upstream, "RETR 1\r\n", "+OK\r\nA: b\r\n\r\n..\r\n.\r\n")
            try await relay.exchange(client, upstream, "DELE 9\r\n", "-ERR no such message\r\n")
            try await relay.exchange(client, upstream, "QUIT\r\n", "+OK bye\r\n")
            #expect(try await client.rest() == "")
            #expect(try await upstream.rest() == "")
            #expect(
                relay.auditEvents == [
                    "session_opened", "upstream_connected", "login_succeeded", "message", "deleted",
                    "session_closed: quit",
                ]
            )
        }
    }

    @Test func pipelinedCommandsGetTheirRepliesInOrder() async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("STAT\r\nNOOP\r\nLIST 1\r\nQUIT\r\n")
            try await upstream.expect("STAT\r\n")
            try await upstream.send("+OK 1 9\r\n")
            try await upstream.expect("CAPA\r\n")
            try await upstream.send("+OK\r\nPIPELINING\r\n.\r\n")
            try await upstream.expect("NOOP\r\nLIST 1\r\n")
            try await upstream.send("+OK\r\n+OK 1 9\r\n")
            try await upstream.expect("QUIT\r\n")
            try await upstream.send("+OK bye\r\n")
            #expect(try await client.rest() == "+OK 1 9\r\n+OK\r\n+OK 1 9\r\n+OK bye\r\n")
        }
    }

    @Test func aReloadIsForTheNextMessage() async throws {
        let tag = "require \"editheader\"; addheader \"X-T\" \"1\";"
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nA: b\r\n")
            try await client.expect("+OK\r\nA: b\r\n")
            try await relay.relay.reload(
                configuration: relay.configuration,
                ruleSet: try LoopbackRelay.ruleSet(tag)
            )
            try await upstream.send("\r\nx\r\n.\r\n")
            try await client.expect("\r\nx\r\n.\r\n")
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nA: b\r\n\r\nx\r\n.\r\n")
            try await client.expect("+OK\r\nX-T: 1\r\nA: b\r\n\r\nx\r\n.\r\n")
        }
    }

    @Test func shuttingDownEndsTheIdleAndLetsAMessageComplete() async throws {
        try await LoopbackRelay.serving { relay in
            let (idle, _) = try await relay.loggedIn()
            let (busy, upstream) = try await relay.loggedIn()
            try await busy.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nA: b\r\n")
            try await busy.expect("+OK\r\nA: b\r\n")
            await relay.beginShutdown()
            #expect(try await idle.rest() == "-ERR [SYS/TEMP] The relay is shutting down\r\n")
            try await upstream.send("\r\nx\r\n.\r\n")
            #expect(try await busy.rest() == "\r\nx\r\n.\r\n-ERR [SYS/TEMP] The relay is shutting down\r\n")
            #expect(try await relay.endings(2) == ["shutdown", "shutdown"])
        }
    }

    @Test func oneSessionTooManyIsToldSo() async throws {
        var limits = RelayLimits()
        limits.sessions = 2
        try await LoopbackRelay.serving(limits: limits) { relay in
            let (first, _) = try await relay.loggedIn()
            _ = try await relay.loggedIn()
            let refused = try await relay.client()
            #expect(try await refused.rest() == "-ERR [SYS/TEMP] Too many sessions, come back later\r\n")
            try await first.close()
            _ = try await relay.endings(1)
            _ = try await relay.loggedIn()
            #expect(relay.relay.sessionsServed == 3)
        }
    }

    @Test(arguments: ["", "STAT\r\nLIST 1\r\n"]) func aHalfClosedClientGetsItsReplies(_ commands: String) async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            if !commands.isEmpty { try await client.send(commands) }
            try await client.finish()
            if !commands.isEmpty {
                try await upstream.expect("STAT\r\n")
                try await upstream.send("+OK 1 9\r\n")
                try await upstream.expect("CAPA\r\n")
                try await upstream.send("-ERR\r\n")
                try await upstream.expect("LIST 1\r\n")
                try await upstream.send("+OK 1 9\r\n")
            }
            #expect(try await client.rest() == (commands.isEmpty ? "" : "+OK 1 9\r\n+OK 1 9\r\n"))
            #expect(try await upstream.rest() == "")
            #expect(try await relay.endings() == ["client-left"])
        }
    }

    @Test(
        arguments: [
            ("NOOP\r\n", "", "-ERR [SYS/TEMP] The mail server closed the connection\r\n"),
            ("LIST\r\n", "+OK\r\n1 9\r\n", "+OK\r\n1 9\r\n"),
            ("RETR 1\r\n", "+OK\r\nA: b\r\n\r\nx", "+OK\r\nA: b\r\n\r\nx"),
        ]
    )
    func anUpstreamThatDiesEndsTheSession(_ command: String, _ reply: String, _ told: String) async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send(command)
            try await upstream.expect(command)
            if !reply.isEmpty { try await upstream.send(reply) }
            try await upstream.close()
            #expect(try await client.rest() == told)
            #expect(try await relay.endings().first?.hasPrefix("upstream-closed") == true)
        }
    }

    @Test func anUpstreamThatDiesBeforeItsGreeting() async throws {
        try await LoopbackRelay.serving { relay in
            let client = try await relay.client()
            try await relay.upstream().close()
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server closed the connection\r\n")
        }
    }

    @Test func anUpstreamThatIsNotThere() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.upstreams[0].port = 1 }) { relay in
            let client = try await relay.client()
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server can't be reached\r\n")
            #expect(try await relay.endings().first?.hasPrefix("upstream-unreachable") == true)
        }
    }

    @Test func theUpstreamIsLeftWhenTheClientDies() async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.reset()
            #expect(try await upstream.rest() == "")
            #expect(try await relay.endings().count == 1)
        }
    }

    /// The bounds are the backlog, what is read at once, and what the kernel holds for both connections.
    @Test func aClientThatDoesNotReadStopsTheUpstream() async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await client.stopReading()
            let line = String(repeating: "x", count: 1022) + "\r\n"
            let size = 65_536 * line.utf8.count
            upstream.sendLater(ByteBuffer(string: "+OK\r\n\r\n" + String(repeating: line, count: 65_536) + ".\r\n"))
            // It stands still when two looks in a row see the same.
            try await Peer.wait(for: "a standstill") {
                let before = try? await upstream.unsent
                try? await Task.sleep(for: .milliseconds(200))
                return (try? await upstream.unsent) == before
            }
            #expect(try await upstream.unsent > size / 8)
            try await client.goOnReading()
            try await client.expect("+OK\r\n\r\n")
            #expect(try await client.octets(size).allSatisfy { $0 == 0x78 || $0 == 0x0D || $0 == 0x0A })
            try await client.expect(".\r\n")
            try await relay.exchange(client, upstream, "NOOP\r\n", "+OK\r\n")
        }
    }
}

extension Peer {
    /// Octets that the kernel did not take.
    var unsent: Int {
        get async throws { try await channel.getOption(.bufferedWritableBytes).get() }
    }
}
