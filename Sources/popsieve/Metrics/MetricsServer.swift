// Metrics and health over HTTP: /metrics, /healthz, /readyz.
// Must not answer anything else, nor let anybody who is slow stay.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Prometheus

/// Listens on one address.
struct MetricsServer: Sendable {
    let setting: Settings.Metrics
    private let server: LocalServer

    /// With the port that the system chose.
    var address: String {
        let port = server.localAddress?.port ?? setting.port
        return setting.host.contains(":") ? "[\(setting.host)]:\(port)" : "\(setting.host):\(port)"
    }

    static func bind(
        _ setting: Settings.Metrics,
        on group: any EventLoopGroup,
        _ source: MetricsSource
    ) async throws -> MetricsServer {
        let address = try SocketAddress.makeAddressResolvingHost(setting.host, port: setting.port)
        let server = try await LocalServer.bind(to: address, on: group, most: MetricsLimits.connections) {
            channel,
            seat in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(MetricsConnection(seat, source))
        }
        return MetricsServer(setting: setting, server: server)
    }

    func close() async { await server.close() }
}

/// An answer to a request.
struct MetricsAnswer: Sendable, Equatable {
    var status: HTTPResponseStatus
    var type = "text/plain; charset=utf-8"
    var body: String
}

extension MetricsSource {
    func answer(_ method: HTTPMethod, _ uri: String) async -> MetricsAnswer {
        guard method == .GET || method == .HEAD else {
            return MetricsAnswer(status: .methodNotAllowed, body: "GET or HEAD\n")
        }
        switch uri.prefix(while: { $0 != "?" }) {
        case "/metrics": return MetricsAnswer(status: .ok, type: PrometheusRegistry.contentType, body: await text())
        case "/healthz":
            let isAlive = await isAlive()
            return MetricsAnswer(status: isAlive ? .ok : .serviceUnavailable, body: isAlive ? "ok\n" : "not serving\n")
        case "/readyz":
            let readiness = await readiness()
            return MetricsAnswer(
                status: readiness.ready ? .ok : .serviceUnavailable,
                type: "application/json",
                body: JSONText.line(readiness) + "\n"
            )
        default: return MetricsAnswer(status: .notFound, body: "there are /metrics, /healthz and /readyz\n")
        }
    }
}

enum MetricsLimits {
    /// Connections at once: some who scrape, and a health check.
    static let connections = 8
    /// From the connection to the last octet of the answer.
    static let time = TimeAmount.seconds(15)
}

/// Where an answer goes, and to what.
private struct MetricsReply: Sendable {
    let channel: any Channel
    let head: HTTPRequestHead

    func send(_ answer: MetricsAnswer) async throws {
        var headers = HTTPHeaders([
            ("Content-Type", answer.type), ("Content-Length", "\(answer.body.utf8.count)"), ("Connection", "close"),
            ("Cache-Control", "no-store"),
        ])
        if answer.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let response = HTTPResponseHead(version: head.version, status: answer.status, headers: headers)
        channel.write(HTTPServerResponsePart.head(response), promise: nil)
        if head.method != .HEAD {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body))), promise: nil)
        }
        // Returns when the kernel has all of it.
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
    }
}

/// One connection: one request, one answer. Belongs to its channel's event loop.
private final class MetricsConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case reading(HTTPRequestHead?)
        case answering(Task<Void, Never>)
        case over
    }

    private let seat: Seat
    private let source: MetricsSource
    private var state = State.reading(nil)
    private var deadline: Scheduled<Void>?

    init(_ seat: Seat, _ source: MetricsSource) {
        self.seat = seat
        self.source = source
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: MetricsLimits.time) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind a request is not answered.
        guard case .reading(let head) = state else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): state = .reading(head)
        // It means nothing here.
        case .body: break
        case .end: if let head { answer(head, context.channel) }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ channel: any Channel) {
        seat.requestCame()
        let reply = MetricsReply(channel: channel, head: head)
        state = .answering(
            Task { [source] in
                try? await reply.send(await source.answer(reply.head.method, reply.head.uri))
                try? await reply.channel.close().get()
            }
        )
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whoever has sent no whole request will not send one any more.
        if case .inputClosed? = event as? ChannelEvent, case .reading = state { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let task) = state { task.cancel() }
        state = .over
        deadline?.cancel()
        context.fireChannelInactive()
    }
}
