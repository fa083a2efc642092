// A trial as people read it.
// Must not let a message's text reach the terminal as anything but text.

import Filtering
import Sieve

/// Shows trials; with their rule files, so that a step is shown as it is written there.
struct TrialText {
    let terminal: Terminal
    let files: [RuleFile]

    func text(_ trial: Trial) -> String {
        let verdict = trial.verdict
        return
            ([headline(trial)] + verdict.matches.map(match) + remarks(verdict) + trial.trace.map(step)
            + (verdict.outcome == .keep ? difference(trial.changes) : [])).joined(separator: "\n")
    }

    private func headline(_ trial: Trial) -> String {
        let colour: Terminal.Style =
            switch trial.verdict.word {
            case "passed": .green
            case "tagged": .yellow
            default: .red
            }
        let figures = terminal.paint("(\(trial.octets) octets, rules took \(trial.microseconds) µs)", .dim)
        let word = terminal.paint(trial.verdict.word, colour, .bold)
        return "\(terminal.paint(trial.path.printable, .bold)): \(word) \(figures)"
    }

    private func match(_ match: RuleMatch) -> String {
        "  \(terminal.paint("\(match.file.printable):\(match.line)", .cyan))  \(match.action.printable)"
    }

    private func remarks(_ verdict: Verdict) -> [String] {
        var lines: [String] = []
        if let failure = verdict.failure { lines.append("  \(terminal.paint("failed", .red))  \(failure.printable)") }
        if !verdict.defects.isEmpty { lines.append("  defects  \(verdict.defects.joined(separator: ", "))") }
        switch verdict.outcome {
        case .keep: break
        case .reject(let reason): lines.append("  the client gets  -ERR [SYS/PERM] \(reason.printable)")
        case .discard: lines.append("  the client gets  a notice in place of the message")
        }
        return lines
    }

    /// A test with its answer, or a command, as it is written.
    private func step(_ step: TraceStep) -> String {
        let place = "\(step.script.printable):\(step.position.line):\(step.position.column)"
        let answer =
            switch step.kind {
            case .test(true): terminal.paint("true ", .green)
            case .test(false): terminal.paint("false", .yellow)
            case .command: "run  "
            }
        let matched = step.matched.map { "  matched \($0.printable)" } ?? ""
        return "  \(terminal.paint(place, .cyan))  \(answer)  \(terminal.paint(source(step), .dim))\(matched)"
    }

    /// The rest of the line where a step begins.
    private func source(_ step: TraceStep) -> String {
        guard let file = files.first(where: { $0.name == step.script }) else { return "" }
        let lines = file.source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.indices.contains(step.position.line - 1) else { return "" }
        let rest = lines[step.position.line - 1].dropFirst(step.position.column - 1)
        let text = String(decoding: rest.last == UInt8(ascii: "\r") ? rest.dropLast() : rest, as: UTF8.self).printable
        return text.count > 80 ? "\(text.prefix(79))…" : text
    }

    private func difference(_ changes: HeaderChanges) -> [String] {
        changes.isEmpty
            ? []
            : changes.excerpt.map { line in
                switch line {
                case .same(let text): terminal.paint("    \(text.printable)", .dim)
                case .removed(let text): terminal.paint("  - \(text.printable)", .red)
                case .added(let text): terminal.paint("  + \(text.printable)", .green)
                case nil: terminal.paint("    …", .dim)
                }
            }
    }
}
