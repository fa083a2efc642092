// The first message's header before the rules, and what they say of it.
// Must not guess: rules that want more than its header are told so.

import Audit
import Filtering
import Foundation
import Relay

struct FirstMessage {
    private let header: [UInt8]
    private let facts: Facts
    private let size: Int?

    /// - Parameters:
    ///   - lines: as TOP brings them
    ///   - size: what LIST tells
    init(_ lines: [[UInt8]], size: Int?, _ upstream: String, _ user: String?) {
        let message = NetworkMessage(file: Array(lines.joined(separator: [0x0D, 0x0A])) + [0x0D, 0x0A])
        header = message.header
        self.size = size
        var facts = Facts(
            user: user,
            upstream: upstream,
            time: WallClock.now().seconds,
            processorTime: ProcessorTime.now
        )
        facts.defects = message.headerDefects
        self.facts = facts
    }

    func remark(_ rules: RuleSet) -> Remark {
        guard !rules.isEmpty else { return Remark("its header came; there are no rules") }
        let filter = Filter(ruleSet: rules, header: header, facts: facts)
        while true {
            switch filter.run() {
            case .finished(let verdict): return remark(verdict)
            case .needs(.size): filter.provide(size: size)
            case .needs(.duplicate(let id)): filter.provide(false, to: id)
            case .needs(.message), .needs(.scan):
                return Remark("its header came; the rules want the whole message, which was not fetched")
            }
        }
    }

    private func remark(_ verdict: Verdict) -> Remark {
        if let failure = verdict.failure { return .warning("a rule failed: \(failure)", "try it with: popsieve try") }
        let matches = verdict.matches.prefix(4).map { "\($0.file):\($0.line) \($0.action)" }
        let defects = verdict.defects.isEmpty ? [] : ["defects: \(verdict.defects.joined(separator: ", "))"]
        return Remark("the rules say: \(([verdict.word] + matches + defects).joined(separator: "; "))")
    }
}
