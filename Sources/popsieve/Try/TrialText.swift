// A trial as people read it.
// Must not let a message's text reach the terminal as anything but text.

import Audit
import AuditReading
import Filtering
import Sieve

/// Shows trials.
struct TrialText {
    let terminal: Terminal

    func text(_ trial: Trial) -> String {
        let verdict = trial.verdict
        var lines = [headline(trial)] + verdict.matches.map(match) + remarks(verdict)
        lines += ExplanationText(terminal: terminal).lines(trial.explanation)
        if verdict.outcome == .keep { lines += difference(trial.changes) + parts(trial.parts) }
        return lines.joined(separator: "\n")
    }

    private func headline(_ trial: Trial) -> String {
        let colour: Terminal.Style =
            switch trial.verdict.word {
            case "passed": .green
            case "tagged", "rewritten": .yellow
            default: .red
            }
        let figures = terminal.paint(
            "(\(trial.octets.of("octet")), depth \(trial.depth), rules took \(trial.microseconds) µs)",
            .dim
        )
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
        for debug in verdict.debugLines {
            lines.append("  debug  \(debug.script.printable):\(debug.line)  \(debug.text.printable)")
        }
        for folder in verdict.quarantine {
            lines.append("  a copy goes to the quarantine folder \"\(folder.printable)\"")
        }
        switch verdict.outcome {
        case .keep: break
        case .reject(let reason): lines.append("  the client gets  a notice with the reason: \(reason.printable)")
        case .discard: lines.append("  the client gets  a notice in place of the message")
        }
        return lines
    }

    private func difference(_ changes: HeaderChanges) -> [String] {
        changes.isEmpty ? [] : changes.excerpt.map(line)
    }

    /// The parts, if any has changed.
    private func parts(_ lines: [HeaderChanges.Line]) -> [String] {
        lines.isEmpty ? [] : ["  parts"] + lines.map(line)
    }

    private func line(_ line: HeaderChanges.Line?) -> String {
        switch line {
        case .same(let text): terminal.paint("    \(text.printable)", .dim)
        case .removed(let text): terminal.paint("  - \(text.printable)", .red)
        case .added(let text): terminal.paint("  + \(text.printable)", .green)
        case nil: terminal.paint("    …", .dim)
        }
    }
}
