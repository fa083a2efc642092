// TLS on a test's connection, and ends that no library offers: beneath TLS, in the middle, rudely.
// Must not know when they are right.

import NIOCore
import NIOPosix
import TLS
import TLSChannel

extension Peer {
    /// Goes on in TLS, as a client.
    func startTLS(trusting authority: String, name: String = "localhost") async throws {
        let context = try ClientContext(verification: .roots(file: authority))
        let channel = channel
        try await channel.eventLoop.submit {
            guard let name = ServerName(name) else { return }
            let handler = try TLSHandler(client: context, serverName: name)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }

    /// Goes on in TLS, as a server; `farewell` is the last that is sent in plain text.
    func startTLS(showing pair: Certificates.Pair, behind farewell: String = "") async throws {
        let context = try ServerContext(certificateChainFile: pair.certificate, privateKeyFile: pair.key)
        let channel = channel
        try await channel.eventLoop.submit {
            channel.writeAndFlush(ByteBuffer(string: farewell), promise: nil)
            try channel.pipeline.syncOperations.addHandler(TLSHandler(server: context), position: .first)
            // A connection that an `Entrance` has let in is not read before.
            try channel.syncOptions?.setOption(.autoRead, value: true)
        }.get()
    }

    /// Reads from now on; for a connection that an `Entrance` has let in.
    func open() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// What comes stays with the kernel from now on.
    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    var localPort: Int { channel.localAddress?.port ?? 0 }

    /// Sends without waiting until the other side takes it.
    func post(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Closes without a farewell: the other side gets a reset.
    func reset() async throws {
        let socket = channel as? any SocketOptionProvider
        try await socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await closeBeneathTLS()
    }

    /// Closes the connection, TLS left in the middle.
    func closeBeneathTLS() async throws {
        try await beneath({ $0.close(promise: $1) }, { $0.close(promise: $1) })
    }

    /// Octets as they are, beneath TLS where there is some.
    func sendBeneathTLS(_ octets: [UInt8]) async throws {
        let buffer = ByteBuffer(bytes: octets)
        try await beneath({ $0.writeAndFlush(NIOAny(buffer), promise: $1) }, { $0.writeAndFlush(buffer, promise: $1) })
    }

    /// What the other side has closed already is for the test to see by reading.
    private func beneath(
        _ withTLS: @escaping @Sendable (ChannelHandlerContext, EventLoopPromise<Void>) -> Void,
        _ plain: @escaping @Sendable (any Channel, EventLoopPromise<Void>) -> Void
    ) async throws {
        let channel = channel
        let done = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute {
            if let context = try? channel.pipeline.syncOperations.context(handlerType: TLSHandler.self) {
                withTLS(context, done)
            } else {
                plain(channel, done)
            }
        }
        _ = try? await done.futureResult.get()
    }
}
