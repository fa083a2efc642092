// A server with the same messages for everybody, which can fail in the middle of anything it says.
// Must not fail unless it is told to.

import NIOCore
import NIOPosix
import TLS
import TLSChannel

final class SoakServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let sizes = [700, 4_000, 30_000, 300_000]
    static let messages = sizes.map { size in
        let line = String(repeating: "0123456789", count: 7) + "\r\n"
        return "Subject: a message\r\nFrom: anna@example.com\r\n\r\n"
            + String(repeating: line, count: size / line.utf8.count) + "the end\r\n"
    }

    private static let replies = messages.map { ByteBuffer(string: "+OK\r\n\($0).\r\n") }

    private let faulter: SoakFaulter?
    /// Octets that are still said before it fails.
    private var patience = Int.max
    private var hasFailed = false
    private var input = ""

    private init(_ faulter: SoakFaulter?) {
        self.faulter = faulter
        if faulter != nil { patience = [20, 300, 5_000, 200_000].randomElement().map { Int.random(in: 0...$0) } ?? 0 }
    }

    /// - Returns: a server that is honest, or one that never is
    static func serve(_ context: ServerContext?, isFaulty: Bool) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4_096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let faulter = isFaulty ? SoakFaulter() : nil
                    if let faulter { try channel.pipeline.syncOperations.addHandler(faulter) }
                    if let context { try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context)) }
                    try channel.pipeline.syncOperations.addHandler(SoakServer(faulter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelActive(context: ChannelHandlerContext) { say("+OK ready\r\n", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input += String(buffer: unwrapInboundIn(data))
        while let end = input.firstIndex(of: "\r\n") {
            let words = input[..<end].split(separator: " ")
            input = String(input[input.index(after: end)...])
            answer(words.first ?? "", words.dropFirst().first.flatMap { Int($0) }, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ command: Substring, _ number: Int?, _ context: ChannelHandlerContext) {
        switch (command.uppercased(), number) {
        case ("CAPA", _): say("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n", context)
        case ("STAT", _): say("+OK \(Self.sizes.count) \(Self.sizes.reduce(0, +))\r\n", context)
        case ("LIST", nil): say("+OK\r\n\(listing { "\(Self.messages[$0].utf8.count)" }).\r\n", context)
        case ("UIDL", nil): say("+OK\r\n\(listing { "message-\($0)" }).\r\n", context)
        case ("RETR", let number?) where Self.messages.indices.contains(number - 1):
            say(Self.replies[number - 1], context)
        case ("QUIT", _):
            say("+OK bye\r\n", context)
            if !hasFailed { context.close(promise: nil) }
        default: say("+OK\r\n", context)
        }
    }

    private func listing(_ text: (Int) -> String) -> String {
        Self.messages.indices.map { "\($0 + 1) \(text($0))\r\n" }.joined()
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) { say(ByteBuffer(string: text), context) }

    private func say(_ reply: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !hasFailed else { return }
        var left = reply
        let part = left.readSlice(length: min(patience, reply.readableBytes)) ?? reply
        context.writeAndFlush(wrapOutboundOut(part), promise: nil)
        guard left.readableBytes > 0 else {
            if faulter != nil { patience -= part.readableBytes }
            return
        }
        hasFailed = true
        faulter?.fail(SoakFault.allCases.randomElement() ?? .cut)
    }
}
