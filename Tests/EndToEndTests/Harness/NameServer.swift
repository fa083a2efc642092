// A name server that plays a part: it knows what a test says, is slow, wrong, or silent (RFC 1035).
// Must not ask anybody else.

import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Answers questions at port 53 of a namespace.
final class NameServer: Sendable {
    enum Answer: Sendable {
        /// IPv4 and IPv6 addresses; each question gets those of its family, which may be none.
        case addresses([String])
        /// Servers of a service.
        case services([(priority: Int, weight: Int, port: Int, target: String)])
        /// After so long.
        case late(seconds: Double, [String])
        /// There is no such name.
        case unknown
        /// The server has a fault of its own (SERVFAIL).
        case failed
        /// Octets that mean nothing.
        case garbage
        /// The right answer to a question that nobody has asked.
        case foreign([String])
        /// What fits is nothing: the question is to be asked again over TCP, where nobody listens.
        case truncated
        case silence
    }

    /// What `/etc/resolv.conf` says of it.
    ///
    /// - Parameter seconds: how long it is waited for, twice
    static func setting(seconds: Int) -> String { "nameserver 127.0.0.1\noptions timeout:\(seconds) attempts:2\n" }

    private let answers: Mutex<[String: Answer]>
    private let asked = Mutex<[String: Int]>([:])

    private init(_ answers: [String: Answer]) {
        self.answers = Mutex(answers)
    }

    /// How often it was asked for a name, in either family.
    func questions(for name: String) -> Int { asked.withLock { $0[name] ?? 0 } }

    func set(_ name: String, _ answer: Answer) { answers.withLock { $0[name] = answer } }

    static func serving<Result>(
        _ answers: [String: Answer],
        in namespace: Namespace,
        _ body: (NameServer) async throws -> Result
    ) async throws -> Result {
        let server = NameServer(answers)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .withBoundSocket(try namespace.datagramSocket(port: 53)).get()
        defer { channel.close(promise: nil) }
        return try await body(server)
    }

    fileprivate func reply(to octets: [UInt8]) -> (octets: [UInt8], delay: TimeAmount)? {
        guard let question = Question(octets) else { return nil }
        asked.withLock { $0[question.name, default: 0] += 1 }
        switch answers.withLock({ $0[question.name] }) ?? .unknown {
        case .addresses(let texts): return (question.answered(texts), .zero)
        case .services(let servers): return (question.answered(servers), .zero)
        case .late(let seconds, let texts): return (question.answered(texts), .milliseconds(Int64(seconds * 1_000)))
        case .unknown: return (question.reply(code: 3), .zero)
        case .failed: return (question.reply(code: 2), .zero)
        case .garbage: return ((0..<60).map { _ in UInt8.random(in: 0...255) }, .zero)
        case .foreign(let texts): return (Question(octets, number: question.number ^ 1)?.answered(texts) ?? [], .zero)
        case .truncated: return (question.reply(code: 0, isTruncated: true), .zero)
        case .silence: return nil
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        private let server: NameServer

        init(_ server: NameServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let question = unwrapInboundIn(data)
            guard let reply = server.reply(to: Array(question.data.readableBytesView)) else { return }
            let channel = context.channel
            let envelope = AddressedEnvelope(
                remoteAddress: question.remoteAddress,
                data: ByteBuffer(bytes: reply.octets)
            )
            context.eventLoop.scheduleTask(in: reply.delay) { channel.writeAndFlush(envelope, promise: nil) }
        }
    }
}

/// A question for the addresses of one name.
private struct Question {
    private static let ipv4: UInt16 = 1
    private static let ipv6: UInt16 = 28

    let number: UInt16
    let name: String
    private let type: UInt16
    /// Name, type and class, as they came.
    private let octets: [UInt8]

    /// - Parameter number: another one than it has
    init?(_ message: [UInt8], number: UInt16? = nil) {
        guard message.count > 16 else { return nil }
        self.number = number ?? UInt16(message[0]) << 8 | UInt16(message[1])
        var labels: [String] = []
        var index = 12
        while index < message.count, message[index] > 0 {
            let end = index + 1 + Int(message[index])
            guard end < message.count else { return nil }
            labels.append(String(decoding: message[(index + 1)..<end], as: UTF8.self))
            index = end
        }
        guard index + 5 <= message.count else { return nil }
        name = labels.joined(separator: ".").lowercased()
        type = UInt16(message[index + 1]) << 8 | UInt16(message[index + 2])
        octets = Array(message[12..<(index + 5)])
    }

    /// The header, and the question again.
    func reply(code: UInt8, isTruncated: Bool = false, answers: [[UInt8]] = []) -> [UInt8] {
        let flags: [UInt8] = [0x85 | (isTruncated ? 2 : 0), 0x80 | code]
        let counts: [UInt8] = [0, 1, 0, UInt8(answers.count), 0, 0, 0, 0]
        return [UInt8(number >> 8), UInt8(number & 0xFF)] + flags + counts + octets + answers.joined()
    }

    func answered(_ texts: [String]) -> [UInt8] {
        let records = texts.compactMap { text -> [UInt8]? in
            guard let address = Self.octets(of: text), (address.count == 4) == (type == Self.ipv4),
                type == Self.ipv4 || type == Self.ipv6
            else { return nil }
            // The name of the question, type, class, no time to live.
            return [0xC0, 12, 0, UInt8(type), 0, 1, 0, 0, 0, 0, 0, UInt8(address.count)] + address
        }
        return reply(code: 0, answers: records)
    }

    /// None where addresses are asked for.
    func answered(_ servers: [(priority: Int, weight: Int, port: Int, target: String)]) -> [UInt8] {
        let records = servers.map { server -> [UInt8] in
            let numbers = [server.priority, server.weight, server.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            let words = server.target.split(separator: ".").map { [UInt8($0.utf8.count)] + Array($0.utf8) }
            let labels = Array(words.joined()) + [0]
            let length = numbers.count + labels.count
            return [0xC0, 12, 0, UInt8(type), 0, 1, 0, 0, 0, 0, 0, UInt8(length)] + numbers + labels
        }
        return reply(code: 0, answers: type == 33 ? records : [])
    }

    private static func octets(of text: String) -> [UInt8]? {
        guard text.contains(":") else { return text.split(separator: ".").compactMap { UInt8($0) } }
        // Groups of 16 bits, with one gap of zeros.
        let halves = text.components(separatedBy: "::").map { half in
            half.split(separator: ":").compactMap { UInt16($0, radix: 16) }.flatMap {
                [UInt8($0 >> 8), UInt8($0 & 0xFF)]
            }
        }
        guard halves.count == 2 else { return halves.first }
        return halves[0] + Array(repeating: 0, count: 16 - halves[0].count - halves[1].count) + halves[1]
    }
}
