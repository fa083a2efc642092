// One request and its response on a connection that speaks HTTP/1.1.
// Must not know what they are about.

import NIOCore
import NIOHTTP1

/// A connection to an HTTP server.
struct HTTPConnection: Reusable {
    let wire: Wire<HTTPClientResponsePart, HTTPClientRequestPart>

    /// A response, read whole.
    struct Response {
        let status: Int
        let server: String?
        let body: ByteBuffer
        /// Another request may follow on this connection.
        let keepsAlive: Bool
    }

    static func open(_ dialer: Dialer) async throws(UnscannedReason) -> HTTPConnection {
        let wire = Wire<HTTPClientResponsePart, HTTPClientRequestPart> { part in
            // An element costs memory even if it holds one octet.
            if case .body(let body) = part { body.readableBytes + 64 } else { 64 }
        }
        try await dialer.dial(wire) { channel in
            // Announcements are handed on, so that they can be counted.
            let decoder = HTTPResponseDecoder(
                leftOverBytesStrategy: .dropBytes,
                informationalResponseStrategy: .forward
            )
            try channel.pipeline.syncOperations.addHandlers([
                HTTPRequestEncoder(), ByteToMessageHandler(decoder), NIOHTTPRequestHeadersValidator(),
            ])
        }
        return HTTPConnection(wire: wire)
    }

    var isIdle: Bool { wire.isIdle }

    func close() { wire.close() }

    /// Sends a request whose body is `source`, if it has one, and reads the response.
    func exchange(
        _ head: HTTPRequestHead,
        _ source: (any ScanSource)? = nil
    ) async throws(UnscannedReason) -> Response {
        var parts: [HTTPClientRequestPart] = [.head(head)]
        var goesOn = true
        let length = source?.count ?? 0
        if length == 0 { goesOn = await wire.send(parts + [.end(nil)]) }
        if let source {
            for range in source.pieces where goesOn {
                parts.append(.body(.byteBuffer(try source.piece(range))))
                if range.upperBound == length { parts.append(.end(nil)) }
                goesOn = await wire.send(parts)
                parts = []
            }
        }
        return try await response(wasSentWhole: goesOn)
    }

    private func response(wasSentWhole: Bool) async throws(UnscannedReason) -> Response {
        var head: HTTPResponseHead?
        var announcements = 0
        var body = ByteBuffer()
        while let part = await wire.receive() {
            switch part {
            case .head(let next):
                // 100 Continue and its like announce another.
                if next.status.code >= 200 { head = next } else { announcements += 1 }
                guard announcements <= Limits.headerLines else { throw .garbage("announcements without an end") }
            case .body(let more):
                guard body.readableBytes + more.readableBytes <= Limits.reply else {
                    throw .garbage("a response of more than \(Limits.reply) octets")
                }
                body.writeImmutableBuffer(more)
            case .end:
                guard let head else { continue }
                // It may refuse a message early, and not judge it.
                guard wasSentWhole || head.status.code >= 300 else {
                    throw .garbage("an answer before the end of the question")
                }
                return Response(
                    status: Int(head.status.code),
                    server: head.headers.first(name: "Server"),
                    body: body,
                    keepsAlive: wasSentWhole && head.isKeepAlive
                )
            }
        }
        throw ending
    }

    /// Why nothing more came.
    private var ending: UnscannedReason {
        guard let error = wire.error as? HTTPParserError, error != .invalidEOFState else { return .closed }
        return .garbage("no HTTP (\(error))")
    }
}
