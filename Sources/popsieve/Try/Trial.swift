// One message run through the rules.

import Filtering
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
        let message = Self.withNetworkLineEnds(message)
        let header = Self.header(of: message)
        var facts = facts
        facts.size = message.count
        var filter = Filter(ruleSet: ruleSet, header: header, facts: facts, message: message, isTraced: sources != nil)
        let start = ContinuousClock.now
        var verdict: Verdict?
        while verdict == nil {
            switch filter.run() {
            case .finished(let final): verdict = final
            case .needs(.size): filter.provide(size: message.count)
            }
        }
        duration = ContinuousClock.now - start
        self.path = path
        self.verdict = verdict ?? Verdict()
        octets = message.count
        depth = filter.depth
        explanation = Explanation(filter.trace, sources: sources ?? [:])
        let rewritten = self.verdict.message
        changes = HeaderChanges(from: header, to: rewritten.map(Self.header) ?? self.verdict.header ?? header)
        parts = rewritten.map { PartOutline.changes(from: message, to: $0) } ?? []
    }

    var microseconds: Int { Int(duration / .microseconds(1)) }

    /// On disk lines end in LF, or anyhow; POP3 brings CRLF, sizes count it, and the relay repairs the rest.
    private static func withNetworkLineEnds(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(message.count + message.count / 32)
        var wasReturn = false
        for octet in message {
            switch octet {
            case 0x0A:
                result += [0x0D, 0x0A]
                wasReturn = false
            case 0x0D:
                if wasReturn { result += [0x0D, 0x0A] }
                wasReturn = true
            default:
                if wasReturn { result += [0x0D, 0x0A] }
                wasReturn = false
                result.append(octet)
            }
        }
        return wasReturn ? result + [0x0D, 0x0A] : result
    }

    /// With the empty line that ends it, if there is one.
    private static func header(of message: [UInt8]) -> [UInt8] {
        var lineStart = 0
        while let end = message[lineStart...].firstIndex(of: 0x0A) {
            if end == lineStart + 1 { return Array(message[...end]) }
            lineStart = end + 1
        }
        return message
    }
}
