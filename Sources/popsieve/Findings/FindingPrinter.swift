// Shows findings to a person: one line each, and the line of the file with a mark under the column.

import Audit
import Foundation

/// Prints to standard error.
struct FindingPrinter {
    private let terminal = Terminal(descriptor: STDERR_FILENO)

    func print(_ findings: [Finding]) {
        StandardError.write(FindingText(terminal: terminal).text(findings))
    }
}

/// Findings as text.
struct FindingText {
    let terminal: Terminal

    func text(_ findings: [Finding]) -> String {
        var sources: [String: [ArraySlice<UInt8>]] = [:]
        var text = ""
        for finding in findings.inReadingOrder {
            text += headline(finding)
            guard finding.place.line != nil, !finding.place.isWhole, !finding.place.isConfidential else { continue }
            let file = finding.place.file
            let lines = sources[file] ?? Self.lines(of: file)
            sources[file] = lines
            text += excerpt(finding.place, lines)
        }
        return text
    }

    private func headline(_ finding: Finding) -> String {
        let colour: Terminal.Style = finding.severity == .error ? .red : .yellow
        let severity = terminal.paint("\(finding.severity.rawValue):", colour, .bold)
        return "\(terminal.paint("\(finding.place):", .bold)) \(severity) \(finding.text)\n"
    }

    /// The line, and a mark under the column; nothing for a line that no terminal is wide enough for.
    private func excerpt(_ place: Place, _ lines: [ArraySlice<UInt8>]) -> String {
        guard let number = place.line, lines.indices.contains(number - 1) else { return "" }
        let line = lines[number - 1]
        guard !line.isEmpty, line.count < 200, !Self.isConfidential(line) else { return "" }
        let before = String(decoding: line.prefix(max(0, (place.column ?? 1) - 1)), as: UTF8.self)
        // A tab stays one, so that the mark stands under its column.
        let margin = before.map { $0 == "\t" ? "\t" : " " }.joined()
        return "    \(shown(line))\n    \(margin)\(terminal.paint("^", .green, .bold))\n"
    }

    /// Passwords and their hashes stand there, or what was to be the name of a file with one.
    private static func isConfidential(_ line: ArraySlice<UInt8>) -> Bool {
        String(decoding: line, as: UTF8.self).firstMatch(of: /(password|secret|token|key)s?"?\s*:/) != nil
    }

    private func shown(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
            .map(\.printable).joined(separator: "\t")
    }

    private static func lines(of file: String) -> [ArraySlice<UInt8>] {
        guard let octets = try? FileManager.default.regularFile(at: file, upTo: 1 << 20) else { return [] }
        return octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    }
}

extension [Finding] {
    /// By file, as they came up, and by place within a file.
    var inReadingOrder: [Finding] {
        var order: [String: Int] = [:]
        for finding in self where order[finding.place.file] == nil { order[finding.place.file] = order.count }
        return sorted { left, right in
            let (first, second) = (order[left.place.file] ?? 0, order[right.place.file] ?? 0)
            return (first, left.place.line ?? 0, left.place.column ?? 0)
                < (second, right.place.line ?? 0, right.place.column ?? 0)
        }
    }
}
