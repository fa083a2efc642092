// Whoever asks for a long answer and does not read it: the relay keeps little of it, serves others, and ends all the same.
// Must not measure time.

import Foundation
import NIOCore
import NIOPosix
import Testing

@Suite("Slow readers of control and metrics", .timeLimit(.minutes(5)))
struct SlowReaderTests {
    /// As many as may be connected at once.
    private static let readers = 8
    private static let sessions = 400

    private let maildrop = ScriptedMaildrop([])

    /// A connection that asks, and never reads.
    private static func asking(
        _ text: String,
        connect: (ClientBootstrap) async throws -> any Channel
    ) async throws -> any Channel {
        let channel = try await connect(
            ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelOption(.autoRead, value: false)
        )
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
        return channel
    }

    @Test("a list of sessions that nobody reads is made as far as it is read")
    func sessions() async throws {
        // Longer than what a socket takes: each name is some hundred octets of JSON.
        let name = String(repeating: "\u{202E}", count: 80)
        // No upstream has to be there before the login.
        let more = "routes: [{ user: \"*\", upstream: main }]\n"
        let (_, status) = try await Steered.running(maildrop.script, more: more) { steered in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (done, finish) = AsyncStream.makeStream(of: Void.self)
                let there = Tally()
                for _ in 0..<Self.sessions {
                    group.addTask {
                        try await Peer.connected(to: steered.relay.address) { peer in
                            _ = try await peer.line()
                            _ = try await peer.command("USER \(name)")
                            there.add()
                            for await _ in done {}
                        }
                    }
                }
                try await eventually("all are there") { there.count == Self.sessions }
                #expect(try await steered.sessions().count == Self.sessions)
                let before = try steered.relay.residentSize()
                var readers: [any Channel] = []
                for _ in 0..<Self.readers {
                    readers.append(
                        try await Self.asking("{\"v\":1,\"request\":\"sessions\"}\n") {
                            try await $0.connect(unixDomainSocketPath: steered.socket).get()
                        }
                    )
                }
                try await Peer.connected(to: steered.relay.address) { try await $0.logIn(.anna) }
                // A place is kept as long as its reader has not gone.
                #expect(try await steered.popsieve("status").status != 0)
                #expect(try steered.relay.residentSize() - before < 32 << 20)
                for reader in readers.dropLast(4) { reader.close(promise: nil) }
                try await eventually("there is a place again") {
                    try await steered.popsieve("status").status == 0
                }
                // The others are still there when it ends.
                kill(steered.relay.pid, SIGTERM)
                finish.finish()
                try await group.waitForAll()
                try await eventually("it has ended") { !steered.relay.isAlive }
                for reader in readers { reader.close(promise: nil) }
            }
        }
        #expect(status == 0)
    }

    @Test("metrics that nobody reads keep no place")
    func metrics() async throws {
        let port = try await Port.free()
        let (_, status) = try await Steered.running(maildrop.script, more: "metrics: 127.0.0.1:\(port)\n") { steered in
            let before = try steered.relay.openFiles()
            var readers: [any Channel] = []
            for _ in 0..<Self.readers {
                readers.append(
                    try await Self.asking("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n") {
                        try await $0.channelOption(.socketOption(.so_rcvbuf), value: 2_048)
                            .connect(host: "127.0.0.1", port: port).get()
                    }
                )
            }
            try await eventually("nothing of them is left") { try steered.relay.openFiles() <= before }
            for reader in readers { reader.close(promise: nil) }
        }
        #expect(status == 0)
    }
}
