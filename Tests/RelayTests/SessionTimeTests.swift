// Sessions that take too long, and those that may.
// Must not assert how long anything took: only which end came.

import NIOCore
import Testing

@testable import Relay

/// Each time is one that a busy machine keeps where the test needs it not to run out.
@Suite(.timeLimit(.minutes(5))) struct SessionTimeTests {
    @Test func aStrangerThatDoesNotLogIn() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.login = .seconds(12) }) { relay in
            let client = try await relay.client()
            try await relay.upstream().send("+OK ready\r\n")
            #expect(
                try await client.rest() == "+OK ready\r\n-ERR [SYS/TEMP] Closing the connection: no login in time\r\n"
            )
            #expect(try await relay.endings() == ["client-timed-out: no login in time"])
        }
    }

    @Test func anUpstreamThatDoesNotGreet() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.greeting = .milliseconds(100) }) { relay in
            let client = try await relay.client()
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server does not answer\r\n")
            #expect(try await relay.endings() == ["upstream-timed-out: no answer in time (greeting)"])
        }
    }

    @Test func anUpstreamThatDoesNotReply() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.reply = .seconds(12) }) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("NOOP\r\n")
            try await upstream.expect("NOOP\r\n")
            #expect(try await client.rest() == "-ERR [SYS/TEMP] The mail server does not answer\r\n")
            #expect(try await relay.endings() == ["upstream-timed-out: no answer in time (command)"])
        }
    }

    @Test func aClientThatSaysNothingAfterTheLogin() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.idle = .seconds(12) }) { relay in
            let (client, _) = try await relay.loggedIn()
            #expect(try await client.rest() == "-ERR [SYS/TEMP] Closing the connection: idle for too long\r\n")
            #expect(try await relay.endings() == ["client-timed-out: idle for too long"])
        }
    }

    @Test func aClientThatTakesNothing() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.stall = .seconds(6) }) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await client.stopReading()
            upstream.sendLater(.bigMessage)
            #expect(try await relay.endings() == ["client-failed: the client takes nothing"])
        }
    }

    /// The client is quiet for the whole time of the download; that is not idleness.
    @Test func aDownloadLongerThanTheIdleTimeIsNotIdleness() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.idle = .seconds(9) }) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\n\r\n")
            for _ in 0..<5 {
                try await Task.sleep(for: .seconds(3))
                try await upstream.send("x\r\n")
            }
            try await upstream.send(".\r\n")
            // Two looks at the clock later it must still be there.
            try await Task.sleep(for: .seconds(2))
            try await client.expect("+OK\r\n\r\nx\r\nx\r\nx\r\nx\r\nx\r\n.\r\n")
            try await relay.exchange(client, upstream, "NOOP\r\n", "+OK\r\n")
        }
    }

    /// Octets of a line without end do not put off the deadline of the login.
    @Test func aLoginIsNotPutOffWhileTheUpstreamIsSilent() async throws {
        try await LoopbackRelay.serving(changing: Change { $0.timeouts.login = .seconds(12) }) { relay in
            let client = try await relay.client()
            try await relay.upstream().send("+OK ready\r\n")
            try await client.expect("+OK ready\r\n")
            try await client.send("USER me\r\n")
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
                try await Task.sleep(for: .seconds(1))
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
