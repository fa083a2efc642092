// A server that fails in the middle of something that it says, in one way or another.
// Must not be the one that anybody relies on.

import NIOCore
import NIOPosix
import TLS
import TLSChannel

final class SoakFaultyServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let faulter: SoakFaulter
    /// Octets that are still said before it fails.
    private var patience = [20, 300, 5_000, 200_000].randomElement().map { Int.random(in: 0...$0) } ?? 0
    private var hasFailed = false
    private var input = ""

    private init(_ faulter: SoakFaulter) { self.faulter = faulter }

    static func serve(_ context: ServerContext) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4_096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let faulter = SoakFaulter()
                    try channel.pipeline.syncOperations.addHandler(faulter)
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context))
                    try channel.pipeline.syncOperations.addHandler(SoakFaultyServer(faulter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelActive(context: ChannelHandlerContext) { say(SoakMaildrop.greeting, context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        input += String(buffer: unwrapInboundIn(data))
        while let line = SoakMaildrop.nextLine(&input) {
            let (reply, isLast) = SoakMaildrop.answer(line)
            say(reply, context)
            if isLast, !hasFailed { return context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func say(_ reply: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !hasFailed else { return }
        var left = reply
        let part = left.readSlice(length: min(patience, reply.readableBytes)) ?? reply
        context.writeAndFlush(wrapOutboundOut(part), promise: nil)
        patience -= part.readableBytes
        guard left.readableBytes > 0 else { return }
        hasFailed = true
        faulter.fail(SoakFault.allCases.randomElement() ?? .cut)
    }
}
