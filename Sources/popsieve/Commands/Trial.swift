// One message run through the rules, and how that is shown.
// Must not compile rules or read files.

import Filtering
import Foundation

/// What the rules did to one message.
struct Trial {
    let path: String
    let verdict: Verdict
    let octets: Int
    let duration: Duration
    /// The header block before, as lines.
    private let before: [String]
    private let after: [String]

    init(path: String, message: [UInt8], ruleSet: RuleSet, user: String?) {
        // On disk lines end in LF; POP3 brings CRLF, and sizes count it.
        let message = Self.withNetworkLineEnds(message)
        let header = Self.header(of: message)
        var filter = Filter(ruleSet: ruleSet, header: header, facts: Facts(size: message.count, user: user))
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
        before = Self.lines(header)
        after = Self.lines(self.verdict.header ?? header)
    }

    private static func withNetworkLineEnds(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(message.count + message.count / 32)
        var previous: UInt8 = 0
        for octet in message {
            if octet == 0x0A, previous != 0x0D { result.append(0x0D) }
            result.append(octet)
            previous = octet
        }
        return result
    }

    private static func header(of message: [UInt8]) -> [UInt8] {
        if message.starts(with: [0x0D, 0x0A]) { return [0x0D, 0x0A] }
        var index = 3
        while index < message.count {
            if message[index] == 0x0A, message[index - 3...index].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) {
                return Array(message[...index])
            }
            index += 1
        }
        return message
    }

    private static func lines(_ octets: [UInt8]) -> [String] {
        String(decoding: octets, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: true).map(
            String.init
        )
    }

    // MARK: For people

    func text(_ terminal: Terminal) -> String {
        let colour: Terminal.Style =
            switch verdict.word {
            case "passed": .green
            case "tagged": .yellow
            default: .red
            }
        var lines = [
            "\(terminal.paint(path, .bold)): \(terminal.paint(verdict.word, colour, .bold)) "
                + terminal.paint("(\(octets) octets, rules took \(microseconds) µs)", .dim)
        ]
        if let failure = verdict.failure { lines.append("  \(terminal.paint("failed:", .red)) \(failure.printable)") }
        lines += verdict.matches.map { "  \(terminal.paint("\($0.file):\($0.line)", .cyan)) \($0.action.printable)" }
        if !verdict.defects.isEmpty { lines.append("  defects: \(verdict.defects.joined(separator: ", "))") }
        if case .reject(let reason) = verdict.outcome {
            lines.append("  the client sees: -ERR [SYS/PERM] \(reason.printable)")
        }
        if let notice = verdict.notice { lines += Self.lines(notice).map { "  | \($0.printable)" } }
        return (lines + difference(terminal)).joined(separator: "\n")
    }

    /// The lines of the header that changed, with a line of context.
    private func difference(_ terminal: Terminal) -> [String] {
        guard verdict.outcome == .keep, before != after else { return [] }
        let changes = after.difference(from: before)
        let removed = changes.removals.map { change -> (Int, String) in
            if case .remove(let offset, let line, _) = change { (offset, line) } else { (0, "") }
        }
        let added = changes.insertions.map { change -> (Int, String) in
            if case .insert(let offset, let line, _) = change { (offset, line) } else { (0, "") }
        }
        return removed.map { "  \(terminal.paint("- \($0.1.printable)", .red))" }
            + added.map { "  \(terminal.paint("+ \($0.1.printable)", .green))" }
    }

    // MARK: For programs

    private var microseconds: Int { Int(duration / .microseconds(1)) }

    var json: String {
        var object: [String: Any] = [
            "message": path,
            "verdict": verdict.word,
            "octets": octets,
            "rules_us": microseconds,
            "defects": verdict.defects,
            "rules": verdict.matches.map { ["file": $0.file, "line": $0.line, "action": $0.action] as [String: Any] },
            "removed": Array(Set(before).subtracting(after)).sorted(),
            "added": Array(Set(after).subtracting(before)).sorted(),
        ]
        if let failure = verdict.failure { object["failure"] = failure }
        if case .reject(let reason) = verdict.outcome { object["reason"] = reason }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: options) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
