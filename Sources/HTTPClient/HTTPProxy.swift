// The proxy by which requests leave a site: CONNECT for https, the whole URL for http (RFC 9110, 9.3.6).
// Must not be told what is in a tunnel.

import NIOCore

/// A proxy without a login.
package struct HTTPProxy: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    /// `http://HOST:PORT`, with or without a slash at its end; nil for anything else.
    package init?(_ text: String) {
        guard let url = HTTPURL(text), url.scheme == .http, url.target == "/" else { return nil }
        host = url.host
        port = url.port
    }

    package var description: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }
}

/// Asks the proxy for a tunnel, and makes room for what is spoken in it.
final class TunnelOpening: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let target: String
    /// Puts what speaks in the tunnel behind this handler.
    private let opened: (any Channel) throws -> Void
    private var reply = ByteBuffer()
    private var isOpen = false

    init(to target: String, opened: @escaping (any Channel) throws -> Void) {
        self.target = target
        self.opened = opened
    }

    func channelActive(context: ChannelHandlerContext) {
        let request = ByteBuffer(string: "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOpen else { return context.fireChannelRead(data) }
        var octets = unwrapInboundIn(data)
        reply.writeBuffer(&octets)
        guard reply.readableBytes <= Limits.header else { return fail(.tooLarge, context) }
        guard let end = headEnd else { return }
        guard let status else { return fail(.malformed, context) }
        guard (200...299).contains(status) else { return fail(.proxyRefused(status: status), context) }
        // In the tunnel it is our turn: what is there already is not the server's.
        guard end == reply.readableBytes else { return fail(.malformed, context) }
        isOpen = true
        do {
            try opened(context.channel)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.fireErrorCaught(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOpen { context.fireErrorCaught(HTTPFailure.cut) }
        context.fireChannelInactive()
    }

    private func fail(_ failure: HTTPFailure, _ context: ChannelHandlerContext) {
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }

    /// Behind the empty line.
    private var headEnd: Int? {
        let octets = Array(reply.readableBytesView)
        let empty = Array("\r\n\r\n".utf8)
        return octets.firstRange(of: empty)?.upperBound
    }

    /// Of `HTTP/1.1 200 …`.
    private var status: Int? {
        let line = String(decoding: reply.readableBytesView.prefix { $0 != 0x0D }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3 else {
            return nil
        }
        return Int(words[1])
    }
}
