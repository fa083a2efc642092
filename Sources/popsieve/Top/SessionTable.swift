// Sessions as a table, for `sessions` and `top`.
// Must not show a name as a terminal would obey it.

import Audit
import AuditReading

/// Rows in the order in which they are given.
struct SessionTable {
    private static let titles = ["SESSION", "PHASE", "AGE", "IN", "OUT", "CLIENT", "UPSTREAM", "USER"]
    /// Those of numbers are set to the right.
    private static let numeric: Set = [2, 3, 4]
    /// What a narrow screen does without, the first one first: whose session it is, is asked for most.
    private static let dispensable = [3, 4, 5, 6, 2, 1]
    /// Characters of a user's name for which others make room.
    private static let name = 24

    private let rows: [[String]]

    init(_ sessions: [SessionLine]) {
        rows = sessions.map { session in
            [
                session.session, session.phase, Self.age(session.seconds), Double(session.octetsIn).asOctets,
                Double(session.octetsOut).asOctets, session.client, session.upstream ?? "-", session.user ?? "-",
            ].map(\.printable)
        }
    }

    /// The titles, and a line a session; columns that don't fit into `width` are left out, and the last one is cut there.
    func lines(width: Int? = nil) -> [String] {
        let all = [Self.titles] + rows
        let widths = Self.titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let columns = Self.columns(widths, within: width ?? .max)
        return all.map { row in
            let cells = columns.map { index in
                let text = row[index]
                let blanks = String(repeating: " ", count: max(0, widths[index] - text.count))
                if index == row.count - 1 { return text }
                return Self.numeric.contains(index) ? blanks + text : text + blanks
            }
            let line = cells.joined(separator: "  ")
            return width.map { String(line.prefix($0)) } ?? line
        }
    }

    private static func columns(_ widths: [Int], within width: Int) -> [Int] {
        var columns = Array(widths.indices)
        for column in dispensable {
            let needed = columns.reduce(0) { $0 + ($1 == widths.count - 1 ? min(widths[$1], name) : widths[$1] + 2) }
            guard needed > width else { break }
            columns.removeAll { $0 == column }
        }
        return columns
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
