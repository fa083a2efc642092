// What happened step by step, as people read it: a file's lines under its name, values before what was asked.
// Must not let a message's text reach the terminal as anything but text.

import Audit
import Sieve

/// Shows explanations.
struct ExplanationText {
    let terminal: Terminal

    func lines(_ explanation: Explanation) -> [String] {
        var lines: [String] = []
        var script: String?
        for line in explanation.lines {
            if line.script != script {
                script = line.script
                lines.append("  \(terminal.paint(line.script.printable, .cyan))")
            }
            lines.append(text(line))
        }
        return lines
    }

    private func text(_ line: Explanation.Line) -> String {
        let number = String(line.position.line)
        let margin = String(repeating: " ", count: max(0, 6 - number.count))
        let indent = String(repeating: "    ", count: line.depth)
        let text = line.kind == .skipped ? terminal.paint(line.text.printable, .dim) : line.text.printable
        return "\(margin)\(terminal.paint(number, .dim))  \(mark(line))  \(indent)\(text)\(remark(line))"
    }

    private func mark(_ line: Explanation.Line) -> String {
        switch (line.kind, line.value) {
        case (_, true?): terminal.paint("true ", .green)
        case (_, false?): terminal.paint("false", .yellow)
        case (.skipped, nil): terminal.paint("skip ", .dim)
        case (.test, nil): terminal.paint("?    ", .red)
        case (.block, nil), (.command, nil): "     "
        }
    }

    private func remark(_ line: Explanation.Line) -> String {
        if let matched = line.matched {
            let subject = line.subject.map { "\($0): " } ?? ""
            return terminal.paint("  ← \(subject)\(shown(matched))", .green)
        }
        if let subject = line.subject { return terminal.paint("  ← \(subject.printable)", .dim) }
        if line.compared.isEmpty { return "" }
        return terminal.paint("  ← \(line.compared.map { "\"\(shown($0))\"" }.joined(separator: ", "))", .dim)
    }

    /// In one line.
    private func shown(_ text: String) -> String {
        text.replacing("\r\n", with: " ⏎ ").replacing("\t", with: " ").printable
    }
}
