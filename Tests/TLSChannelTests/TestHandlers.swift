// Handlers that stand above TLS in the tests on real sockets.

import NIOCore
import TLSChannel

@testable import TLS

/// Sends back what it gets.
final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Says its opening when TLS stands; keeps its promise with the first octets that come, or with the first error.
final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<ByteBuffer>
    private let octets: Int
    private let opening: ByteBuffer?
    private var received = ByteBuffer()

    init(_ promise: EventLoopPromise<ByteBuffer>, octets: Int, opening: ByteBuffer? = nil) {
        self.opening = opening
        self.promise = promise
        self.octets = octets
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        if received.readableBytes >= octets { promise.succeed(received) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
        if event is TLSHandshakeCompleted, let opening { context.writeAndFlush(NIOAny(opening), promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}

/// Waits for one line in plain text, then puts TLS before itself: the server after its answer, the client after it came.
final class Upgrader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let make: () throws -> TLSHandler
    private let answers: Bool

    init(server context: ServerContext) {
        make = { try TLSHandler(server: context) }
        answers = true
    }

    init(client context: ClientContext, name: ServerName) {
        make = { try TLSHandler(client: context, serverName: name) }
        answers = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if answers { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "+OK Begin TLS\r\n")), promise: nil) }
        do {
            try context.pipeline.syncOperations.addHandler(try make(), position: .first)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.fireErrorCaught(error)
        }
    }
}

/// Sends a million octets when the peer has ended its stream, and closes.
final class Farewell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(repeating: 7, count: 1_000_000)), promise: nil)
        context.close(promise: nil)
    }
}

/// Writes as long as the channel says that it may; tells how much that was. May close then, twice: both must be told.
final class UntilUnwritable: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<Int>
    private let limit: Int
    private let closed: EventLoopPromise<Void>?
    private var written = 0

    init(_ promise: EventLoopPromise<Int>, limit: Int, closed: EventLoopPromise<Void>? = nil) {
        self.promise = promise
        self.limit = limit
        self.closed = closed
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TLSHandshakeCompleted else { return }
        let chunk = ByteBuffer(repeating: 1, count: 100_000)
        while context.channel.isWritable, written < limit {
            context.writeAndFlush(NIOAny(chunk), promise: nil)
            written += chunk.readableBytes
        }
        promise.succeed(written)
        guard let closed else { return }
        context.close(promise: nil)
        context.close(promise: closed)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
}
