// The steps as people read them: a line each, the word in its colour, and a line at the end.
// Must not let a server's text reach the terminal as anything but text.

import AuditReading

struct DoctorText {
    let terminal: Terminal

    private static let widths = (result: 8, title: 20, time: 8)

    func line(_ step: ExaminationStep) -> String {
        let (word, colour): (String, Terminal.Style) =
            switch step.result {
            case .ok: ("ok", .green)
            case .warning: ("warning", .yellow)
            case .failed: ("failed", .red)
            case .leftOut: ("left out", .dim)
            }
        let time = step.duration.map(Self.time) ?? ""
        let text = "\(step.title.padded(to: Self.widths.title)) \(time.padded(before: Self.widths.time))  \(step.text)"
        let isFaint = step.result == .leftOut
        let rest = step.result == .failed ? terminal.paint(text, .red) : isFaint ? terminal.paint(text, .dim) : text
        return "\(terminal.paint(word.padded(to: Self.widths.result), colour, .bold)) \(rest)\n"
    }

    func end(_ steps: [ExaminationStep]) -> String {
        let failed = steps.count { $0.result == .failed }
        let warnings = steps.count { $0.result == .warning }
        if failed == 0, warnings == 0 { return terminal.paint("all is well", .green, .bold) + "\n" }
        let parts = [failed == 0 ? nil : "\(failed.of("step")) failed", warnings == 0 ? nil : warnings.of("warning")]
        return terminal.paint(parts.compactMap(\.self).joined(separator: ", "), failed > 0 ? .red : .yellow, .bold)
            + "\n"
    }

    /// In milliseconds, or in seconds where it has taken long.
    private static func time(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        guard milliseconds >= 10_000 else { return "\(milliseconds) ms" }
        return "\(milliseconds / 1_000) s"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    fileprivate func padded(before width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
