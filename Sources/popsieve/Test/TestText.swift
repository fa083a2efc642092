// Results of test files as people read them: a line for each case, the reason under those that failed, a summary.
// Must not let a test's words reach the terminal as anything but text.

import Audit

/// Shows results.
struct TestText {
    enum Detail {
        /// Failures and the summary.
        case less
        /// Each case.
        case usual
    }

    let terminal: Terminal
    var detail = Detail.usual

    /// A file's cases under its name.
    func text(_ results: [TestResult]) -> String {
        let shown = detail == .less ? results.filter { $0.status != .passed } : results
        guard let file = shown.first?.file else { return "" }
        let lines = [terminal.paint(file.printable, .bold)] + shown.flatMap(lines)
        return lines.map { "\($0)\n" }.joined()
    }

    func summary(_ tally: TestTally) -> String {
        let failed = tally.count(.failed)
        let parts = [
            terminal.paint("\(tally.count(.passed)) passed", .green),
            failed == 0 ? "0 failed" : terminal.paint("\(failed) failed", .red, .bold),
            "\(tally.count(.skipped)) skipped",
        ]
        return "\(parts.joined(separator: ", "))\n"
    }

    private func lines(_ result: TestResult) -> [String] {
        let mark =
            switch result.status {
            case .passed: terminal.paint("passed ", .green)
            case .failed: terminal.paint("failed ", .red, .bold)
            case .skipped: terminal.paint("skipped", .yellow)
            }
        let place = result.line.map { terminal.paint("  line \($0)", .dim) } ?? ""
        let reasons = (result.reason ?? "").split(separator: "\n").map { "           \($0.printable)" }
        let headline = "  \(mark)  \(result.name.printable)"
        return [result.status == .failed ? headline + place : headline] + reasons
    }
}
