// The handler on real sockets of the loopback interface, against itself and against the openssl command.

import Certificates
import Foundation
import NIOCore
import NIOPosix
import TLSChannel
import Testing

@testable import TLS

@Suite struct HandlerTests {
    let certificates = TestCertificates.shared
    let group = MultiThreadedEventLoopGroup.singleton

    private func listen(
        halfClosure: Bool = false,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func connect(
        to listener: any Channel,
        halfClosure: Bool = false,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: halfClosure)
            .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
            .connect(to: #require(listener.localAddress)).get()
    }

    private func echoServer() async throws -> any Channel {
        let context = try certificates.server("rsa", "ecdsa")
        return try await listen { try $0.pipeline.syncOperations.addHandlers([TLSHandler(server: context), Echo()]) }
    }

    @Test(arguments: [1, 100_000, 10_000_000])
    func echoes(octets: Int) async throws {
        let listener = try await echoServer()
        let context = try certificates.client()
        let name = try #require(ServerName("127.0.0.1"))
        let answer = group.any().makePromise(of: ByteBuffer.self)
        let sent = ByteBuffer(bytes: (0..<octets).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        let channel = try await connect(to: listener) { channel in
            let tls = try TLSHandler(client: context, serverName: name)
            try channel.pipeline.syncOperations.addHandlers([tls, Collector(answer, octets: octets, opening: sent)])
        }
        #expect(try await answer.futureResult.get() == sent)
        try await channel.close()
        try await listener.close()
    }

    /// STLS on both sides: a line in plain text, its answer, and from then on TLS on the same connection.
    @Test func upgradesInMidSessionInBothRoles() async throws {
        let serverContext = try certificates.server("ecdsa")
        let listener = try await listen { channel in
            try channel.pipeline.syncOperations.addHandlers([Upgrader(server: serverContext), Echo()])
        }
        let clientContext = try certificates.client()
        let name = try #require(ServerName("localhost"))
        let answer = group.any().makePromise(of: ByteBuffer.self)
        let channel = try await connect(to: listener) { channel in
            let upgrader = Upgrader(client: clientContext, name: name)
            try channel.pipeline.syncOperations.addHandlers([
                upgrader, Collector(answer, octets: 6, opening: ByteBuffer(string: "CAPA\r\n")),
            ])
        }
        channel.writeAndFlush(ByteBuffer(string: "STLS\r\n"), promise: nil)
        #expect(String(buffer: try await answer.futureResult.get()) == "CAPA\r\n")
        try await channel.close()
        try await listener.close()
    }

    @Test func halfClosureLetsTheOtherDirectionEnd() async throws {
        let serverContext = try certificates.server("ecdsa")
        let listener = try await listen(halfClosure: true) { channel in
            try channel.pipeline.syncOperations.addHandlers([TLSHandler(server: serverContext), Farewell()])
        }
        let clientContext = try certificates.client()
        let name = try #require(ServerName("localhost"))
        let answer = group.any().makePromise(of: ByteBuffer.self)
        let channel = try await connect(to: listener, halfClosure: true) { channel in
            let tls = try TLSHandler(client: clientContext, serverName: name)
            try channel.pipeline.syncOperations.addHandlers([tls, Collector(answer, octets: 1_000_000)])
        }
        try await channel.writeAndFlush(ByteBuffer(string: "last words"))
        try await channel.close(mode: .output)
        #expect(try await answer.futureResult.get().readableBytes == 1_000_000)
        try await channel.closeFuture.get()
        try await listener.close()
    }

    @Test func aReaderThatStopsMakesTheWriterUnwritable() async throws {
        let serverContext = try certificates.server("ecdsa")
        let written = group.any().makePromise(of: Int.self)
        let listener = try await listen { channel in
            let writer = UntilUnwritable(written, limit: 200_000_000)
            try channel.pipeline.syncOperations.addHandlers([TLSHandler(server: serverContext), writer])
        }
        let clientContext = try certificates.client()
        let name = try #require(ServerName("localhost"))
        let channel = try await connect(to: listener) { channel in
            try channel.pipeline.syncOperations.addHandler(TLSHandler(client: clientContext, serverName: name))
            try channel.syncOptions?.setOption(.autoRead, value: false)
        }
        // Loopback's socket buffers take a few megabytes; nobody above the client's handler ever reads.
        #expect(try await written.futureResult.get() < 50_000_000)
        try await channel.close()
        try await listener.close()
    }

    @Test func closeDoesNotWaitForAReaderThatHasStopped() async throws {
        let serverContext = try certificates.server("ecdsa")
        let written = group.any().makePromise(of: Int.self)
        let closed = group.any().makePromise(of: Void.self)
        let listener = try await listen { channel in
            let writer = UntilUnwritable(written, limit: 200_000_000, closed: closed)
            try channel.pipeline.syncOperations.addHandlers([TLSHandler(server: serverContext), writer])
        }
        let clientContext = try certificates.client()
        let name = try #require(ServerName("localhost"))
        let channel = try await connect(to: listener) { channel in
            try channel.pipeline.syncOperations.addHandler(TLSHandler(client: clientContext, serverName: name))
            try channel.syncOptions?.setOption(.autoRead, value: false)
        }
        try await closed.futureResult.get()
        try await channel.close()
        try await listener.close()
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func talksToOpenSSLsClient(version: String) async throws {
        let listener = try await echoServer()
        let port = try #require(listener.localAddress?.port)
        let arguments = ["-connect", "127.0.0.1:\(port)", "-quiet", "-verify_return_error", "-alpn", "pop3", version]
        let trust = [
            "-CAfile", certificates.path("ca.pem"), "-verify_hostname", "localhost", "-servername", "localhost",
        ]
        let output = try certificates.run(
            ["s_client"] + arguments + trust,
            input: "USER joe\r\n",
            until: "USER joe\r\n"
        )
        #expect(output.contains("USER joe\r\n"), "\(output)")
        try await listener.close()
    }

    @Test(arguments: [true, false])
    func showsItsCertificateToAServerThatAsks(has: Bool) async throws {
        let server = try OpenSSLServer(certificates, options: ["-Verify", "1", "-verify_return_error", "-rev"])
        defer { server.stop() }
        let context = try ClientContext(
            verification: .roots(file: certificates.path("ca.pem")),
            clientCertificate: has ? certificates.files("client") : nil
        )
        let name = try #require(ServerName("localhost"))
        let answer = group.any().makePromise(of: ByteBuffer.self)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try TLSHandler(client: context, serverName: name)
                    try channel.pipeline.syncOperations.addHandlers([tls, Collector(answer, octets: 6)])
                }
            }
            .connect(host: "127.0.0.1", port: server.port).get()
        channel.writeAndFlush(ByteBuffer(string: "abcde\n"), promise: nil)
        if has {
            #expect(String(buffer: try await answer.futureResult.get()) == "edcba\n")
        } else {
            await #expect(throws: TLSError.self) { try await answer.futureResult.get() }
        }
        try? await channel.close()
    }
}
