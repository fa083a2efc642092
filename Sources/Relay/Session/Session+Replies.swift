// What the upstream sends: replies are taken apart as the machine expects them and go on to the client.
// Must not look at the client's lines; see Session+Client.

import NIOCore
import Octets
import POP3

/// A multi-line reply other than a message, between its status line and its last line.
final class ListReading {
    var scanner: MultilineScanner
    /// What was read so far, where it is read whole.
    var collected: [UInt8] = []
    /// Octets that were read and went to nobody, and since when they are.
    var droppedOctets = 0
    var droppedSince: NIODeadline?
    var tail = ReplyTail()

    init(_ form: MultilineScanner.Form) {
        scanner = MultilineScanner(form: form)
    }
}

extension Session {
    func upstreamReceived(_ buffer: ByteBuffer) {
        guard !machine.isClosed else { return }
        ledger.received(buffer.readableBytes)
        upstream.received(buffer, at: loop.now, rate: loop.limits.leastRate)
    }

    func takeReplies() {
        while upstream.input.readableBytes > 0, !machine.isClosed, !isHeldUp {
            let before = upstream.input.readableBytes
            switch machine.replyPart {
            case .status, .none: takeStatusLine()
            case .list: takeList(isForClient: true, isListing: false)
            case .listing(let isForClient): takeList(isForClient: isForClient, isListing: true)
            case .collected: takeCollected()
            case .heldMessage, .message: takeMessage()
            }
            perform()
            if upstream.input.readableBytes == before { break }
        }
        if upstream.input.readableBytes == 0 { upstream.input = ByteBuffer() }
    }

    private func takeStatusLine() {
        // What is done with it may close this connection; what is taken is taken from it all the same.
        let wire = upstream
        let received = wire.input
        let input = received.readableBytesUInt8Span
        guard let end = input.firstOffset(of: 0x0A) else {
            if input.count >= machine.statusLineLimit { machine.upstreamLineTooLong() }
            return
        }
        guard end < machine.statusLineLimit else { return machine.upstreamLineTooLong() }
        let line = ReceivedLine(input, end: end)
        machine.upstreamLineReceived(input.extracting(0..<line.length), octetsBehind: end + 1 < input.count)
        perform(line)
        wire.input.moveReaderIndex(forwardBy: end + 1)
    }

    /// - Parameter isListing: whether the machine learns from it.
    private func takeList(isForClient: Bool, isListing: Bool) {
        let list = startedList(.verbatim)
        var offset = 0
        var taken = 0
        let received = upstream.input
        let input = received.readableBytesUInt8Span
        while true {
            switch list.scanner.next(in: input, at: &offset) {
            case .content(let range):
                let part = input.extracting(range)
                if isListing { machine.listingReceived(part) }
                if isForClient, let corrected = machine.correctedListing(part) {
                    client.write(corrected)
                } else if isForClient {
                    client.pass(range, of: received)
                }
                taken = range.upperBound
            case .insertion(let insertion):
                if isListing { machine.listingReceived(insertion.octets.span) }
                if isForClient { client.write(machine.correctedListing(insertion.octets.span) ?? insertion.octets) }
            // Lists are not repaired.
            case .repaired: break
            case .end(let end):
                if isForClient { client.passLastLine(from: taken, to: end, of: received) }
                reading = .nothing
                upstream.input.moveReaderIndex(forwardBy: end)
                return machine.upstreamReplyEnded()
            case .needMore:
                list.tail.append(input)
                if !isForClient { list.droppedOctets += offset }
                return upstream.input.moveReaderIndex(forwardBy: offset)
            }
        }
    }

    private func takeCollected() {
        let list = startedList(.unstuffed)
        var offset = 0
        let received = upstream.input
        let input = received.readableBytesUInt8Span
        while true {
            switch list.scanner.next(in: input, at: &offset) {
            case .content(let range): list.collected.append(contentsOf: [UInt8](copying: input.extracting(range)))
            case .insertion(let insertion): list.collected.append(contentsOf: insertion.octets)
            case .repaired(let octets): list.collected.append(contentsOf: octets)
            case .end(let end):
                reading = .nothing
                upstream.input.moveReaderIndex(forwardBy: end)
                return machine.listCollected(list.collected)
            case .needMore:
                list.tail.append(input)
                upstream.input.moveReaderIndex(forwardBy: offset)
                if list.collected.count > machine.limits.list { machine.listTooLong() }
                return
            }
        }
    }

    private func startedList(_ form: MultilineScanner.Form) -> ListReading {
        if case .list(let list) = reading { return list }
        let list = ListReading(form)
        reading = .list(list)
        return list
    }

    /// Whether the upstream has sent what it may take for the end of a reply.
    var isAtBareTerminator: Bool {
        switch reading {
        case .nothing: false
        case .list(let list): list.tail.isBareTerminator
        case .message(let delivery): delivery.tail.isBareTerminator
        }
    }
}

extension Wire {
    /// The last line of a multi-line reply, which is in the input in one piece if nothing of it came earlier.
    func passLastLine(from taken: Int, to end: Int, of input: ByteBuffer) {
        if end >= 3, end - taken <= 3 {
            pass(end - 3..<end, of: input)
        } else {
            write([0x2E, 0x0D, 0x0A])
        }
    }
}
