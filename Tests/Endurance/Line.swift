// One connection, read and written step by step.
// Must not know POP3.

import Foundation
import NIOCore
import NIOPosix

/// A client's connection. Nothing of it is read before somebody asks.
struct Line: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    init(port: Int) async throws {
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
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
