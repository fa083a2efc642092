// Shows findings to a person: one line each, and the line of the file with a mark under the column.
// Must not decide what is an error.

import Foundation

/// Prints to standard error.
struct FindingPrinter {
    private let terminal = Terminal(descriptor: STDERR_FILENO)

    func print(_ findings: [Finding]) {
        var sources: [String: [Substring]] = [:]
        for finding in findings.inReadingOrder {
            let colour: Terminal.Style = finding.severity == .error ? .red : .yellow
            let severity = terminal.paint("\(finding.severity.rawValue):", colour, .bold)
            Self.write("\(terminal.paint(finding.place + ":", .bold)) \(severity) \(finding.text)\n")
            guard let line = finding.line, let column = finding.column else { continue }
            let source = sources[finding.file] ?? Self.lines(of: finding.file)
            sources[finding.file] = source
            guard source.indices.contains(line - 1), source[line - 1].utf8.count < 200 else { continue }
            Self.write("    \(source[line - 1].printable)\n    \(mark(column, in: source[line - 1]))\n")
        }
    }

    private func mark(_ column: Int, in line: Substring) -> String {
        // A tab stays one, so that the mark stands under its column.
        line.prefix(max(0, column - 1)).map { $0 == "\t" ? "\t" : " " }.joined() + terminal.paint("^", .green, .bold)
    }

    private static func lines(of file: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: file) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

extension [Finding] {
    /// By file, as they came up, and by place within a file.
    fileprivate var inReadingOrder: [Finding] {
        var order: [String: Int] = [:]
        for finding in self where order[finding.file] == nil { order[finding.file] = order.count }
        return sorted { left, right in
            let (first, second) = (order[left.file] ?? 0, order[right.file] ?? 0)
            return (first, left.line ?? 0, left.column ?? 0) < (second, right.line ?? 0, right.column ?? 0)
        }
    }
}

extension StringProtocol {
    /// Without control characters, which a terminal would obey.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control && $0 != "\t" ? "\u{FFFD}" : $0 }
            )
        )
    }
}
