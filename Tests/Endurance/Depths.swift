// How fast messages come, by how deep the rules look: none, the header, the body, a scanner.
// Must not ask whether they are right: the tests do.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore
import NIOPosix

struct Depths: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures messages of 4 KiB, 100 KiB and 10 MiB through rules of each depth.",
        discussion: """
            The first octet is timed with one client, from RETR on; the rate is that of eight clients together. Each is
            the median of some rounds, in which the depths take turns. The scanner is a program that finds nothing.
            """
    )

    @Option(help: "How often each figure is taken.")
    var rounds = 5

    private struct Depth {
        let name: String
        let rule: String?
        var more = ""
    }

    private static let depths = [
        Depth(name: "none", rule: nil),
        Depth(name: "header", rule: "if header :contains \"subject\" \"no such word\" { discard; }"),
        Depth(name: "body", rule: "require \"body\"; if body :raw :contains \"no such word\" { discard; }"),
        Depth(
            name: "scan",
            rule: """
                require ["virustest", "relational", "comparator-i;ascii-numeric"];
                if virustest :value "ge" :comparator "i;ascii-numeric" "4" { discard; }
                """,
            more: "scanners: { mine: { type: command, command: [SCAN], looks-for: [virus] } }\n"
        ),
    ]

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/depths-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try await Maildrop.serve()
        var relays: [RelayProcess] = []
        defer { for relay in relays { relay.process.signal(SIGTERM) } }
        for depth in Self.depths { relays.append(try await relay(depth, folder, server.localAddress?.port ?? 0)) }
        for (number, size) in Maildrop.sizes.enumerated() {
            let count = max(4, 400_000 / (size / 4 + 2_000))
            var first: [[Double]] = Self.depths.map { _ in [] }
            var rate = first
            for _ in 0..<rounds {
                for (index, relay) in relays.enumerated() {
                    // Each scan starts a program.
                    let count = Self.depths[index].more.isEmpty ? count : min(count, 20)
                    first[index] += try await fetch(relay, number + 1, clients: 1, count: count).firstOctets
                    let fetched = try await fetch(relay, number + 1, clients: 8, count: count)
                    rate[index].append(Double(8 * count * size) / 1e6 / fetched.seconds)
                }
            }
            for (index, depth) in Self.depths.enumerated() {
                show(size, depth.name, median(first[index]), median(rate[index]), of: median(rate[1]))
            }
        }
        try await server.close()
    }

    private func relay(_ depth: Depth, _ folder: String, _ port: Int) async throws -> RelayProcess {
        let own = "\(folder)/\(depth.name)"
        try FileManager.default.createDirectory(atPath: own + "/rules", withIntermediateDirectories: true)
        if let rule = depth.rule { try rule.write(toFile: own + "/rules/10.sieve", atomically: true, encoding: .utf8) }
        let scan = own + "/scan"
        try "#!/bin/sh\ncat >/dev/null\necho '{\"verdict\":\"clean\"}'\n"
            .write(toFile: scan, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scan)
        let rules = depth.rule == nil ? "" : "rules: \"\(own)/rules\"\n"
        return try await RelayProcess(
            folder: own,
            upstream: "{ host: 127.0.0.1, port: \(port), tls: none }",
            more: rules + "store: none\n" + depth.more.replacing("SCAN", with: "\"\(scan)\"")
        )
    }

    private func fetch(
        _ relay: RelayProcess,
        _ number: Int,
        clients: Int,
        count: Int
    ) async throws -> (seconds: Double, firstOctets: [Double]) {
        let begin = ContinuousClock.now
        let firstOctets = try await withThrowingTaskGroup { group in
            for _ in 0..<clients {
                group.addTask { try await Fetching.run(port: relay.plain, number: number, count: count) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return ((.now - begin) / .seconds(1), firstOctets)
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func show(_ size: Int, _ depth: String, _ first: Double, _ rate: Double, of header: Double) {
        let name = size < 1 << 20 ? "\(size >> 10) KiB" : "\(size >> 20) MiB"
        let share = (rate / header).formatted(.number.precision(.fractionLength(2)))
        print("\(name), \(depth): first octet \(Int(first * 1e6)) µs, \(Int(rate)) MB/s, \(share) of the header's")
    }
}

/// A server with three messages, which it sends as fast as they are taken.
private final class Maildrop: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let sizes = [4 << 10, 100 << 10, 10 << 20]
    private static let messages = sizes.map { size in
        let line = String(repeating: "0123456789", count: 7) + "\r\n"
        let body = String(repeating: line, count: size / line.utf8.count)
        return ByteBuffer(string: "+OK\r\nSubject: a message\r\nFrom: anna@example.com\r\n\r\n\(body).\r\n")
    }

    private var input = ByteBuffer()

    static func serve() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Maildrop())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "+OK\r\n")), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input.writeImmutableBuffer(unwrapInboundIn(data))
        while let end = input.readableBytesView.firstIndex(of: 0x0A) {
            let line = input.readString(length: end - input.readerIndex + 1) ?? ""
            context.write(wrapOutboundOut(reply(line.split { $0.isWhitespace })), promise: nil)
        }
        context.flush()
    }

    private func reply(_ words: [Substring]) -> ByteBuffer {
        let number = words.dropFirst().first.flatMap { Int($0) }
        switch (words.first, number) {
        case ("CAPA", _): return ByteBuffer(string: "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
        case ("STAT", _): return ByteBuffer(string: "+OK 3 \(Self.sizes.reduce(0, +))\r\n")
        case ("RETR", let number?) where Self.messages.indices.contains(number - 1): return Self.messages[number - 1]
        case ("LIST", nil):
            let lines = Self.sizes.enumerated().map { "\($0.offset + 1) \($0.element)\r\n" }
            return ByteBuffer(string: "+OK\r\n\(lines.joined()).\r\n")
        default: return ByteBuffer(string: "+OK\r\n")
        }
    }
}

/// A client that fetches one message again and again.
private final class Fetching: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let commands: [String]
    private let done: EventLoopPromise<[Double]>
    private var next = 0
    private var firstOctets: [Double] = []
    private var sent = ContinuousClock.now
    private var isBegun = true
    /// The last octets of the reply.
    private var tail: [UInt8] = []

    private init(_ commands: [String], _ done: EventLoopPromise<[Double]>) {
        self.commands = commands
        self.done = done
    }

    /// - Returns: how long each first octet took, in seconds
    static func run(port: Int, number: Int, count: Int) async throws -> [Double] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: [Double].self)
        let commands = ["USER u", "PASS p"] + Array(repeating: "RETR \(number)", count: count)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Fetching(commands, done))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let firstOctets = try await done.futureResult.get()
        try await channel.close()
        return firstOctets
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let chunk = unwrapInboundIn(data).readableBytesView
        if !isBegun { firstOctets.append((.now - sent) / .seconds(1)) }
        isBegun = true
        tail = Array((tail + chunk.suffix(5)).suffix(5))
        let isFetching = next > 2
        guard tail.suffix(isFetching ? 5 : 2) == (isFetching ? [0x0D, 0x0A, 0x2E, 0x0D, 0x0A] : [0x0D, 0x0A]) else {
            return
        }
        guard next < commands.count else { return done.succeed(firstOctets) }
        tail = []
        isBegun = next < 2
        sent = .now
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: commands[next] + "\r\n")), promise: nil)
        next += 1
    }

    func channelInactive(context: ChannelHandlerContext) { done.fail(ChannelError.eof) }
}
