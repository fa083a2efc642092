// A report on a terminal.
// Must not write anything.

import Audit
import AuditReading

struct ReportText {
    /// Columns of the widest bar.
    private static let bar = 40
    /// Characters of a name; a longer one is cut.
    private static let name = 44

    private let report: Report
    private let terminal: Terminal

    init(_ report: Report, _ terminal: Terminal) {
        self.report = report
        self.terminal = terminal
    }

    /// Lines.
    var text: String {
        ([headline, figures, chart] + report.tables.map(table)).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var headline: String { terminal.paint(report.span, .bold) + "\n" }

    private var figures: String {
        report.figures.map { name, value in "\(name.padded(to: 18))\(value)\n" }.joined()
    }

    private var chart: String {
        guard report.periods.count > 1 else { return "" }
        let most = report.periods.map { max($0.sessions, $0.messages) }.max() ?? 0
        let width = report.periods.map(\.name.count).max() ?? 0
        let lines = report.periods.map { period in
            let label = terminal.paint(period.name.padded(to: width), .dim)
            let bar = Self.bar(period.sessions, of: most, width: Self.bar).padded(to: Self.bar)
            let failures = period.failures > 0 ? terminal.paint("  \(period.failures.of("failure"))", .red) : ""
            let counts = "\(period.sessions.of("session")), \(period.messages.of("message"))"
            return "\(label)  \(terminal.paint(bar, .cyan)) \(counts)\(failures)\n"
        }
        return terminal.paint("Sessions by \(report.noun)", .bold) + "\n" + lines.joined()
    }

    /// A row of blocks; eighths of one make small numbers seen.
    static func bar(_ value: Int, of most: Int, width: Int) -> String {
        guard most > 0, value > 0 else { return "" }
        let eighths = max(1, value * width * 8 / most)
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    private func table(_ table: ReportTable) -> String {
        let cells = ([table.columns.map(\.name)] + table.rows).map { $0.map { $0.printable.cut(to: Self.name) } }
        let widths = table.columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.enumerated().map { index, row in
            let texts = row.enumerated().map { column, text in
                table.columns[column].isNumber
                    ? text.padded(to: widths[column], atEnd: false) : text.padded(to: widths[column])
            }
            let line = String(texts.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
            return (index == 0 ? terminal.paint(line, .dim) : line) + "\n"
        }
        return terminal.paint(table.caption, .bold) + "\n" + lines.joined()
    }
}

extension String {
    fileprivate func padded(to width: Int, atEnd: Bool = true) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return atEnd ? self + blanks : blanks + self
    }

    fileprivate func cut(to width: Int) -> String { count > width ? prefix(width - 1) + "…" : self }
}
