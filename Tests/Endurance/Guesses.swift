// Guesses of passwords, as fast as they go, from one address or from many of one IPv6 network; and who logs in meanwhile.
// Must not judge how many are too many.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore
import NIOPosix
import Synchronization

struct Guesses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Guesses passwords, counts what reaches the server, and times who logs in meanwhile.",
        discussion: """
            The addresses of an IPv6 network must be this machine's, in a network of its own:

              unshare -n sh -c 'ip link set lo up; ip -6 route add local 2001:db8::/64 dev lo; \\
                sysctl -qw net.ipv6.ip_nonlocal_bind=1; endurance guesses --network 2001:db8:: --addresses 1000'
            """
    )

    @Option(help: "How many.")
    var guesses = 100_000

    @Option(help: "Connections at once.")
    var connections = 200

    @Option(help: "The first 64 bits of the addresses that guesses come from; without it they come from 127.0.0.7.")
    var network: String?

    @Option(help: "How many addresses of the network.")
    var addresses = 1_000

    /// What came of the guesses.
    private final class Counts: Sendable {
        let made = Atomic<Int>(0)
        let heard = Atomic<Int>(0)
        let refused = Atomic<Int>(0)
        let turnedAway = Atomic<Int>(0)
        let unconnected = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        /// Nobody can connect at all.
        var isHopeless: Bool {
            made.load(ordering: .relaxed) == 0 && unconnected.load(ordering: .relaxed) > 1_000
        }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/endurance-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let counts = Counts()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4_096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Refuser { counts.heard.add(1, ordering: .relaxed) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let host = network == nil ? "127.0.0.1" : "[::]"
        let relay = try await RelayProcess(
            folder: folder,
            upstream: "{ host: 127.0.0.1, port: \(server.localAddress?.port ?? 0), tls: none }",
            more: "trusted-networks: []\nquarantine: none\nstore: none\nallow-plaintext-login: true\n",
            host: host
        )
        defer { relay.process.signal(SIGKILL) }
        // Where guesses come from, and has been before.
        _ = await login("known", source(0), relay.plain)
        async let known = times("known", source(0), relay.plain, counts)
        async let elsewhere = times("elsewhere", "127.0.0.9", relay.plain, counts)
        let begin = ContinuousClock.now
        await guess(relay.plain, counts)
        counts.isOver.store(true, ordering: .relaxed)
        guard !counts.isHopeless else {
            throw ValidationError("nobody can connect from \(source(0)): is it an address of this machine? See --help.")
        }
        let seconds = Double((ContinuousClock.now - begin) / .milliseconds(1)) / 1_000
        print("\(counts.made.load(ordering: .relaxed)) guesses in \(seconds) s")
        print("\(counts.heard.load(ordering: .relaxed)) reached the server")
        print("\(counts.refused.load(ordering: .relaxed)) were told to wait longer than anybody waits")
        print("\(counts.turnedAway.load(ordering: .relaxed)) connections were turned away or ended")
        tell("a user who has logged in from there before", await known)
        tell("a user elsewhere", await elsewhere)
        if !relay.isAlive { throw ExitCode(1) }
    }

    private func source(_ number: Int) -> String {
        network.map { $0 + String(number % max(1, addresses) + 1, radix: 16) } ?? "127.0.0.7"
    }

    // MARK: Guesses

    private func guess(_ port: Int, _ counts: Counts) async {
        await withTaskGroup { group in
            for number in 0..<connections {
                group.addTask {
                    var round = number
                    while counts.made.load(ordering: .relaxed) < guesses, !counts.isHopeless {
                        await guess(from: source(round), port, counts)
                        round += connections
                    }
                }
            }
        }
    }

    /// As many as one connection has.
    private func guess(from source: String, _ port: Int, _ counts: Counts) async {
        let channel = try? await Self.connect(source, port)
        guard let channel else {
            counts.unconnected.add(1, ordering: .relaxed)
            return
        }
        try? await channel.executeThenClose { inbound, outbound in
            var lines = Lines(inbound)
            guard try await lines.next()?.hasPrefix("+OK") == true else {
                counts.turnedAway.add(1, ordering: .relaxed)
                return
            }
            while counts.made.add(1, ordering: .relaxed).newValue <= guesses {
                let name = "user\(Int.random(in: 0..<1_000_000))"
                try await outbound.write(ByteBuffer(string: "USER \(name)\r\n"))
                guard var reply = try await lines.next() else { break }
                if reply.hasPrefix("+OK") {
                    try await outbound.write(ByteBuffer(string: "PASS guess\r\n"))
                    guard let answer = try await lines.next() else { break }
                    reply = answer
                }
                if reply.hasPrefix("-ERR [LOGIN-DELAY]") { counts.refused.add(1, ordering: .relaxed) }
            }
            counts.turnedAway.add(1, ordering: .relaxed)
        }
    }

    // MARK: Who has a password

    /// How long each login took, in milliseconds; nil: it was refused.
    private func times(_ user: String, _ source: String, _ port: Int, _ counts: Counts) async -> [Double?] {
        var times: [Double?] = []
        while !counts.isOver.load(ordering: .relaxed) {
            times.append(await login(user, source, port))
            try? await Task.sleep(for: .seconds(2))
        }
        return times
    }

    private func login(_ user: String, _ source: String, _ port: Int) async -> Double? {
        let begin = ContinuousClock.now
        guard let channel = try? await Self.connect(source, port) else { return nil }
        return try? await channel.executeThenClose { inbound, outbound in
            var lines = Lines(inbound)
            guard try await lines.next()?.hasPrefix("+OK") == true else { return nil }
            try await outbound.write(ByteBuffer(string: "USER \(user)\r\n"))
            guard try await lines.next()?.hasPrefix("+OK") == true else { return nil }
            try await outbound.write(ByteBuffer(string: "PASS right\r\n"))
            guard try await lines.next()?.hasPrefix("+OK") == true else { return nil }
            return Double((ContinuousClock.now - begin) / .microseconds(1)) / 1_000
        }
    }

    private func tell(_ who: String, _ times: [Double?]) {
        let done = times.compactMap(\.self).sorted()
        let median = done.isEmpty ? "–" : "\(done[done.count / 2]) ms, at most \(done[done.count - 1]) ms"
        print("\(who): \(times.count) logins, \(times.count - done.count) in vain, median \(median)")
    }

    private static func connect(_ source: String, _ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: SocketAddress(ipAddress: source, port: 0))
            .connect(host: source.contains(":") ? "::1" : "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }
}

/// Lines as they come.
private struct Lines {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var rest = ""

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { self.inbound = inbound.makeAsyncIterator() }

    mutating func next() async throws -> String? {
        while true {
            if let end = rest.firstIndex(of: "\r\n") {
                defer { rest = String(rest[rest.index(after: end)...]) }
                return String(rest[..<end])
            }
            guard let buffer = try await inbound.next(isolation: #isolation) else { return nil }
            rest += String(buffer: buffer)
        }
    }
}

/// A server that lets in whoever says "right", and counts the others.
private final class Refuser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let refused: () -> Void
    private var rest = ""

    init(_ refused: @escaping () -> Void) { self.refused = refused }

    func channelActive(context: ChannelHandlerContext) { say("+OK ready", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        rest += String(buffer: unwrapInboundIn(data))
        while let end = rest.firstIndex(of: "\r\n") {
            let line = rest[..<end]
            rest = String(rest[rest.index(after: end)...])
            if line.hasPrefix("PASS "), line != "PASS right" {
                refused()
                say("-ERR [AUTH] no", context)
            } else {
                say("+OK", context)
            }
        }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(NIOAny(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}
