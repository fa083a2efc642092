// What is wrong with a text that is no YAML, where a person would look for it.

import Yams

/// One fault that Yams has found.
struct YAMLFault {
    private(set) var finding: Finding
    private let source: SettingsSource

    init(_ error: any Error, in source: SettingsSource) {
        self.source = source
        finding = Finding(source.place, .error, "this is not YAML: \(error)", "compare it with: popsieve config")
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            finding = Finding(source.place(mark), .error, "this is not YAML: \(problem)")
            explain(problem, context, mark)
            finding.fix = finding.fix ?? Self.fixes.first { problem.contains($0.problem) }?.fix ?? "put text in quotes"
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            let verb = duplicates.count == 1 ? "stands" : "stand"
            let message = "\"\(duplicates.joined(separator: "\", \""))\" \(verb) here twice"
            finding = Finding(source.place(context.mark), .error, message, "keep one of them")
        case YamlError.reader(let problem, let offset, _, let yaml):
            let place = source.place(ofCharacter: offset ?? 0, in: yaml)
            finding = Finding(place, .error, "this is not YAML: \(problem)", "remove it")
        default: break
        }
    }

    /// What to do about problems whose place is right.
    private static let fixes: [(problem: String, fix: String)] = [
        ("unknown escape character", "write \\\\ for \\, or put the text in single quotes"),
        ("undefined alias", "text that begins with * goes in quotes"),
        ("cannot start any token", "text that begins with this character goes in quotes"),
        ("another document", "there is one only: remove this line and those behind it"),
        ("directive", "remove this line"), ("incompatible YAML", "remove this line"),
        ("node content", "write a value here, or remove what is too much"),
    ]

    /// Yams complains where it could not go on, which can be a line behind the mistake.
    private mutating func explain(_ problem: String, _ context: YamlError.Context?, _ mark: Mark) {
        switch context?.text.split(separator: " ").suffix(2).joined(separator: " ") {
        case "simple key": begin(at: context, "write it as \"key: value\"")
        case "quoted scalar" where problem.contains("escape"): finding.place = source.place(mark)
        case "quoted scalar": begin(at: context, "close the quotes")
        case "flow mapping": begin(at: context, "close it with }")
        case "flow sequence": begin(at: context, "close it with ]")
        case "block mapping", "block collection":
            finding.fix = "indent it as the lines above that it belongs to"
        default: explain(problem, mark)
        }
    }

    private mutating func explain(_ problem: String, _ mark: Mark) {
        let line = source.line(mark.line)
        if problem.contains("mapping values are not allowed") {
            if let before = source.lineOfText(before: mark.line), isWordAlone(before, beside: line) {
                finding.place.line = before
                finding.place.column = indentation(source.line(before)) + 1
                finding.fix = "write it as \"key: value\""
            } else {
                finding.fix = "indent it as the lines above that it belongs to; text with a colon goes in quotes"
            }
        } else if problem.contains("<document start>"), let first = source.lineOfText(before: mark.line, isFirst: true)
        {
            finding.place.line = first
            finding.place.column = 1
            finding.fix = "begin this line at the margin, as line \(mark.line)"
        } else if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            finding.fix = "indent with blanks, not with tabs"
        }
    }

    /// The mistake is where something begins that never ends.
    private mutating func begin(at context: YamlError.Context?, _ fix: String) {
        if let mark = context?.mark { finding.place = source.place(mark) }
        finding.fix = fix
    }

    /// Whether a line is a key without its colon, to which the next one was taken to belong.
    private func isWordAlone(_ number: Int, beside line: String) -> Bool {
        let before = source.line(number)
        return !before.contains(":") && indentation(before) == indentation(line)
    }

    private func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }
}
