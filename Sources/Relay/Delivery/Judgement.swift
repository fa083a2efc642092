// The rules on a whole message, apart from where and when they run.
// Must not belong to an event loop: it can take long.

import Filtering
import Mail
import Sieve
import TLS

/// Everything that a verdict follows from, but for the message's octets.
struct Judgement: Sendable {
    let ruleSet: RuleSet
    let header: [UInt8]
    let facts: Facts
    /// What is known of what they may ask.
    let answers: Answers
    /// What the header alone says, where only the original has to be kept.
    let pending: Judged?
    /// What an earlier session said of a message with this header.
    let remembered: RememberedVerdict?
    /// Whether it has to be the same to the last octet to be known again.
    let looksBack: Bool

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
        /// Of the whole message; nil where it need not be known again.
        var digest: [UInt8]?
        /// What scanners said.
        var reports: [ScanKind: ScanReport] = [:]
        /// An earlier session said it of the same message.
        var remembered: RememberedVerdict?
    }

    /// Runs the rules where this is called.
    func run(on source: HeldMessage.Source) -> Result<Step, HoldingError> {
        let start = ContinuousClock.now
        do throws(HoldingError) {
            let message = try source.octets()
            let digest = looksBack ? message.withOctets { SHA256.digest(of: $0) } : nil
            let known = digest.map { remembered?.isAbout(message: $0) ?? false } ?? false ? remembered : nil
            let reports = answers.reports.merging(known?.reports ?? [:]) { given, _ in given }
            var step = recalled(known) ?? pending.map { .judged($0) } ?? judge(message, reports)
            if case .judged(var judged) = step {
                judged.duration = ContinuousClock.now - start
                (judged.digest, judged.reports) = (digest, reports)
                step = .judged(judged)
            }
            return .success(step)
        } catch {
            return .failure(error)
        }
    }

    /// Nil where it has to be judged anew.
    private func recalled(_ remembered: RememberedVerdict?) -> Step? {
        guard let remembered, let verdict = remembered.verdict(on: header) else { return nil }
        let depth = remembered.judgedDepth
        var judged = Judged(verdict: verdict, depth: depth, bodyStart: header.count, duration: .zero)
        judged.remembered = remembered
        return .judged(judged)
    }

    private func judge(_ message: MessageOctets, _ reports: [ScanKind: ScanReport]) -> Step {
        let filter = Filter(ruleSet: ruleSet, header: header, facts: facts, message: message)
        while true {
            switch filter.run() {
            case .finished(let verdict):
                let bodyStart = verdict.message?.header().range.upperBound ?? header.count
                return .judged(Judged(verdict: verdict, depth: filter.depth, bodyStart: bodyStart, duration: .zero))
            case .needs(.size): filter.provide(size: message.count)
            case .needs(.message): filter.provide(message: message)
            case .needs(.scan(let kind)):
                guard let report = reports[kind] else { return .needsScan(kind) }
                filter.provide(scan: report)
            case .needs(.duplicate(let id)):
                guard let isDuplicate = answers.duplicates[id] else { return .needsDuplicate(id) }
                filter.provide(isDuplicate, to: id)
            }
        }
    }
}
