// One connection to clamd, on which several messages are scanned one after the other.
// Must not be used again after an odd reply.

import NIOCore

/// A connection in clamd's IDSESSION mode.
struct ClamdSession: Reusable {
    let wire: Wire<ByteBuffer, ByteBuffer>
    /// A piece of no octets ends a message.
    private static let end = ByteBuffer(integer: UInt32(0))
    /// Commands that were sent; clamd numbers its replies by them.
    private var commands = 0

    static func open(_ dialer: Dialer) async throws(UnscannedReason) -> ClamdSession {
        let wire = Wire<ByteBuffer, ByteBuffer> { $0.readableBytes }
        try await dialer.dial(wire)
        return ClamdSession(wire: wire)
    }

    private init(wire: Wire<ByteBuffer, ByteBuffer>) { self.wire = wire }

    var isIdle: Bool { commands < Limits.scansPerSession && wire.isIdle }

    func close() { wire.close() }

    /// Scans a message with INSTREAM.
    mutating func scan(_ source: any ScanSource) async throws(UnscannedReason) -> ScanResult {
        commands += 1
        var command = ByteBuffer(string: commands == 1 ? "zIDSESSION\0zINSTREAM\0" : "zINSTREAM\0")
        var goesOn = true
        for range in source.pieces where goesOn {
            command.writeInteger(UInt32(range.count))
            let isLast = range.upperBound == source.count
            let end = isLast ? [Self.end] : []
            // It speaks before the end when the message is too large for it: the reply tells.
            goesOn = await wire.send([command, try source.piece(range)] + end)
            command.clear()
        }
        if source.count == 0 { goesOn = await wire.send([command, Self.end]) }
        return try await result(wasSentWhole: goesOn)
    }

    private func result(wasSentWhole: Bool) async throws(UnscannedReason) -> ScanResult {
        let reply = try await Self.reply(on: wire)
        guard let own = ClamdReply.numbered(reply, commands) else {
            // About the session, as when it was idle for too long: nothing was judged.
            if reply.hasPrefix("COMMAND READ TIMED OUT") { throw .closed }
            throw reply.hasSuffix("ERROR") ? .failed(PlainText.line(reply)) : .garbage(PlainText.line(reply))
        }
        let result = try ClamdReply.result(own)
        // A verdict on half of the message is none.
        if !wasSentWhole, result == .clean { throw .garbage(PlainText.line(reply)) }
        if case .unscanned = result { close() }
        return result
    }

    /// The next reply without its final zero.
    static func reply(on wire: Wire<ByteBuffer, ByteBuffer>) async throws(UnscannedReason) -> String {
        var reply: [UInt8] = []
        while let piece = await wire.receive() {
            let octets = piece.readableBytesView
            let end = octets.firstIndex(of: 0)
            reply += octets[..<(end ?? octets.endIndex)]
            // Lines are no clamd's, nor is what stands behind the zero: it was not asked for.
            let isLine = reply.contains(UInt8(ascii: "\n"))
            if let end, end == octets.index(before: octets.endIndex), !isLine {
                return String(decoding: reply, as: UTF8.self)
            }
            guard end == nil, !isLine, reply.count <= Limits.clamdReply else { break }
        }
        guard !reply.isEmpty else { throw .closed }
        throw .garbage(PlainText.line(String(decoding: reply.prefix(Limits.clamdReply), as: UTF8.self)))
    }
}
