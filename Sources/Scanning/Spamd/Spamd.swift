// spamd: SpamAssassin as a service.
// Must not tell it what nobody knows: it finds the sending host in the message's own Received lines.

import NIOCore

/// spamd at one address. It takes one message on each connection.
struct Spamd: ScanEngine {
    let dialer: Dialer
    /// Octets of the largest message that is offered.
    let maximum: Int

    init(dialer: Dialer, limits: ScanLimits) {
        self.dialer = dialer
        maximum = limits.message ?? Limits.spamdMessage
    }

    /// Asks for the report: it has the verdict, the rules and their points in one round trip.
    func scan(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances,
        isRetry: Bool
    ) async throws(UnscannedReason) -> ScanResult {
        guard source.count <= maximum else { return .unscanned(.tooLarge(limit: maximum)) }
        var command = "REPORT SPAMC/1.5\r\nContent-length: \(source.count)\r\n"
        if let user = circumstances.user, user.isFieldSafe { command += "User: \(user)\r\n" }
        command += "\r\n"
        let head = command
        return try await conversation { wire throws(UnscannedReason) in
            var parts = [ByteBuffer(string: head)]
            var goesOn = true
            if source.count == 0 { goesOn = await wire.send(parts) }
            for range in source.pieces where goesOn {
                goesOn = await wire.send(parts + [try source.piece(range)])
                parts = []
            }
            return try await Self.result(on: wire, wasSentWhole: goesOn)
        }
    }

    private static func result(
        on wire: Wire<ByteBuffer, ByteBuffer>,
        wasSentWhole: Bool
    ) async throws(UnscannedReason) -> ScanResult {
        var reply = SpamdReply()
        while let piece = await wire.receive() {
            guard try reply.take(piece.readableBytesView) else { continue }
            guard wasSentWhole, let spam = reply.spam else { throw .garbage("a verdict before the end of the message") }
            let report = PlainText.lines(String(decoding: reply.body, as: UTF8.self))
            let symbols = SpamReport.symbols(report)
            return .scored(
                SpamScore(
                    score: spam.score,
                    threshold: spam.threshold,
                    isSpam: spam.isSpam,
                    symbols: symbols,
                    report: report
                )
            )
        }
        throw .closed
    }

    func check() async throws(UnscannedReason) -> String {
        try await conversation { wire throws(UnscannedReason) in
            _ = await wire.send([ByteBuffer(string: "PING SPAMC/1.5\r\n\r\n")])
            var line: [UInt8] = []
            while let piece = await wire.receive() {
                line += piece.readableBytesView
                guard line.count <= Limits.line, !line.contains(UInt8(ascii: "\n")) else { break }
            }
            guard !line.isEmpty else { throw .closed }
            let text = String(decoding: line.prefix(Limits.line), as: UTF8.self).split(separator: "\r\n").first ?? ""
            guard try SpamdStatus(String(text)).text == "PONG" else { throw .garbage(PlainText.line(text)) }
            return "spamd"
        }
    }

    /// It has no command that tells its version, nor that of its rules.
    func fingerprint() async throws(UnscannedReason) -> String { try await check() }

    /// One connection, closed at its end.
    private func conversation<Result: Sendable>(
        _ body: (Wire<ByteBuffer, ByteBuffer>) async throws(UnscannedReason) -> Result
    ) async throws(UnscannedReason) -> Result {
        let wire = Wire<ByteBuffer, ByteBuffer> { $0.readableBytes }
        try await dialer.dial(wire)
        let result = try await wire.closing { () throws(UnscannedReason) in try await body(wire) }
        wire.close()
        return result
    }
}
