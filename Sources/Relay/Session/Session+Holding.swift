// A message that is held back: its octets put aside, the rules run on them, and what they let through sent.
// Must not judge; and nothing here waits: threads do, and tell the loop.

import Filtering
import NIOCore
import POP3
import Quarantine
import Scanning
import Sieve

extension Session {
    // MARK: Putting aside

    /// - Parameter put: appends something; where that is the last, whatever the limit for one message is
    func hold(_ delivery: MessageDelivery, _ put: (HeldMessage, _ isLast: Bool) throws(HoldingError) -> Void) {
        guard let whole = delivery.whole else { return }
        do throws(HoldingError) {
            let held = held(of: whole)
            do throws(HoldingError) {
                try put(held, whole.rest != nil)
            } catch {
                guard case .tooLarge(let bound) = error else { throw error }
                delivery.exceed(bound)
                if whole.rest != nil { try put(held, true) }
            }
        } catch {
            couldNotHold(delivery, error)
        }
    }

    private func held(of whole: WholeMessage) -> HeldMessage {
        if let held = whole.held { return held }
        let held = HeldMessage(loop.shared.holding, loop.limits.holding, on: loop.eventLoop)
        held.caughtUp = { [weak self] in self?.take(.heldMessageWentOn) }
        whole.held = held
        return held
    }

    private func couldNotHold(_ delivery: MessageDelivery, _ error: HoldingError) {
        switch error {
        case .tooLarge(let bound): delivery.exceed(bound)
        case .noRoom: delivery.postpone("Too many messages are being looked at")
        case .failed(let reason):
            loop.operatorLog.holdingFailed(reason)
            delivery.postpone("The message can't be looked at for now", fault: reason)
        }
    }

    /// The disk is slower than the server.
    var isHeldBehind: Bool {
        if case .message(let delivery) = reading { delivery.whole?.held?.isBehind ?? false } else { false }
    }

    // MARK: Judging

    func judgeWhole(_ delivery: MessageDelivery) {
        delivery.whole?.held?.settle { [weak self] result in
            self?.take(.messageHeld(delivery, result))
        }
    }

    func messageHeld(_ delivery: MessageDelivery, _ result: Result<Void, HoldingError>) {
        guard isAtHand(delivery) else { return }
        if case .failure(let error) = result { return messageJudged(delivery, .failure(error)) }
        if delivery.releaseUnjudged() { takeMessage() } else { runRules(delivery) }
    }

    func runRules(_ delivery: MessageDelivery) {
        guard let held = delivery.whole?.held, let judgement = delivery.judgement else { return }
        let source = held.source()
        if held.count <= loop.limits.holding.judgedAtOnce, case .memory = source {
            return messageJudged(delivery, judgement.run(on: source))
        }
        on(loop.shared.holding.rules, { judgement.run(on: source) }, { .messageJudged(delivery, $0) })
    }

    func messageJudged(_ delivery: MessageDelivery, _ result: Result<Judgement.Step, HoldingError>) {
        guard isAtHand(delivery) else { return }
        switch result {
        case .success(.needsScan(let kind)): return scan(delivery, kind)
        case .success(.needsDuplicate(let id)): return askDuplicate(delivery, id)
        case .success(.judged(let judged)):
            let policy = delivery.policyForUnscanned(judged.verdict)
            if let remembered = judged.remembered { copiesMade[delivery.request.number] = remembered.copies }
            if policy != .pass {
                delivery.postponeUnscanned(judged.verdict, byNotice: policy == .notice)
            } else if let copying = copying(delivery, judged), let source = delivery.whole?.held?.source() {
                return on(
                    loop.shared.holding.disk,
                    { copying.run(on: source) },
                    { .messageCopied(delivery, judged, $0) }
                )
            } else {
                delivery.decide(judged)
            }
        case .failure(let error): couldNotHold(delivery, error)
        }
        takeMessage()
    }

    func messageCopied(
        _ delivery: MessageDelivery,
        _ judged: Judgement.Judged,
        _ result: Result<Copying.Outcome, HoldingError>
    ) {
        guard isAtHand(delivery) else { return undo(result, delivery) }
        var judged = judged
        switch result {
        case .success(.kept(let copies)):
            delivery.copies = copies
            copiesMade[delivery.request.number] = copies
            delivery.decide(judged)
        case .success(.gone):
            // Its notice would name what is not there: it is judged, and kept, anew.
            delivery.whole?.remembered = nil
            copiesMade[delivery.request.number] = nil
            return runRules(delivery)
        case .success(.released):
            judged.verdict = .released
            judged.remembered = nil
            judged.bodyStart = delivery.heldHeader.count
            delivery.decide(judged)
        case .failure(let error): couldNotHold(delivery, error)
        }
        takeMessage()
    }

    /// The session has ended meanwhile.
    private func undo(_ result: Result<Copying.Outcome, HoldingError>, _ delivery: MessageDelivery) {
        guard case .success(.kept(let copies)) = result, let quarantine = delivery.rules.configuration.quarantine,
            // The client was told of those that were there before.
            copiesMade[delivery.request.number] != copies
        else { return }
        _ = loop.shared.holding.disk.run(toldTo: loop.eventLoop) { Copying.undo(copies, in: quarantine) }
    }

    /// What is to be kept before the client sees anything; nil if nothing is. What was kept in this session may have been
    /// released meanwhile.
    private func copying(_ delivery: MessageDelivery, _ judged: Judgement.Judged) -> Copying? {
        let verdict = judged.verdict
        let folders = delivery.folders(of: verdict)
        guard !folders.isEmpty, let quarantine = delivery.rules.configuration.quarantine else { return nil }
        let rule = verdict.matches.last.map { MessageOrigin.Rule(file: $0.file, line: $0.line) }
        let origin = MessageOrigin(
            user: ledger.user ?? [],
            upstream: dialled.configuration?.name ?? "",
            uidl: uidl(delivery.request.number),
            number: Int(delivery.request.number),
            session: origin.id,
            rule: rule,
            verdict: verdict.word
        )
        return Copying(
            quarantine: quarantine,
            folders: folders,
            known: copiesMade[delivery.request.number] ?? [],
            origin: origin,
            time: WallClock.now().sinceEpoch
        )
    }

    /// Does what takes long elsewhere, and takes the event that it comes to.
    private func on<Value: Sendable>(
        _ threads: Threads,
        _ work: @escaping @Sendable () -> Result<Value, HoldingError>,
        _ event: @escaping (Result<Value, HoldingError>) -> SessionEvent
    ) {
        let this = NIOLoopBound((self, event), eventLoop: loop.eventLoop)
        threads.run(toldTo: loop.eventLoop) { work() }
            .whenComplete { result in
                let (session, event) = this.value
                session.take(event(result.mapError { HoldingError($0) }.flatMap { $0 }))
            }
    }

    /// Whether the session still has to do with it: it may have ended meanwhile.
    func isAtHand(_ delivery: MessageDelivery) -> Bool {
        if case .message(let current) = reading { current === delivery } else { false }
    }

    // MARK: Sending

    /// The rules have let it through: it goes from where it is held, as they have made it.
    func release(_ delivery: MessageDelivery) {
        guard let whole = delivery.whole, let held = whole.held else { return }
        let release = Release(delivery, whole, held)
        if delivery.verdict?.message == nil, let header = delivery.verdict?.header { release.send(header, to: client) }
        releasing = release
        sendHeld()
    }

    /// As much as the client takes; goes on when it takes more.
    func sendHeld() {
        guard let release = releasing, !release.isReading, client.isWritable, !machine.isClosed else { return }
        guard !release.isOver else { return endRelease(release) }
        // What is in memory comes at once, and there is little of it.
        let turns = release.held.isInFile ? loop.turns : nil
        guard turns?.mayRead(self) ?? true else { return }
        release.isReading = true
        let continuation: (Result<ByteBuffer, HoldingError>) -> Void = { [weak self] result in
            self?.take(.heldOctetsRead(release, result))
            turns?.readEnded()
        }
        if let pieces = release.rewritten {
            release.held.read(pieces, at: release.offset, continuation)
        } else {
            release.held.read(at: release.offset, continuation)
        }
    }

    func heldOctetsRead(_ release: Release, _ result: Result<ByteBuffer, HoldingError>) {
        guard releasing === release else { return }
        release.isReading = false
        switch result {
        case .success(let chunk) where chunk.readableBytes > 0:
            release.send(chunk, to: client)
            sendHeld()
        case .success: couldNotGoOn("a held message is shorter than it was")
        case .failure(let error): couldNotGoOn(error.reason)
        }
    }

    /// The client has a part of it, and must not take what it has for all of it.
    private func couldNotGoOn(_ reason: String) {
        loop.operatorLog.holdingFailed(reason)
        machine.heldMessageLost(reason)
    }

    private func endRelease(_ release: Release) {
        releasing = nil
        client.write(release.delivery.released(release))
        takeMessage()
    }

    // MARK: Waiting

    /// A client that gets nothing for long gives up: it gets a header line that means nothing.
    func letClientWait(_ now: NIODeadline) {
        guard case .message(let delivery) = reading, delivery.isKeptBack, !machine.isClosed else { return }
        guard let whole = delivery.whole, let since = whole.waitsSince else {
            delivery.whole?.waitsSince = now
            return
        }
        guard now >= since + loop.limits.holding.patience, client.isWritable else { return }
        whole.waitsSince = now
        if !delivery.isBegun {
            delivery.isBegun = true
            showStatus(delivery)
            machine.messageShown()
        }
        let line = Array("X-Popsieve-Wait: the rules look at this message\r\n".utf8)
        delivery.waitOctets += line.count
        client.write(line)
    }
}
