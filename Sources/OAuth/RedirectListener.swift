// Where the browser ends after a sign-in: a port of this machine that answers with a page (RFC 8252, 7.3).
// Must not be reached from elsewhere, nor take what is not meant for this sign-in.

import HTTPClient
package import NIOCore
import NIOPosix

/// Listens on 127.0.0.1.
package final class RedirectListener: Sendable {
    package typealias Reader = @Sendable (_ query: Substring) -> CodeFlow.Arrival

    package let port: Int
    private let channel: any Channel
    private let arrivals: AsyncStream<Redirect>
    private let group: any EventLoopGroup

    /// - Parameter port: 0 for a free one
    package init(on group: any EventLoopGroup, port: Int = 0) async throws(OAuthFailure) {
        let (arrivals, arrive) = AsyncStream.makeStream(
            of: Redirect.self,
            bufferingPolicy: .bufferingOldest(Limits.redirects)
        )
        self.arrivals = arrivals
        self.group = group
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(RedirectReader { arrive.yield($0) })
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
        } catch {
            let which = port == 0 ? "no port" : "port \(port)"
            throw .impossible("\(which) of 127.0.0.1 can't be had for the browser's answer (--redirect-port)")
        }
        self.port = channel.localAddress?.port ?? 0
    }

    /// Waits for the browser that brings this sign-in's answer; others are told that they are wrong here.
    package func arrival(_ read: Reader) async -> CodeFlow.Arrival? {
        for await redirect in arrivals {
            let arrival = redirect.query.map { read($0[...]) } ?? .foreign
            redirect.answer(arrival)
            if arrival != .foreign { return arrival }
        }
        return nil
    }

    package func close() async { try? await channel.close() }
}

/// A browser that waits for its page.
private struct Redirect: Sendable {
    /// Nil where it asks for something else.
    let query: String?
    let channel: any Channel

    func answer(_ arrival: CodeFlow.Arrival) {
        let (status, words) =
            switch arrival {
            case .code: ("200 OK", "You are signed in. This window may be closed; the rest is in the terminal.")
            case .refused: ("200 OK", "The provider has refused. The terminal says why.")
            case .foreign: ("404 Not Found", "This is nothing that Popsieve waits for.")
            }
        let page = "<!doctype html><meta charset=\"utf-8\"><title>Popsieve</title><p>\(words)</p>\n"
        let head = """
            HTTP/1.1 \(status)\r
            Content-Type: text/html; charset=utf-8\r
            Content-Length: \(page.utf8.count)\r
            Cache-Control: no-store\r
            Referrer-Policy: no-referrer\r
            Content-Security-Policy: default-src 'none'\r
            Connection: close\r
            \r

            """
        let channel = channel
        channel.writeAndFlush(ByteBuffer(string: head + page)).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// The head of one request, of which only the first line matters.
private final class RedirectReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let arrive: @Sendable (Redirect) -> Void
    private var received: [UInt8] = []
    private var isRead = false

    init(_ arrive: @escaping @Sendable (Redirect) -> Void) { self.arrive = arrive }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRead else { return }
        received += unwrapInboundIn(data).readableBytesView
        guard received.count <= Limits.redirect else { return context.close(promise: nil) }
        guard received.firstRange(of: Array("\r\n\r\n".utf8)) != nil else { return }
        isRead = true
        let line = String(decoding: received.prefix { $0 != 0x0D }, as: UTF8.self)
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let isRequest = words.count == 3 && words[0] == "GET" && words[2].hasPrefix("HTTP/1.")
        let query = isRequest && words[1].hasPrefix("/?") ? String(words[1].dropFirst(2)) : nil
        arrive(Redirect(query: query, channel: context.channel))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
