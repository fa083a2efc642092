// A message that is held back: its octets put aside, the rules run on them, and what they let through sent.
// Must not judge; and nothing here waits: threads do, and tell the loop.

import Filtering
import NIOCore
import POP3

extension Session {
    // MARK: Putting aside

    func hold(_ delivery: MessageDelivery, _ put: (HeldMessage) throws(HoldingError) -> Void) {
        do throws(HoldingError) {
            try put(held(of: delivery))
        } catch {
            couldNotHold(delivery, error)
        }
    }

    private func held(of delivery: MessageDelivery) -> HeldMessage {
        if let held = delivery.held { return held }
        let held = HeldMessage(loop.shared.holding, loop.limits.holding, on: loop.eventLoop)
        held.caughtUp = { [weak self] in self?.take(.heldMessageWentOn) }
        delivery.held = held
        return held
    }

    private func couldNotHold(_ delivery: MessageDelivery, _ error: HoldingError) {
        delivery.held = nil
        switch error {
        case .tooLarge(let limit): delivery.refuse("The message is larger than the \(limit) octets that can be judged")
        case .noRoom: delivery.postpone("Too many messages are being looked at")
        case .failed(let reason):
            loop.operatorLog.holdingFailed(reason)
            delivery.postpone("The message can't be looked at for now")
        }
    }

    /// The disk is slower than the server.
    var isHeldBehind: Bool {
        if case .message(let delivery) = reading { delivery.held?.isBehind ?? false } else { false }
    }

    // MARK: Judging

    func judgeWhole(_ delivery: MessageDelivery) {
        delivery.held?.settle { [weak self] result in
            self?.take(.messageHeld(delivery, result))
        }
    }

    func messageHeld(_ delivery: MessageDelivery, _ result: Result<Void, HoldingError>) {
        guard isAtHand(delivery), let held = delivery.held, let judgement = delivery.judgement else { return }
        if case .failure(let error) = result { return messageJudged(delivery, .failure(error)) }
        let source = held.source()
        if held.count <= loop.limits.holding.judgedAtOnce, case .memory = source {
            return messageJudged(delivery, judgement.timed(on: source))
        }
        let this = NIOLoopBound((self, delivery), eventLoop: loop.eventLoop)
        loop.shared.holding.run(toldTo: loop.eventLoop) { judgement.timed(on: source) }
            .whenComplete { result in
                let (session, delivery) = this.value
                session.take(.messageJudged(delivery, result.mapError { HoldingError($0) }.flatMap { $0 }))
            }
    }

    func messageJudged(_ delivery: MessageDelivery, _ result: Judgement.Timed) {
        guard isAtHand(delivery) else { return }
        switch result {
        case .success(let judged): delivery.decide(judged.verdict, after: judged.duration)
        case .failure(let error): couldNotHold(delivery, error)
        }
        takeMessage()
    }

    /// Whether the session still has to do with it: it may have ended meanwhile.
    private func isAtHand(_ delivery: MessageDelivery) -> Bool {
        if case .message(let current) = reading { current === delivery } else { false }
    }

    // MARK: Sending

    /// The rules have let it through: the header that they have made, and the body from where it is held.
    func release(_ delivery: MessageDelivery, header: [UInt8]?) {
        let isRepaired = delivery.lineEndings == .normalise
        var start = 0
        if let header {
            client.write(header.dotStuffed(behindBareLineFeeds: isRepaired))
            delivery.releasedOctets += header.count
            start = delivery.bodyStart
        }
        // TOP's lines are those of the body, so that the header goes by itself.
        releasing = Release(
            delivery: delivery,
            offset: start,
            bodyStart: delivery.bodyStart,
            header: StuffedOutput(endsAtBareLineFeed: isRepaired),
            body: StuffedOutput(lines: delivery.request.lines, endsAtBareLineFeed: isRepaired)
        )
        sendHeld()
    }

    /// As much as the client takes; goes on when it takes more.
    func sendHeld() {
        guard let release = releasing, !release.isReading, client.isWritable, !machine.isClosed else { return }
        guard let held = release.delivery.held, !release.isOver(of: held.count) else { return endRelease(release) }
        release.isReading = true
        held.read(at: release.offset) { [weak self] result in
            self?.take(.heldOctetsRead(release, result))
        }
    }

    func heldOctetsRead(_ release: Release, _ result: Result<ByteBuffer, HoldingError>) {
        guard releasing === release else { return }
        release.isReading = false
        switch result {
        case .success(let chunk):
            release.send(chunk, to: client)
            sendHeld()
        case .failure(let error):
            // The client has a part of it, and would take what it has for all of it.
            loop.operatorLog.holdingFailed("\(error)")
            machine.shutDown()
        }
    }

    private func endRelease(_ release: Release) {
        releasing = nil
        client.write(Array(".\r\n".utf8))
        release.delivery.held = nil
        release.delivery.released()
        takeMessage()
    }

    // MARK: Waiting

    /// A client that gets nothing for long gives up: it gets a header line that means nothing.
    func letClientWait(_ now: NIODeadline) {
        guard case .message(let delivery) = reading, delivery.isKeptBack, !machine.isClosed else { return }
        guard let since = delivery.waitsSince else {
            delivery.waitsSince = now
            return
        }
        guard now >= since + loop.limits.holding.patience, client.isWritable else { return }
        delivery.waitsSince = now
        if !delivery.isBegun {
            delivery.isBegun = true
            showStatus(delivery)
            machine.messageShown()
        }
        client.write(Array("X-Popsieve-Wait: the rules look at this message\r\n".utf8))
    }
}

/// A held message on its way to the client.
final class Release {
    let delivery: MessageDelivery
    private(set) var offset: Int
    private let bodyStart: Int
    private var header: StuffedOutput
    private var body: StuffedOutput
    var isReading = false

    init(delivery: MessageDelivery, offset: Int, bodyStart: Int, header: StuffedOutput, body: StuffedOutput) {
        self.delivery = delivery
        self.offset = offset
        self.bodyStart = bodyStart
        self.header = header
        self.body = body
    }

    /// Whether all that the client wants has been sent.
    func isOver(of count: Int) -> Bool { offset >= count || offset >= bodyStart && body.isOver }

    func send(_ chunk: ByteBuffer, to client: Wire) {
        let start = offset
        let headerCount = max(0, min(bodyStart - start, chunk.readableBytes))
        pass(0..<headerCount, of: chunk, by: &header, to: client)
        if headerCount < chunk.readableBytes {
            pass(headerCount..<chunk.readableBytes, of: chunk, by: &body, to: client)
        }
        offset = start + chunk.readableBytes
    }

    private func pass(_ range: Range<Int>, of chunk: ByteBuffer, by output: inout StuffedOutput, to client: Wire) {
        let octets = chunk.readableBytesUInt8Span.extracting(0..<range.upperBound)
        var position = range.lowerBound
        while let part = output.next(in: octets, at: &position) {
            switch part {
            case .octets(let range):
                client.pass(range, of: chunk)
                delivery.releasedOctets += range.count
            case .dot: client.write([0x2E])
            }
        }
    }
}
