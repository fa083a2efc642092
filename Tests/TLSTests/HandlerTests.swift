// The handler on real sockets of the loopback interface.

import NIOCore
import NIOPosix
import Testing

@testable import TLS

@Suite struct HandlerTests {
    let certificates = TestCertificates.shared

    @Test func echoesOverImplicitTLS() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let serverContext = try certificates.server("ecdsa")
        let clientContext = try certificates.client()
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([TLSHandler(server: serverContext), Echo()])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let answer = group.any().makePromise(of: String.self)
        let name = try #require(ServerName("127.0.0.1"))
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(client: clientContext, serverName: name), Collector(promise: answer, length: 5),
                    ])
                }
            }
            .connect(to: #require(listener.localAddress)).get()
        try await channel.writeAndFlush(ByteBuffer(string: "+OK\r\n"))
        #expect(try await answer.futureResult.get() == "+OK\r\n")
        try await channel.close()
        try await listener.close()
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let promise: EventLoopPromise<String>
    let length: Int
    var received = ByteBuffer()

    init(promise: EventLoopPromise<String>, length: Int) {
        self.promise = promise
        self.length = length
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        if received.readableBytes >= length { promise.succeed(String(buffer: received)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
