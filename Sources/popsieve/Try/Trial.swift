// One message run through the rules.

import Filtering
import Mail
import Sieve

/// What the rules did to one message.
struct Trial {
    let path: String
    let verdict: Verdict
    /// The message's size as a server would report it.
    let octets: Int
    let duration: Duration
    /// How deep the rules have looked.
    let depth: Depth
    /// What happened, step by step; empty where nobody asked.
    let explanation: Explanation
    /// How the header block changed.
    let changes: HeaderChanges
    /// How the parts changed; empty if nothing but the header did.
    let parts: [HeaderChanges.Line]

    /// - Parameter sources: the scripts by name, if the steps are to be explained
    init(path: String, message: [UInt8], ruleSet: RuleSet, facts: Facts, sources: [String: [UInt8]]? = nil) {
        let received = NetworkMessage(file: message)
        let message = received.octets
        let header = received.header
        var facts = facts
        facts.defects = received.headerDefects
        facts.bodyDefects = received.bodyDefects
        facts.size = message.count
        let filter = Filter(
            ruleSet: ruleSet,
            header: header,
            facts: facts,
            message: MessageOctets(message),
            isTraced: sources != nil
        )
        let start = ContinuousClock.now
        var verdict: Verdict?
        while verdict == nil {
            switch filter.run() {
            case .finished(let final): verdict = final
            case .needs(.size): filter.provide(size: message.count)
            case .needs(.message): filter.provide(message: MessageOctets(message))
            case .needs(.scan(let kind)):
                filter.provide(scan: .unscanned(kind, reason: "no scanner is asked when rules are tried out"))
            // No message has been seen before.
            case .needs(.duplicate(let id)): filter.provide(false, to: id)
            }
        }
        duration = ContinuousClock.now - start
        self.path = path
        self.verdict = verdict ?? Verdict()
        octets = message.count
        depth = filter.depth
        explanation = Explanation(filter.trace, sources: sources ?? [:])
        let rewritten = self.verdict.message?.joined()
        changes = HeaderChanges(
            from: header,
            to: rewritten.map { NetworkMessage(file: $0).header } ?? self.verdict.header ?? header
        )
        parts = rewritten.map { PartOutline.changes(from: message, to: $0) } ?? []
    }

    var microseconds: Int { Int(duration / .microseconds(1)) }
}
