// rspamd, asked over HTTP.
// Must not tell it the relay's own address: mail from a local host is not looked at as mail from outside is.

import NIOCore
import NIOHTTP1

/// rspamd's normal or proxy worker at one address.
struct Rspamd: ScanEngine {
    let dialer: Dialer
    /// Octets of the largest message that is offered.
    let maximum: Int
    private let connections: Pool<HTTPConnection>

    init(dialer: Dialer, limits: ScanLimits) {
        self.dialer = dialer
        maximum = limits.message ?? Limits.rspamdMessage
        connections = Pool(dialer, limit: limits.parallel)
    }

    func scan(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances,
        isRetry: Bool
    ) async throws(UnscannedReason) -> ScanResult {
        guard source.count <= maximum else { return .unscanned(.tooLarge(limit: maximum)) }
        var head = head(.POST, "/checkv2")
        head.headers.add(name: "Content-Length", value: String(source.count))
        for (name, value) in Self.fields(circumstances) { head.headers.add(name: name, value: value) }
        let response = try await exchange(head, source, isNew: isRetry)
        return try RspamdReply.result(status: response.status, body: response.body.readableBytesView)
    }

    /// Without an address rspamd takes the one in the message's newest Received line, which the provider has written.
    static func fields(_ circumstances: ScanCircumstances) -> [(name: String, value: String)] {
        let single = [
            ("IP", circumstances.address), ("Helo", circumstances.helo), ("From", circumstances.sender),
            ("User", circumstances.user),
        ]
        let all = single + circumstances.recipients.prefix(Limits.names).map { ("Rcpt", $0) }
        return all.compactMap { name, value in
            guard let value, value.isFieldSafe else { return nil }
            return (name, value)
        }
    }

    /// `rspamd/3.4`
    func check() async throws(UnscannedReason) -> String {
        let response = try await exchange(head(.GET, "/ping"), nil, isNew: true)
        let words = String(buffer: response.body)
        guard response.status == 200, words.trimmed.hasPrefix("pong") else { throw .garbage(PlainText.line(words)) }
        return PlainText.line(response.server ?? "rspamd")
    }

    func fingerprint() async throws(UnscannedReason) -> String { try await check() }

    private func head(_ method: HTTPMethod, _ path: String) -> HTTPRequestHead {
        // A Unix socket has no name.
        let host = if case .host = dialer.address { "\(dialer.address)" } else { "localhost" }
        return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: ["Host": host])
    }

    private func exchange(
        _ head: HTTPRequestHead,
        _ source: (any ScanSource)?,
        isNew: Bool
    ) async throws(UnscannedReason) -> HTTPConnection.Response {
        let connection = try await connections.take(isNew: isNew)
        let response = try await connection.wire.closing { () throws(UnscannedReason) in
            try await connection.exchange(head, source)
        }
        if response.keepsAlive { connections.give(connection) } else { connection.close() }
        return response
    }
}
