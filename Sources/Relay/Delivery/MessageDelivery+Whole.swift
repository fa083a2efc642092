// A message whose header does not decide: all of it is held back, judged as a whole, and sent from where it is held.
// Must not hold the octets itself, nor wait for the rules: its owner does both.

import Audit
import Filtering
import Mail
import NIOCore
import POP3
import Quarantine
import Scanning
import Sieve
import Store
import TLS

extension MessageDelivery {
    /// The header does not decide: the rest is held back, or has to be asked for.
    ///
    /// - Parameters:
    ///   - pending: what the rules say by the header alone, where only the original has to be kept
    ///   - remembered: what an earlier session said of a message with this header
    func holdOrLeave(pending: Verdict?, remembered: RememberedVerdict? = nil) {
        guard case .judging(let header) = phase else { return }
        let most = mostHeld(pending: pending)
        // What was asked for to judge by is the header alone, whatever the client wants.
        let bringsBody = request.bringsBody && purpose != .judgement
        // Nothing is fetched that can't be held.
        if let size = request.size, size > most.octets {
            let isWanted = sizePolicy?.outcome == .pass || sizePolicy?.outcome == .truncate
            if !isWanted || bringsBody { return exceed(most) }
        }
        guard bringsBody else {
            wantsBody = true
            return dropRest()
        }
        let whole = WholeMessage(header: header.octets, pending: pending, remembered: remembered)
        whole.lines = request.lines
        phase = .holding(whole)
        upcoming = [header.untouched.map { .hold($0) } ?? .holdOctets(header.octets)]
    }

    /// Octets of a message that can be held, and kept where that is all that is left to be done.
    private func mostHeld(pending: Verdict?) -> SizeBound {
        let held = SizeBound(octets: rules.limits.holding.message, setting: .holding)
        guard pending != nil, let kept = rules.configuration.quarantine?.limits.octets, kept < held.octets else {
            return held
        }
        return SizeBound(octets: kept, setting: .quarantine)
    }

    func hold(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        let step = passBody(chunk, &offset)
        switch step {
        case .pass, .send:
            // The server has told another size, or none.
            if let limit = sizePolicy?.octets, octetsIn > limit {
                exceed(.setting(limit))
                // This goes to the client with all that is held.
                return whole?.rest != nil ? step.held : upcoming.popLast() ?? .needMore
            }
            return step.held
        case .ended(let end):
            endOfReply = end
            return heldAll()
        default: return .needMore
        }
    }

    func heldAll() -> Step {
        guard case .holding(let whole) = phase else { return .needMore }
        phase = .deciding(whole)
        return .judge
    }

    /// An earlier session has come to this verdict, or none is known.
    func recalled(_ remembered: RememberedVerdict?) {
        guard case .judging(let header) = phase else { return }
        isAnswered = true
        let pending = pendingVerdict.take()
        // RETR brings all of the message, so that nothing needs to be believed. TOP shows what it shows, and what is to be
        // deleted is looked at.
        guard purpose == .delivery, !request.bringsBody, let remembered,
            let verdict = remembered.verdict(on: header.octets)
        else {
            return holdOrLeave(pending: pending, remembered: remembered)
        }
        self.remembered = remembered
        depth = remembered.judgedDepth
        copies = remembered.copies
        decide(verdict)
    }

    /// What is to be remembered of it, once the client has all of it.
    func toRemember(_ verdict: Verdict) -> Recollection? {
        let size = trueSize
        let differs = size != nil && size != request.size ?? octetsIn
        guard postponement == nil, rules.configuration.store != nil, let header = judgedHeader,
            let digest = SHA256.digest(of: header)
        else {
            // A verdict that the header gives is had again for a header; what LIST should say is not.
            return differs ? Recollection(size: size) : nil
        }
        let notice =
            verdict.outcome == .keep ? nil : verdict.notice(naming: copies, texts: rules.configuration.notices)
        let remembered = RememberedVerdict(
            verdict,
            depth: depth,
            copies: copies,
            reports: reports,
            notice: notice,
            header: header,
            digests: (header: digest, message: messageDigest)
        )
        return Recollection(size: differs ? size : nil, verdict: remembered)
    }

    /// What a later session is told of a message.
    struct Recollection: Hashable {
        var size: Int?
        var verdict: RememberedVerdict?

        /// Without a payload the message is judged again, and nothing that was remembered before counts any more.
        var stored: StoredVerdict { StoredVerdict(size: size, payload: verdict?.payload ?? []) }
    }

    /// So much of the chunk has been taken, and the next call gets the rest of it.
    func chunkMoved(by offset: Int) {
        endOfReply = endOfReply.map { $0 - offset }
        // An answer that comes later finds another chunk.
        if case .judging(let header) = phase { phase = .judging(HeldHeader(octets: header.octets, untouched: nil)) }
    }

    /// Everything that the verdict on the whole message follows from, but for its octets.
    var judgement: Judgement? {
        guard case .deciding(let whole) = phase else { return nil }
        var facts = facts
        facts.bodyDefects = repairs.filter { !facts.defects.contains($0) }
        return Judgement(
            ruleSet: rules.ruleSet,
            header: whole.header,
            facts: facts,
            answers: whole.answers,
            pending: whole.pending.map {
                .init(verdict: $0, depth: depth, bodyStart: whole.header.count, duration: .zero)
            },
            remembered: whole.remembered,
            looksBack: rules.looksBack
        )
    }

    /// The quarantine folders that the original goes to before the client sees anything.
    func folders(of verdict: Verdict) -> [String] {
        // A message that the client only deletes is not looked at by anybody.
        guard purpose != .deletion else { return [] }
        guard rules.configuration.quarantine != nil else { return [] }
        if verdict.isRejectedByRule { return verdict.quarantine + [QuarantineFolder.rejected.name] }
        let isKept = rules.configuration.keepsDiscarded && verdict.outcome == .discard && verdict.quarantine.isEmpty
        return isKept ? [QuarantineFolder.discarded.name] : verdict.quarantine
    }

    /// What becomes of it if scanners that the rules have asked could not look at it.
    func policyForUnscanned(_ verdict: Verdict) -> RelayConfiguration.Unscanned {
        (whole?.findings ?? Findings()).policy(unscanned: verdict.unscanned.keys, rules.configuration.unscanned)
    }

    /// Nobody could look at it.
    func postponeUnscanned(_ verdict: Verdict, byNotice: Bool) {
        isPostponedByNotice = byNotice
        postpone("The message could not be scanned; try again later", cause: verdict.reasonUnscanned)
    }

    /// The rules have looked at the whole message.
    func decide(_ decided: Judgement.Judged) {
        guard case .deciding(let whole) = phase else { return }
        noteHeld()
        let judged = decided.filled(by: rules.configuration.sizeReserve, whole)
        rulesDuration += judged.duration
        depth = judged.depth
        verdict = judged.verdict
        judgedHeader = whole.header
        messageDigest = judged.digest
        remembered = judged.remembered
        reports = judged.reports
        wholeSize =
            judged.verdict.message?.count
            ?? (whole.held?.count).map { held in
                held + (judged.verdict.header.map { $0.count - whole.header.count } ?? 0)
            }
        switch judged.verdict.outcome {
        case .keep where purpose != .delivery: dropRest()
        case .keep:
            whole.bodyStart = judged.bodyStart
            phase = .releasing(whole)
            upcoming = [.release, .show]
        case .discard, .reject:
            dropRest()
            upcoming = [.withhold]
        }
    }

    /// For the audit log.
    func noteHeld() {
        guard heldBack == nil, let whole, let held = whole.held else { return }
        heldBack = AuditEvent.HeldBack(
            octets: held.count,
            microseconds: Int((ContinuousClock.now - whole.begin) / .microseconds(1)),
            scanMicroseconds: whole.scanDuration.map { Int($0 / .microseconds(1)) }
        )
    }

    /// All that is held of it has been sent.
    ///
    /// - Returns: what the client gets next
    func released(_ release: Release) -> [UInt8] {
        guard case .releasing(let whole) = phase else { return [] }
        whole.held = nil
        if let rest = whole.rest { return goOn(rest, behind: whole, release) }
        phase = .released(whole)
        return Array((release.isInsideLine ? "\r\n.\r\n" : ".\r\n").utf8)
    }

    /// No room, no disk, no scanner: the client may come back later.
    ///
    /// - Parameters:
    ///   - reason: for the client
    ///   - cause: for a notice and the audit log, where it is another
    ///   - fault: what is wrong here, for the audit log
    func postpone(_ reason: String, cause: String? = nil, fault: String? = nil) {
        postponement = cause ?? reason
        self.fault = fault
        postponedHeader = heldHeader
        filter = nil
        dropRest()
        upcoming = [.postpone(reason)]
    }

    /// It is larger than what can be judged.
    func refuse(_ reason: String) {
        let header = heldHeader
        verdict = .beyondLimit(reason, header: header)
        verdict?.defects += repairs
        filter = nil
        dropRest()
        upcoming = [.withhold]
    }

    var heldHeader: [UInt8] {
        switch phase {
        case .judging(let header): header.octets
        case .holding(let whole), .deciding(let whole): whole.header
        case .header, .releasing, .released, .body, .dropped: []
        }
    }
}

extension MessageDelivery.Step {
    /// The same octets, held back.
    fileprivate var held: MessageDelivery.Step {
        switch self {
        case .pass(let range): .hold(range)
        case .send(let octets): .holdOctets(octets)
        default: self
        }
    }
}
