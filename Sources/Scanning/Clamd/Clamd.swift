// clamd: a virus scanner that keeps its signatures in memory.
// Must not pass what clamd did not look at.

import NIOCore

/// clamd at one address.
struct Clamd: ScanEngine {
    let dialer: Dialer
    /// Octets of the largest message that is offered.
    let maximum: Int
    private let sessions: Pool<ClamdSession>

    init(dialer: Dialer, limits: ScanLimits) {
        self.dialer = dialer
        maximum = limits.message ?? Limits.clamdMessage
        sessions = Pool(dialer, limit: limits.parallel)
    }

    func scan(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances,
        isRetry: Bool
    ) async throws(UnscannedReason) -> ScanResult {
        guard source.count <= maximum else { return .unscanned(.tooLarge(limit: maximum)) }
        var session = try await sessions.take(isNew: isRetry)
        let wire = session.wire
        let (used, result) = try await wire.closing { () throws(UnscannedReason) in
            let result = try await session.scan(source)
            return (session, result)
        }
        sessions.give(used)
        return result
    }

    func check() async throws(UnscannedReason) -> String {
        let reply = try await answer("zPING\0")
        guard reply == "PONG" else { throw .garbage(PlainText.line(reply)) }
        return try await fingerprint()
    }

    /// `ClamAV 1.4.6/27500/Thu Jan 1 09:00:00 2026`: the program, its signatures and their date.
    func fingerprint() async throws(UnscannedReason) -> String { PlainText.line(try await answer("zVERSION\0")) }

    /// The answer to a command on a connection of its own.
    private func answer(_ command: String) async throws(UnscannedReason) -> String {
        let wire = Wire<ByteBuffer, ByteBuffer> { $0.readableBytes }
        try await dialer.dial(wire)
        let answer = try await wire.closing { () throws(UnscannedReason) in
            _ = await wire.send([ByteBuffer(string: command)])
            return try await ClamdSession.reply(on: wire)
        }
        wire.close()
        return answer
    }
}
