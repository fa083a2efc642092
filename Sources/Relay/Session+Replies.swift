// What the upstream sends: replies are taken apart as the machine expects them and go on to the client.
// Must not look at the client's lines; see Session.

import Filtering
import NIOCore
import POP3

extension Session {
    // MARK: Replies

    func takeReplies() {
        isTaking = true
        defer { isTaking = false }
        while upstream.input.readableBytes > 0, !machine.isClosed {
            let before = upstream.input.readableBytes
            switch machine.replyPart {
            case .status, .none: takeStatusLine()
            case .list, .uidlListing: takeList()
            case .collected: takeCollected()
            case .message: takeMessage()
            }
            perform()
            if upstream.input.readableBytes == before { break }
        }
        passOn()
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
        lineHasCRLF = end > 0 && input[end - 1] == 0x0D
        line = 0..<(lineHasCRLF ? end - 1 : end)
        machine.upstreamLineReceived(input.extracting(line), octetsBehind: end + 1 < input.count)
        perform()
        wire.input.moveReaderIndex(forwardBy: end + 1)
    }

    private func takeList() {
        let wire = upstream
        let list = startedList(.verbatim)
        var offset = 0
        var taken = 0
        let received = wire.input
        while true {
            let input = received.readableBytesUInt8Span
            switch list.scanner.next(in: input, at: &offset) {
            case .content(let range):
                pass(range)
                if machine.replyPart == .uidlListing { machine.uidlListingReceived(input.extracting(range)) }
                taken = range.upperBound
            case .insertion(let insertion):
                sendToClient(insertion.octets)
                if machine.replyPart == .uidlListing { machine.uidlListingReceived(insertion.octets.span) }
            case .end(let end):
                passLastLine(from: taken, to: end)
                self.list = nil
                wire.input.moveReaderIndex(forwardBy: end)
                return machine.upstreamReplyEnded()
            case .needMore: return wire.input.moveReaderIndex(forwardBy: offset)
            }
        }
    }

    private func takeCollected() {
        let wire = upstream
        let list = startedList(.unstuffed)
        var offset = 0
        let received = wire.input
        while true {
            let input = received.readableBytesUInt8Span
            switch list.scanner.next(in: input, at: &offset) {
            case .content(let range): list.collected.append(contentsOf: [UInt8](copying: input.extracting(range)))
            case .insertion(let insertion): list.collected.append(contentsOf: insertion.octets)
            case .end(let end):
                self.list = nil
                wire.input.moveReaderIndex(forwardBy: end)
                return machine.listCollected(list.collected)
            case .needMore:
                wire.input.moveReaderIndex(forwardBy: offset)
                if list.collected.count > machine.limits.list { machine.listTooLong() }
                return
            }
        }
    }

    private func startedList(_ form: MultilineScanner.Form) -> ListReading {
        let list = list ?? ListReading(form)
        self.list = list
        return list
    }

    private func takeMessage() {
        guard let delivery else { return }
        let wire = upstream
        let request = delivery.request
        var offset = 0
        var taken = 0
        while true {
            let step = delivery.next(
                in: wire.input,
                at: &offset,
                limit: loop.limits.headerBlock,
                judge: { self.judge($0, request) }
            )
            switch step {
            case .pass(let range):
                pass(range)
                taken = range.upperBound
            case .send(let octets): sendToClient(octets)
            case .passStatusLine:
                if let line = delivery.heldStatusLine { sendToClient(line) }
            case .reject(let reply):
                sendToClient(reply)
                machine.messageRejected(delivery.request.number)
            case .ended(let end):
                if delivery.passesOn { passLastLine(from: taken, to: end) }
                wire.input.moveReaderIndex(forwardBy: end)
                recordDelivered(delivery)
                if delivery.passesOn { machine.messageDelivered(request.number) }
                self.delivery = nil
                machine.upstreamReplyEnded()
                return
            case .needMore:
                wire.input.moveReaderIndex(forwardBy: offset)
                return
            }
        }
    }

    private func judge(_ header: [UInt8], _ request: MessageRequest) -> (Verdict, Duration) {
        let start = ContinuousClock.now
        var filter = Filter(ruleSet: loop.ruleSet, header: header, facts: facts(size: request.size))
        while true {
            switch filter.run() {
            case .finished(let verdict): return (verdict, ContinuousClock.now - start)
            // Asked for and not told: the message has no size that the server knows of.
            case .needs(.size): filter.provide(size: header.count)
            }
        }
    }

    // MARK: To the client

    /// Octets of the upstream's input go to the client; contiguous ones together.
    func pass(_ range: Range<Int>) {
        let start = upstream.input.readerIndex + range.lowerBound
        if passing.isEmpty || passing.upperBound != start {
            passOn()
            passing = start..<start
            passingInput = upstream.input
        }
        passing = passing.lowerBound..<start + range.count
    }

    /// The last line of a multi-line reply, which is in the input in one piece if nothing of it came earlier.
    private func passLastLine(from taken: Int, to end: Int) {
        if end >= 3, end - taken <= 3 {
            pass(end - 3..<end)
        } else {
            sendToClient([0x2E, 0x0D, 0x0A])
        }
    }

    func passOn() {
        guard !passing.isEmpty else { return }
        if let slice = passingInput.getSlice(at: passing.lowerBound, length: passing.count) {
            totals.octetsOut += slice.readableBytes
            client.write(slice)
        }
        passing = 0..<0
        passingInput = ByteBuffer()
    }

    func sendToClient(_ octets: [UInt8]) {
        passOn()
        totals.octetsOut += octets.count
        client.write(octets)
    }

    func sendToClient(_ buffer: ByteBuffer) {
        passOn()
        totals.octetsOut += buffer.readableBytes
        client.write(buffer)
    }
}

/// A multi-line reply other than a message, between its status line and its last line.
final class ListReading {
    var scanner: MultilineScanner
    /// What was read so far, where it is read whole.
    var collected: [UInt8] = []

    init(_ form: MultilineScanner.Form) {
        scanner = MultilineScanner(form: form)
    }
}

extension MessageDelivery {
    /// Whether what comes goes to the client, its last line too.
    var passesOn: Bool {
        switch verdict?.outcome {
        case nil, .keep: true
        case .discard, .reject: false
        }
    }
}
