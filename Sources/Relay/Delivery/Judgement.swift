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
    /// What is known of what they may ask.
    let answers: Answers

    /// What others have said of the message so far.
    struct Answers: Sendable {
        var reports: [ScanKind: ScanReport] = [:]
        var duplicates: [TrackedID: Bool] = [:]
    }

    /// How far the rules got.
    enum Step: Sendable {
        case judged(Judged)
        /// They want to know what scanners say; they start again when that is known.
        case needsScan(ScanKind)
        /// The same for whether it came before.
        case needsDuplicate(TrackedID)
    }

    /// A verdict and what it took to come to it.
    struct Judged: Sendable {
        var verdict: Verdict
        /// How deep the rules looked.
        var depth: Depth
        /// Where the body begins in what the client gets.
        var bodyStart: Int
        var duration: Duration
    }

    /// Runs the rules where this is called.
    func run(on source: HeldMessage.Source) -> Result<Step, HoldingError> {
        let start = ContinuousClock.now
        do throws(HoldingError) {
            var step = judge(try source.octets())
            if case .judged(var judged) = step {
                judged.duration = ContinuousClock.now - start
                step = .judged(judged)
            }
            return .success(step)
        } catch {
            return .failure(error)
        }
    }

    private func judge(_ message: MessageOctets) -> Step {
        let filter = Filter(ruleSet: ruleSet, header: header, facts: facts, message: message)
        while true {
            switch filter.run() {
            case .finished(let verdict):
                let bodyStart = verdict.message?.header().range.upperBound ?? header.count
                return .judged(Judged(verdict: verdict, depth: filter.depth, bodyStart: bodyStart, duration: .zero))
            case .needs(.size): filter.provide(size: message.count)
            case .needs(.message): filter.provide(message: message)
            case .needs(.scan(let kind)):
                guard let report = answers.reports[kind] else { return .needsScan(kind) }
                filter.provide(scan: report)
            case .needs(.duplicate(let id)):
                guard let isDuplicate = answers.duplicates[id] else { return .needsDuplicate(id) }
                filter.provide(isDuplicate, to: id)
            }
        }
    }
}
