// One connection, read and written step by step.
// Must not know POP3.

import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A client's connection. Nothing of it is read before somebody asks.
struct Line: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    /// Everything that was taken from the socket; a channel reads ahead of who asks it.
    let taken = Taken()

    init(port: Int) async throws {
        let taken = taken
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Taking(taken))
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    func send(_ text: String) {
        channel.channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    func send(_ octets: [UInt8]) {
        channel.channel.writeAndFlush(ByteBuffer(bytes: octets), promise: nil)
    }

    /// Asks for what comes next.
    func read() { channel.channel.read() }

    /// Closes so that the other side gets a reset.
    func reset() async {
        let socket = channel.channel as? any SocketOptionProvider
        try? await socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.channel.close()
    }
}

/// What a client's system has acknowledged and its program has read.
final class Taken: Sendable {
    private let octets = Mutex(Data())

    func append(_ more: ByteBuffer) { octets.withLock { $0.append(contentsOf: more.readableBytesView) } }

    func contains(_ text: String) -> Bool { octets.withLock { $0.range(of: Data(text.utf8)) != nil } }
}

/// Notes what passes.
private final class Taking: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let taken: Taken

    init(_ taken: Taken) {
        self.taken = taken
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        taken.append(unwrapInboundIn(data))
        context.fireChannelRead(data)
    }
}
