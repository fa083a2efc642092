// A message on its way through the session: begun, judged, shown, ended, each told to the machine and the ledger.
// Must not judge: the delivery asks the rules, and says what the client gets.

import Audit
import Filtering
import NIOCore
import POP3

extension Session {
    func beginMessage(_ request: MessageRequest, _ line: ReceivedLine?, purpose: MessageDelivery.Purpose) {
        let rules = rulesInUse.rules(of: request.judging) ?? loop.inForce
        let delivery = MessageDelivery(
            request,
            purpose: purpose,
            rules: rules,
            facts: rules.ruleSet.isEmpty ? Facts() : facts(of: request),
            mayRecall: rules.configuration.store != nil,
            sizePolicy: sizePolicy(rules)
        )
        delivery.owedSince = max(upstreamOwesSince ?? loop.now, messageEndedAt ?? openedAt)
        reading = .message(delivery)
        guard let line else { return }
        delivery.statusLine = StatusLine(input: upstream.input, line: line)
        if !delivery.isHeaderHeld { show(delivery) }
    }

    /// What becomes of messages of this session that are too large.
    func sizePolicy(_ inForce: InForce) -> SizePolicy? {
        guard inForce.limitsSizes || origin.sizePolicy != nil else { return nil }
        return inForce.configuration.sizePolicy(
            user: ledger.user,
            listener: origin.sizePolicy,
            upstream: dialled.configuration?.name
        )
    }

    /// What the rules may know beside the message.
    private func facts(of request: MessageRequest) -> Facts {
        Facts(
            size: request.size,
            user: ledger.user.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: origin.clientAddress == SocketAddress.unixName ? nil : origin.clientAddress,
            listener: origin.listenerAddress,
            upstream: dialled.configuration?.name,
            tls: clientTLSVersion,
            time: WallClock.now().seconds,
            processorTime: ProcessorTime.now
        )
    }

    /// A message is judged, or waits for an answer that has to come from elsewhere: nobody is late.
    var isJudging: Bool {
        if case .message(let delivery) = reading { delivery.isBeingJudged } else { false }
    }

    /// The replies behind a message wait until it is judged, and until a held one has been sent.
    var isHeldUp: Bool {
        if case .message(let delivery) = reading { delivery.isWaiting } else { false }
    }

    /// The client has all that it will get of the message; the rest of it is read and dropped.
    var isDroppingMessage: Bool {
        if case .message(let delivery) = reading { delivery.isShown && delivery.isDropped } else { false }
    }

    func takeMessage() {
        guard case .message(let delivery) = reading else { return }
        let received = upstream.input
        var offset = 0
        var taken = 0
        while true {
            switch delivery.next(in: received, at: &offset) {
            case .show: show(delivery)
            case .pass(let range):
                client.pass(range, of: received)
                taken = range.upperBound
            case .send(let octets): client.write(octets)
            case .withhold: withhold(delivery)
            // A message has the size that the server told, or none that anybody knows.
            case .needs(.size): delivery.provide(size: delivery.request.size)
            case .needs(.duplicate(let id)): askDuplicate(delivery, id)
            case .recall: recall(delivery)
            case .needs(.message), .needs(.scan):
                delivery.refuse("The rules ask for what is not there")
            case .hold(let range):
                hold(delivery) { (held, isLast) throws(HoldingError) in
                    try held.append(range, of: received, isLast: isLast)
                }
            case .holdOctets(let octets):
                hold(delivery) { (held, isLast) throws(HoldingError) in try held.append(octets, isLast: isLast) }
            case .judge:
                upstream.input.moveReaderIndex(forwardBy: offset)
                delivery.chunkMoved(by: offset)
                return judgeWhole(delivery)
            case .release: return release(delivery)
            case .postpone(let reason): postpone(delivery, reason)
            case .ended(let end):
                if delivery.isShown, !delivery.isDropped, !delivery.wasHeld {
                    client.passLastLine(from: taken, to: end, of: received)
                }
                upstream.input.moveReaderIndex(forwardBy: end)
                return ended(delivery)
            case .needMore:
                // What is behind it is looked at when the rules go on.
                if !delivery.isBeingJudged { delivery.tail.append(received.readableBytesUInt8Span) }
                delivery.chunkMoved(by: offset)
                return upstream.input.moveReaderIndex(forwardBy: offset)
            }
        }
    }

    /// The upstream's status line goes to the client: the message follows.
    private func show(_ delivery: MessageDelivery) {
        if !delivery.isBegun {
            showStatus(delivery)
            machine.messageShown()
        }
        delivery.isShown = true
    }

    func showStatus(_ delivery: MessageDelivery) {
        guard let status = delivery.statusLine.take() else { return client.write([0x0D, 0x0A]) }
        client.pass(status.line, of: status.input)
    }

    /// The client may come back later; in the middle of a reply it gets a notice that says so.
    private func postpone(_ delivery: MessageDelivery, _ reason: String) {
        machine.messagePostponed(delivery.request.number)
        guard delivery.purpose != .deletion else { return }
        if delivery.isBegun || delivery.isPostponedByNotice {
            machine.messageUndelivered(delivery.request.number)
            rememberUndelivered(delivery)
            let cause = (delivery.postponement ?? reason).replacing("; ", with: "\n")
            let texts = delivery.rules.configuration.notices
            writeNotice(Verdict.notice(ofPostponed: cause, header: delivery.postponedHeader, texts: texts), delivery)
        } else {
            client.write(OwnReply.error(.systemTemporary, reason).octets)
            shown(delivery, octetsOut: 0)
        }
    }

    private func writeNotice(of verdict: Verdict, _ delivery: MessageDelivery) {
        let texts = delivery.rules.configuration.notices
        writeNotice(verdict.notice(naming: delivery.copies, texts: texts) ?? [], delivery)
    }

    private func writeNotice(_ notice: [UInt8], _ delivery: MessageDelivery) {
        client.write(delivery.isBegun ? OwnReply.rest(of: notice).octets : OwnReply.message(notice).octets)
        shown(delivery, octetsOut: notice.count)
    }

    /// The client gets something else in the message's place.
    private func withhold(_ delivery: MessageDelivery) {
        let verdict = delivery.verdict ?? Verdict()
        let number = delivery.request.number
        if case .reject(let reason) = verdict.outcome {
            let isError =
                !delivery.isBegun
                && (delivery.isOversized ? delivery.sizePolicy?.outcome == .error : machine.policy.rejected == .error)
            // With the original in the quarantine the client may delete it. Who was told an error knows what it does.
            let mayGo =
                delivery.isOversized
                ? isError || delivery.sizePolicy?.isDeletable == true : !delivery.copies.isEmpty
            if mayGo {
                machine.messageDelivered(number)
            } else if delivery.exceedsLimit, !isError {
                machine.messageUndelivered(number)
            } else {
                machine.messageRejected(number)
            }
            if !mayGo, !isError { rememberUndelivered(delivery) }
            guard delivery.purpose != .deletion else { return }
            if isError {
                client.write(OwnReply.error(.systemPermanent, reason).octets)
                return shown(delivery, octetsOut: 0)
            }
        } else {
            machine.messageDelivered(number)
            guard delivery.purpose != .deletion else { return }
        }
        writeNotice(of: verdict, delivery)
    }

    private func shown(_ delivery: MessageDelivery, octetsOut: Int) {
        delivery.noticeOctets = octetsOut
        delivery.isShown = true
        if !delivery.isBegun { machine.messageShown() }
    }

    private func ended(_ delivery: MessageDelivery) {
        let number = delivery.request.number
        if delivery.isShown { record(delivery, totals: delivery.totals(isComplete: !delivery.isCutShort)) }
        let isPart = delivery.isCut || delivery.verdict?.unjudged == .truncated
        if isPart, delivery.sizePolicy?.isDeletable != true {
            machine.messageUndelivered(number)
            rememberUndelivered(delivery)
        } else if delivery.isPassed || isPart {
            let isRetrieved = delivery.request.command == .retr
            if isRetrieved { forgetUndelivered(delivery) }
            machine.messageDelivered(number, isWhole: isRetrieved)
        }
        if delivery.isShown { remember(delivery) }
        reading = .nothing
        messageEndedAt = upstream.silentSince
        machine.upstreamReplyEnded(rulesWantBody: delivery.wantsBody)
    }

    // MARK: The ledger

    /// Before the client can see anything of a message, its verdict is on record.
    func recordVerdict() {
        guard case .message(let delivery) = reading, delivery.isShown, !delivery.isRecorded else { return }
        record(delivery, totals: nil)
    }

    /// The session ends in the middle of a message.
    func recordInterruption() {
        guard case .message(let delivery) = reading else { return }
        record(delivery, totals: delivery.totals(isComplete: false))
    }

    private func record(_ delivery: MessageDelivery, totals: AuditEvent.MessageTotals?) {
        let uidl = uidl(delivery.request.number)
        if !delivery.isRecorded {
            delivery.isRecorded = true
            ledger.message(delivery, uidl: uidl, totals: totals)
        } else if let totals {
            ledger.messageEnded(delivery, uidl: uidl, totals: totals)
        }
    }
}
