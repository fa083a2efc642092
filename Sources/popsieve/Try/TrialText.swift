// A trial as people read it.
// Must not let a message's text reach the terminal as anything but text.

import Audit
import AuditReading
import Filtering
import Relay
import Scanning
import Sieve

/// Shows trials.
struct TrialText {
    let terminal: Terminal

    func text(_ trial: Trial) -> String {
        let verdict = trial.verdict
        var lines = [headline(trial)] + limit(trial) + verdict.matches.map(match) + scans(trial) + remarks(trial)
        lines += ExplanationText(terminal: terminal).lines(trial.explanation)
        if verdict.outcome == .keep, trial.policy == .pass { lines += difference(trial.changes) + parts(trial.parts) }
        return lines.joined(separator: "\n")
    }

    private func headline(_ trial: Trial) -> String {
        let colour: Terminal.Style =
            switch trial.word {
            case "passed": .green
            case "tagged", "rewritten": .yellow
            default: .red
            }
        let figures = terminal.paint(
            "(\(trial.octets.of("octet")), depth \(trial.depth), rules took \(trial.microseconds) µs)",
            .dim
        )
        let word = terminal.paint(trial.word, colour, .bold)
        return "\(terminal.paint(trial.path.printable, .bold)): \(word) \(figures)"
    }

    /// What becomes of a message that is too large; what rules do to it is shown all the same.
    private func limit(_ trial: Trial) -> [String] {
        guard let limit = trial.limit else { return [] }
        let cause = "\(limit.setting): more than \(limit.octets.of("octet")), so the relay lets no rule decide"
        let others =
            limit.dependsOnListener ? ["  listeners have limits of their own, which count for who comes by them"] : []
        return ["  \(terminal.paint("\(limit.place)", .cyan))  \(cause)", "  the client gets  \(limit.delivery)"]
            + others
            + ["  without this limit it is \(trial.wordOfRules):"]
    }

    private func match(_ match: RuleMatch) -> String {
        "  \(terminal.paint("\(match.file.printable):\(match.line)", .cyan))  \(match.action.printable)"
    }

    /// What scanners were told and said.
    private func scans(_ trial: Trial) -> [String] {
        var lines = trial.findings.all.map { finding in
            "  \(terminal.paint(finding.scanner.printable, .cyan))  \(finding.summary.printable)"
        }
        let told = [trial.circumstances.address, trial.circumstances.helo, trial.circumstances.sender]
        if !lines.isEmpty, told != [nil, nil, nil] {
            lines.append("  scanners were told  \(told.compactMap(\.self).joined(separator: ", ").printable)")
        }
        if let reason = trial.verdict.reasonUnscanned {
            lines.append("  \(terminal.paint(reason.printable, .yellow))")
        }
        return lines
    }

    private func remarks(_ trial: Trial) -> [String] {
        let verdict = trial.verdict
        var lines: [String] = []
        if let failure = verdict.failure { lines.append("  \(terminal.paint("failed", .red))  \(failure.printable)") }
        if !verdict.defects.isEmpty { lines.append("  defects  \(verdict.defects.joined(separator: ", "))") }
        for debug in verdict.debugLines {
            lines.append("  debug  \(debug.script.printable):\(debug.line)  \(debug.text.printable)")
        }
        for folder in verdict.quarantine {
            lines.append("  a copy goes to the quarantine folder \"\(folder.printable)\"")
        }
        switch trial.policy {
        case .postpone: return lines + ["  the client gets  an error that lets it come back later"]
        case .notice: return lines + ["  the client gets  a notice that nobody could look at the message"]
        case .pass: break
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

extension Findings.Finding {
    /// In one line.
    fileprivate var summary: String {
        switch result {
        case .clean: "clean"
        case .infected(let names): "infected: \(names.joined(separator: ", "))"
        case .unscanned(let reason): "not scanned: \(reason)"
        case .scored(let score):
            "\(score.isSpam ? "spam" : "no spam"), \(score.score)"
                + (score.threshold.map { " of \($0)" } ?? "")
                + (score.symbols.isEmpty ? "" : ": " + score.symbols.map(\.description).joined(separator: ", "))
        }
    }
}
