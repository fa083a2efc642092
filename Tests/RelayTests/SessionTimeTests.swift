// Sessions that take too long, and those that may.
// Must not assert how long anything took: only which end came.

import NIOCore
import Testing

@testable import Relay

/// Times are so long that none runs out by itself: the test puts the clock forward.
@Suite(.timeLimit(.minutes(5))) struct SessionTimeTests {
    /// A time-out that is far from all others.
    static func minutes(_ path: WritableKeyPath<RelayConfiguration.Timeouts, TimeAmount>) -> Change {
        Change { configuration in
            configuration.timeouts = .init()
            configuration.timeouts.login = .hours(9)
            configuration.timeouts.greeting = .hours(9)
            configuration.timeouts.reply = .hours(9)
            configuration.timeouts.idle = .hours(9)
            configuration.timeouts.stall = .hours(9)
            configuration.timeouts[keyPath: path] = .minutes(10)
        }
    }

    @Test func aStrangerThatDoesNotLogIn() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.login)) { relay in
            let client = try await relay.client()
            try await relay.upstream().send("+OK ready\r\n")
            try await client.expect("+OK ready\r\n")
            await relay.pass(.minutes(11))
            #expect(try await client.rest() == "-ERR [SYS/TEMP] Closing the connection: no login in time\r\n")
            #expect(try await relay.endings() == ["client-timed-out: no login in time"])
        }
    }

    @Test func anUpstreamThatDoesNotGreet() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.greeting)) { relay in
            let client = try await relay.client()
            _ = try await relay.upstream()
            await relay.pass(.minutes(11))
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server does not answer\r\n")
            #expect(try await relay.endings() == ["upstream-timed-out: no answer in time (greeting)"])
        }
    }

    @Test func anUpstreamThatDoesNotReply() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.reply)) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("NOOP\r\n")
            try await upstream.expect("NOOP\r\n")
            await relay.pass(.minutes(11))
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server does not answer\r\n")
            #expect(try await relay.endings() == ["upstream-timed-out: no answer in time (command)"])
        }
    }

    /// What it sent last was "timed out" in the log, with the terminator there, and nobody could tell why.
    @Test(arguments: ["\n.\n", "\r\n.\n", "\n.\r\n"])
    func aReplyThatEndsInABareTerminatorSaysSo(_ end: String) async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.reply)) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nSubject: a\r\n\r\nbody" + end)
            try await client.expect("+OK\r\nSubject: a\r\n\r\nbody")
            await relay.pass(.minutes(11))
            _ = try await client.rest()
            let ending = "upstream-protocol-violation: the reply's last line ends without CRLF"
            #expect(try await relay.endings() == [ending])
        }
    }

    @Test func aClientThatSaysNothingAfterTheLogin() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.idle)) { relay in
            let (client, _) = try await relay.loggedIn()
            await relay.pass(.minutes(11))
            #expect(try await client.rest() == "-ERR [SYS/TEMP] Closing the connection: idle for too long\r\n")
            #expect(try await relay.endings() == ["client-timed-out: idle for too long"])
        }
    }

    @Test func aClientThatTakesNothing() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.stall)) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await client.stopReading()
            upstream.sendLater(.bigMessage)
            // As long as the relay can still write, the client takes something.
            try await Peer.wait(for: "the end") {
                await relay.pass(.minutes(11))
                return relay.auditEvents.contains { $0.hasPrefix("session_closed") }
            }
            #expect(try await relay.endings() == ["client-failed: the client takes nothing"])
        }
    }

    /// Whoever logs in and reads nothing could keep everybody else out for as long as a client may stand still.
    @Test func aClientThatTakesNothingMakesRoomWhereThereIsNoOther() async throws {
        var limits = RelayLimits()
        limits.sessions = 1
        try await LoopbackRelay.serving(limits: limits) { relay in
            let (client, upstream) = try await relay.loggedIn()
            let refusal = "-ERR [SYS/TEMP] Too many sessions"
            #expect(try await relay.client().rest().hasPrefix(refusal))
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await client.stopReading()
            upstream.sendLater(.bigMessage)
            #expect(try await relay.client().rest().hasPrefix(refusal))
            try await Peer.wait(for: "room") {
                // As long as the relay can still write, the client takes something.
                await relay.pass(.seconds(21))
                if let next = try? await relay.client() { try? await next.close() }
                return relay.auditEvents.contains { $0.hasPrefix("session_closed") }
            }
            let ending = "client-failed: the client takes nothing, and others had no room"
            #expect(try await relay.endings().contains(ending))
        }
    }

    /// The client is quiet for the whole time of the download; that is not idleness.
    @Test func aDownloadLongerThanTheIdleTimeIsNotIdleness() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.idle)) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\n\r\n")
            try await client.expect("+OK\r\n\r\n")
            await relay.pass(.minutes(30))
            try await upstream.send("x\r\n.\r\n")
            try await client.expect("x\r\n.\r\n")
            await relay.pass(.minutes(9))
            try await relay.exchange(client, upstream, "NOOP\r\n", "+OK\r\n")
        }
    }

    /// Octets of a line without end do not put off the deadline of the login.
    @Test func aLoginIsNotPutOffWhileTheUpstreamIsSilent() async throws {
        try await LoopbackRelay.serving(changing: Self.minutes(\.login)) { relay in
            let client = try await relay.client()
            let upstream = try await relay.upstream()
            try await upstream.send("+OK ready\r\n")
            try await client.expect("+OK ready\r\n")
            try await client.send("USER me\r\n")
            try await upstream.expect("USER me\r\n")
            await relay.pass(.minutes(11))
            #expect(try await client.rest().hasPrefix("-ERR [SYS/TEMP]"))
        }
    }

    /// All that the client asked for was read from the upstream, but the client has not taken it yet when the session
    /// ends: it is not cut off while it goes on reading. (A message it must have taken before QUIT goes upstream.)
    @Test func aSlowClientGetsTheEndOfItsListAfterQuit() async throws {
        var limits = RelayLimits()
        limits.clientBacklog = 64 << 20
        try await LoopbackRelay.serving(limits: limits) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("LIST\r\nQUIT\r\n")
            try await upstream.expect("LIST\r\n")
            try await client.stopReading()
            upstream.sendLater(.bigMessage)
            try await upstream.expect("CAPA\r\n")
            try await upstream.send("-ERR\r\n")
            try await upstream.expect("QUIT\r\n")
            try await upstream.send("+OK bye\r\n")
            #expect(try await relay.endings() == ["quit"])
            for _ in 0..<8 {
                await relay.pass(.minutes(4))
                try await client.takeSome()
            }
            try await client.goOnReading()
            let rest = try await client.rest()
            #expect(rest.utf8.count == ByteBuffer.bigMessage.readableBytes + 9)
        }
    }
}

extension ByteBuffer {
    /// More than the kernel takes for two connections.
    static let bigMessage = ByteBuffer(
        string: "+OK\r\n\r\n" + String(repeating: String(repeating: "x", count: 1022) + "\r\n", count: 24_576) + ".\r\n"
    )
}

extension Peer {
    /// Reads a little of what waits.
    func takeSome() async throws {
        let before = count
        try await goOnReading()
        try await Peer.wait(for: "a little more") { self.count > before + 500_000 || self.hasEnded }
        try await stopReading()
    }
}
