// Two embedded channels whose ciphertext is carried by hand: handlers without sockets and without time.

import NIOCore
import NIOEmbedded
import Testing

@testable import TLS

/// Notes what a handler above TLS sees, in order.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Seen: Equatable {
        case active
        case handshake
        case text(String)
        case inputClosed
        case error(TLSError)
        case inactive
    }

    var seen: [Seen] = []
    var whenHandshake: ((ChannelHandlerContext) -> Void)?
    var whenRead: ((ChannelHandlerContext) -> Void)?

    func channelActive(context: ChannelHandlerContext) { seen.append(.active) }
    func channelInactive(context: ChannelHandlerContext) { seen.append(.inactive) }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        seen.append(.text(String(buffer: unwrapInboundIn(data))))
        whenRead?(context)
    }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted {
            seen.append(.handshake)
            whenHandshake?(context)
        }
        if let event = event as? ChannelEvent, event == .inputClosed { seen.append(.inputClosed) }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { seen.append(.error(error)) }
    }
}

/// A client channel and a server channel with TLS on both.
struct HandlerPair {
    let client = EmbeddedChannel()
    let server = EmbeddedChannel()
    let clientSaw = Recorder()
    let serverSaw = Recorder()

    init(_ certificates: TestCertificates = .shared, active: Bool = true) throws {
        let name = try #require(ServerName("localhost"))
        let clientTLS = try TLSHandler(client: certificates.client(), serverName: name)
        let serverTLS = try TLSHandler(server: certificates.server("ecdsa"))
        try client.pipeline.syncOperations.addHandlers([clientTLS, clientSaw])
        try server.pipeline.syncOperations.addHandlers([serverTLS, serverSaw])
        if active { try connect() }
    }

    func connect() throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 995)
        server.connect(to: address, promise: nil)
        client.connect(to: address, promise: nil)
    }

    /// Carries ciphertext both ways until there is none.
    func carry() throws {
        while true {
            let (toServer, toClient) = (try output(client), try output(server))
            if toServer == nil && toClient == nil { return }
            if let toServer, server.isActive { _ = try? server.writeInbound(toServer) }
            if let toClient, client.isActive { _ = try? client.writeInbound(toClient) }
        }
    }

    /// One write of ciphertext, if there is one.
    func output(_ channel: EmbeddedChannel) throws -> ByteBuffer? { try channel.readOutbound(as: ByteBuffer.self) }

    func finish() {
        _ = try? client.finish(acceptAlreadyClosed: true)
        _ = try? server.finish(acceptAlreadyClosed: true)
    }
}
