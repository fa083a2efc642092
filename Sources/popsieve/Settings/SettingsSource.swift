// The settings file while it is read: places of its nodes, its directory, and what was found in it.

import Yams

/// Collects what is wrong while settings, certificates and rules are read.
final class FindingList {
    private(set) var findings: [Finding] = []

    func add(_ finding: Finding) {
        findings.append(finding)
    }

    func error(_ place: Place, _ message: String, _ fix: String? = nil) {
        add(Finding(place, .error, message, fix))
    }

    func warning(_ place: Place, _ message: String, _ fix: String? = nil) {
        add(Finding(place, .warning, message, fix))
    }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

/// A settings file.
final class SettingsSource {
    let file: String
    let findings: FindingList
    private let lines: [Substring.UnicodeScalarView]

    init(file: String, text: String, findings: FindingList) {
        self.file = file
        self.findings = findings
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The whole file.
    var place: Place { .whole(file) }

    func place(of node: Node) -> Place {
        node.mark.map(place) ?? place
    }

    /// Yams counts scalars in a line, we octets.
    func place(_ mark: Mark) -> Place {
        let isInside = lines.indices.contains(mark.line - 1)
        let wider = isInside ? lines[mark.line - 1].prefix(mark.column - 1).reduce(0) { $0 + UTF8.width($1) - 1 } : 0
        return Place(file: file, line: mark.line, column: mark.column + wider)
    }

    func place(ofCharacter offset: Int, in text: String) -> Place {
        let before = text.prefix(offset).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return Place(file: file, line: max(1, before.count), column: (before.last?.count ?? 0) + 1)
    }

    /// A line by its number; empty where there is none.
    func line(_ number: Int) -> String {
        lines.indices.contains(number - 1) ? String(Substring(lines[number - 1])) : ""
    }

    /// The number of the nearest line above that is neither empty nor a comment, or of the first in the file.
    func lineOfText(before number: Int, isFirst: Bool = false) -> Int? {
        let above = (1..<max(1, number)).filter { line in
            let text = self.line(line).drop { $0 == " " || $0 == "\r" }
            return !text.isEmpty && text.first != "#" && !text.hasPrefix("---")
        }
        return isFirst ? above.first : above.last
    }

    /// Relative paths are relative to the settings file.
    func path(_ text: String) -> String {
        guard !text.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return text }
        return file[...slash] + text
    }
}
