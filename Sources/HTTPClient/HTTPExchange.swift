// The end of a channel's pipeline: sends one request, gathers its response within bounds, and closes.
// Must not decide what a response means.

import NIOCore
import NIOHTTP1
import TLS

/// One request on one connection.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        /// The connection does not stand yet.
        case waiting
        /// The request has been sent.
        case asked
        /// The head is here, the body comes.
        case answered(HTTPResponse)
        /// The promise is kept or broken.
        case over
    }

    private let request: HTTPRequest
    /// What stands in the request's first line.
    private let target: String
    private let promise: EventLoopPromise<HTTPResponse>
    private var state = State.waiting
    private var announcements = 0

    init(_ request: HTTPRequest, target: String, _ promise: EventLoopPromise<HTTPResponse>) {
        self.request = request
        self.target = target
        self.promise = promise
    }

    // MARK: The request

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { send(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if case .waiting = state { send(context) }
    }

    private func send(_ context: ChannelHandlerContext) {
        state = .asked
        var headers = HTTPHeaders([
            ("Host", request.url.authority), ("Connection", "close"), ("User-Agent", "popsieve"),
        ])
        for (name, value) in request.fields { headers.add(name: name, value: value) }
        if request.method == .post { headers.add(name: "Content-Length", value: "\(request.body.count)") }
        let method = HTTPMethod(rawValue: request.method.rawValue)
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: The response

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): take(head, context)
        case .body(let octets): take(octets, context)
        case .end:
            guard case .answered(let response) = state else { return }
            state = .over
            promise.succeed(response)
            context.close(promise: nil)
        }
    }

    private func take(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        guard case .asked = state else { return }
        let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard size <= Limits.header else { return fail(.tooLarge, context) }
        if (100...199).contains(head.status.code) {
            announcements += 1
            // Nobody has asked to speak another protocol.
            let isLegal = head.status.code != 101 && announcements <= Limits.announcements
            return isLegal ? () : fail(.malformed, context)
        }
        // Nobody has asked for a coding of the body.
        let codings = head.headers[canonicalForm: "content-encoding"].filter { $0.lowercased() != "identity" }
        guard codings.isEmpty else { return fail(.malformed, context) }
        let fields = head.headers.map { (name: $0.name, value: $0.value) }
        state = .answered(HTTPResponse(status: Int(head.status.code), fields: fields))
    }

    private func take(_ octets: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .answered(var response) = state else { return }
        guard response.body.count + octets.readableBytes <= request.bodyLimit else { return fail(.tooLarge, context) }
        // Not two of them at once, which would make the body be copied.
        state = .over
        response.body += octets.readableBytesView
        state = .answered(response)
    }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(Self.failure(error), context) }

    func channelInactive(context: ChannelHandlerContext) { fail(.cut, context) }

    private func fail(_ failure: HTTPFailure, _ context: ChannelHandlerContext) {
        if case .over = state { return }
        state = .over
        promise.fail(failure)
        context.close(promise: nil)
    }

    static func failure(_ error: any Error) -> HTTPFailure {
        switch error {
        case let error as HTTPFailure: error
        case TLSError.closedWithoutNotify: .cut
        case HTTPParserError.invalidEOFState: .cut
        case HTTPParserError.headerOverflow: .tooLarge
        case is HTTPParserError: .malformed
        case let error as TLSError: .untrusted("\(error)")
        case let error as IOError: .unreachable(SystemWords.text(error.errnoCode))
        case ChannelError.connectTimeout: .timedOut
        case is ChannelError: .cut
        default: .malformed
        }
    }
}
