// A held message on its way to the client: how far it has come, stuffed with dots and cut as TOP wants it.
// Must not read what is held, nor wait for the client: the session does.

import Filtering
import Mail
import NIOCore
import POP3

/// What is left to be sent of a message that was held.
final class Release {
    let delivery: MessageDelivery
    private let whole: WholeMessage
    let held: HeldMessage
    /// The message as the rules have rewritten it; nil if only its header is another, or nothing.
    let rewritten: MessagePieces?
    /// What has been sent of it.
    private(set) var offset = 0
    private var header: StuffedOutput
    private var body: StuffedOutput
    /// Octets have been asked for.
    var isReading = false

    init(_ delivery: MessageDelivery, _ whole: WholeMessage, _ held: HeldMessage) {
        let isRepaired = delivery.lineEndings == .normalise
        self.delivery = delivery
        self.whole = whole
        self.held = held
        rewritten = delivery.verdict?.message
        header = StuffedOutput(endsAtBareLineFeed: isRepaired)
        body = StuffedOutput(lines: whole.lines, endsAtBareLineFeed: isRepaired)
    }

    /// Where the body begins, whose lines TOP counts.
    private var bodyStart: Int { whole.bodyStart }

    /// Whether all that the client wants has been sent, or all that there is.
    var isOver: Bool { offset >= rewritten?.count ?? held.count || hasAllLines }

    /// Whether the client has all lines of the body that it wants, and did not want all.
    var hasAllLines: Bool { offset >= bodyStart && body.isOver }

    /// Of the body, how many more are wanted; nil: all.
    var linesLeft: UInt64? { body.lines }

    /// Whether the last line that was sent has no end.
    var isInsideLine: Bool { offset > bodyStart ? body.isInsideLine : header.isInsideLine }

    /// Sends a header in the place of the one that is held.
    func send(_ header: [UInt8], to client: Wire) {
        client.write(header.dotStuffed(behindBareLineFeeds: delivery.lineEndings == .normalise))
        whole.releasedOctets += header.count
        offset = bodyStart
    }

    /// Sends what has been read from `offset` on.
    func send(_ chunk: ByteBuffer, to client: Wire) {
        let headerCount = max(0, min(bodyStart - offset, chunk.readableBytes))
        pass(0..<headerCount, of: chunk, by: &header, to: client)
        pass(headerCount..<chunk.readableBytes, of: chunk, by: &body, to: client)
        offset += chunk.readableBytes
    }

    private func pass(_ range: Range<Int>, of chunk: ByteBuffer, by output: inout StuffedOutput, to client: Wire) {
        let octets = chunk.readableBytesUInt8Span.extracting(0..<range.upperBound)
        var position = range.lowerBound
        while let part = output.next(in: octets, at: &position) {
            switch part {
            case .octets(let range):
                client.pass(range, of: chunk)
                whole.releasedOctets += range.count
            case .dot: client.write([0x2E])
            }
        }
    }
}
