// Requests to HTTP servers, one connection each: verified TLS, one deadline, bounded responses.
// Must not follow redirects or keep cookies, and knows nothing of what is asked.

package import NIOCore
import NIOHTTP1
import NIOPosix
package import TLS
import TLSChannel

/// Asks servers. Names are looked up by the system; addresses of a name are raced (RFC 8305).
package struct HTTPClient: Sendable {
    private let group: any EventLoopGroup
    private let context: ClientContext
    private let proxy: HTTPProxy?
    private let patience: TimeAmount

    /// - Parameters:
    ///   - proxy: for all requests but those to this machine
    ///   - patience: for all of a request; nil: the usual
    package init(
        on group: any EventLoopGroup,
        trusting verification: ClientContext.Verification = .systemRoots,
        proxy: HTTPProxy? = nil,
        patience: TimeAmount? = nil
    ) throws(TLSConfigurationError) {
        self.init(on: group, context: try Self.context(verification), proxy: proxy, patience: patience)
    }

    /// - Parameter context: see ``context(_:)``
    package init(on group: any EventLoopGroup, context: ClientContext, proxy: HTTPProxy?, patience: TimeAmount? = nil) {
        self.group = group
        self.context = context
        self.proxy = proxy
        self.patience = patience ?? Limits.patience
    }

    /// What servers are trusted by; made before there is a loop, where whoever has named the roots is told.
    package static func context(
        _ verification: ClientContext.Verification
    ) throws(TLSConfigurationError) -> ClientContext {
        try ClientContext(verification: verification, speaks: .http)
    }

    /// The response, whatever its status is.
    package func response(to request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let loop = group.any()
        let promise = loop.makePromise(of: HTTPResponse.self)
        let deadline = loop.scheduleTask(in: patience) { promise.fail(HTTPFailure.timedOut) }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        connect(request, promise, on: loop)
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(HTTPFailure.cancelled)
            }
        } catch {
            throw HTTPExchange.failure(error)
        }
    }

    private func connect(_ request: HTTPRequest, _ promise: EventLoopPromise<HTTPResponse>, on loop: any EventLoop) {
        let proxy = request.url.isLoopback ? nil : proxy
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                // However it comes out, also by the deadline.
                promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
                return channel.eventLoop.makeCompletedFuture { try prepare(channel, request, proxy, promise) }
            }
        let (host, port) = proxy.map { ($0.host, $0.port) } ?? (request.url.host, request.url.port)
        // A number needs no look-up.
        let connected =
            if let number = try? SocketAddress(ipAddress: host, port: port) {
                bootstrap.connect(to: number)
            } else {
                bootstrap.connect(host: host, port: port)
            }
        connected.whenFailure { promise.fail(Self.failure(toConnect: $0)) }
    }

    private func prepare(
        _ channel: any Channel,
        _ request: HTTPRequest,
        _ proxy: HTTPProxy?,
        _ promise: EventLoopPromise<HTTPResponse>
    ) throws {
        let isTunnel = proxy != nil && request.url.scheme == .https
        let target = proxy != nil && !isTunnel ? "\(request.url)" : request.url.target
        let exchange = HTTPExchange(request, target: target, promise)
        guard isTunnel else { return try speak(on: channel, request, exchange) }
        let opening = TunnelOpening(to: request.url.tunnel) { try speak(on: $0, request, exchange) }
        // Until the tunnel is open its failures are the exchange's.
        try channel.pipeline.syncOperations.addHandlers([opening, TunnelFailures(promise)])
    }

    private func speak(on channel: any Channel, _ request: HTTPRequest, _ exchange: HTTPExchange) throws {
        let pipeline = channel.pipeline.syncOperations
        if request.url.scheme == .https {
            guard let name = ServerName(request.url.host) else { throw HTTPFailure.malformed }
            try pipeline.addHandler(TLSHandler(client: context, serverName: name))
        }
        // Announcements are handed on, so that they can be counted.
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
        try pipeline.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(decoder), NIOHTTPRequestHeadersValidator(), exchange,
        ])
    }

    private static func failure(toConnect error: any Error) -> HTTPFailure {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { failure(toConnect: $0.error) } ?? .unreachable("no such host")
        case let error as TLSError: .untrusted("\(error)")
        case is IOError, ChannelError.connectTimeout: HTTPExchange.failure(error)
        default: .unreachable("no connection")
        }
    }
}

/// Tells what goes wrong while a tunnel is opened.
private final class TunnelFailures: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let promise: EventLoopPromise<HTTPResponse>

    init(_ promise: EventLoopPromise<HTTPResponse>) { self.promise = promise }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(HTTPExchange.failure(error))
        context.close(promise: nil)
    }
}
