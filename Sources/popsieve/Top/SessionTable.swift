// Sessions as a table, for `sessions` and `top`.
// Must not show a name as a terminal would obey it.

import Audit
import AuditReading

/// Rows in the order in which they are given.
struct SessionTable {
    private static let titles = ["SESSION", "PHASE", "AGE", "IN", "OUT", "CLIENT", "UPSTREAM", "USER"]
    /// Those of numbers are set to the right.
    private static let numeric: Set = [2, 3, 4]

    private let rows: [[String]]

    init(_ sessions: [SessionLine]) {
        rows = sessions.map { session in
            [
                session.session, session.phase, Self.age(session.seconds), Double(session.octetsIn).asOctets,
                Double(session.octetsOut).asOctets, session.client, session.upstream ?? "-", session.user ?? "-",
            ].map(\.printable)
        }
    }

    /// The titles, and a line a session; the last column, which is the longest, is cut at `width`.
    func lines(width: Int? = nil) -> [String] {
        let all = [Self.titles] + rows
        let widths = Self.titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, text in
                let blanks = String(repeating: " ", count: max(0, widths[index] - text.count))
                if index == row.count - 1 { return text }
                return Self.numeric.contains(index) ? blanks + text : text + blanks
            }
            let line = cells.joined(separator: "  ")
            return width.map { String(line.prefix($0)) } ?? line
        }
    }

    /// `45s`, `12m`, `3h10m`, `4d2h`.
    static func age(_ seconds: Double) -> String {
        let seconds = Int(max(0, seconds))
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)s"
        case ..<86_400: return "\(seconds / 3_600)h\(seconds / 60 % 60)m"
        default: return "\(seconds / 86_400)d\(seconds / 3_600 % 24)h"
        }
    }
}
