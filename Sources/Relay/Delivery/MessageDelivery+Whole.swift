// A message whose header does not decide: all of it is held back, judged as a whole, and sent from where it is held.
// Must not hold the octets itself, nor wait for the rules: its owner does both.

import Filtering
import NIOCore
import POP3
import Quarantine
import Sieve

extension MessageDelivery {
    /// The header does not decide: the rest is held back, or has to be asked for.
    ///
    /// - Parameter pending: what the rules say by the header alone, where only the original has to be kept
    func holdOrLeave(pending: Verdict?) {
        guard case .judging(let header) = phase else { return }
        guard request.bringsBody else {
            wantsBody = true
            return dropRest()
        }
        phase = .holding(WholeMessage(header: header.octets, pending: pending))
        upcoming = [header.untouched.map { .hold($0) } ?? .holdOctets(header.octets)]
    }

    func hold(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        switch passBody(chunk, &offset) {
        case .pass(let range): return .hold(range)
        case .send(let octets): return .holdOctets(octets)
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

    /// What comes next in the chunk is another reply.
    func replyEndedBefore() { endOfReply = 0 }

    /// Everything that the verdict on the whole message follows from, but for its octets.
    var judgement: Judgement? {
        guard case .deciding(let whole) = phase else { return nil }
        var facts = facts
        facts.bodyDefects = repairs.filter { !facts.defects.contains($0) }
        return Judgement(ruleSet: rules.ruleSet, header: whole.header, facts: facts, reports: whole.reports)
    }

    /// The quarantine folders that the original goes to before the client sees anything.
    func folders(of verdict: Verdict) -> [String] {
        // A message that the client only deletes is not looked at by anybody.
        guard purpose != .deletion else { return [] }
        let keepsRejected = rules.configuration.quarantine != nil && verdict.isRejectedByRule
        return verdict.quarantine + (keepsRejected ? [QuarantineFolder.rejected.name] : [])
    }

    /// Why the message must wait, since nobody could look at it.
    func reasonUnscanned(_ verdict: Verdict) -> String? {
        verdict.unscanned.first { rules.configuration.postponesUnscanned.contains($0.key) }
            .map { "\($0.key.rawValue): \($0.value)" }
    }

    /// The verdict that stood when the header was there.
    var judgedByHeader: Judgement.Judged? {
        guard case .deciding(let whole) = phase else { return nil }
        return whole.pending.map { .init(verdict: $0, depth: depth, bodyStart: whole.header.count, duration: .zero) }
    }

    /// The rules have looked at the whole message.
    func decide(_ judged: Judgement.Judged) {
        guard case .deciding(let whole) = phase else { return }
        rulesDuration += judged.duration
        depth = judged.depth
        verdict = judged.verdict
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

    /// It has been sent.
    func released() {
        guard case .releasing(let whole) = phase else { return }
        whole.held = nil
        phase = .released(whole)
    }

    /// No room, no disk, no scanner: the client may come back later.
    ///
    /// - Parameters:
    ///   - reason: for the client
    ///   - cause: for the audit log, where it is another
    func postpone(_ reason: String, cause: String? = nil) {
        postponement = cause ?? reason
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
