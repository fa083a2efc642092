// The rules on a whole message, apart from where and when they run.
// Must not belong to an event loop: it can take long.

import Filtering
import Mail
import Sieve

/// Everything that a verdict follows from, but for the message's octets.
struct Judgement: Sendable {
    let ruleSet: RuleSet
    let header: [UInt8]
    let facts: Facts

    /// A verdict and what it took to come to it.
    typealias Timed = Result<(verdict: Verdict, duration: Duration), HoldingError>

    /// Runs the rules where this is called.
    func timed(on source: HeldMessage.Source) -> Timed {
        let start = ContinuousClock.now
        do throws(HoldingError) {
            let verdict = verdict(on: try source.octets())
            return .success((verdict, ContinuousClock.now - start))
        } catch {
            return .failure(error)
        }
    }

    /// Runs the rules from the first to the last.
    func verdict(on message: MessageOctets) -> Verdict {
        let filter = Filter(ruleSet: ruleSet, header: header, facts: facts, message: message)
        while true {
            switch filter.run() {
            case .finished(let verdict): return verdict
            case .needs(.message): filter.provide(message: message)
            case .needs(.scan(let kind)): filter.provide(scan: .unscanned(kind, reason: "no scanner is set up"))
            case .needs(.duplicate(let id)): filter.provide(false, to: id)
            case .needs(.size): filter.provide(size: message.count)
            }
        }
    }
}
