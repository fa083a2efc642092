// Settings of the rule language as the text of a settings file.
// Must not leave out a setting: what is read from the text are the same settings.

import Sieve

extension Settings.Language {
    /// YAML, a line each.
    var lines: [String] {
        let lists = lists.map { "  \($0.name.quoted): \($0.source.text)" }
        let scores = [("spamtest", spamtest), ("virustest", virustest)].compactMap { key, source in
            source.map { "\(key): \(flow($0.values))" }
        }
        let fields = [("forbid-add", forbidAdd), ("forbid-delete", forbidDelete)].map { key, names in
            (key, "[\(names.map(\.quoted).joined(separator: ", "))]")
        }
        return (lists.isEmpty ? [] : ["lists:"]) + lists + scores + [
            "editheader: \(flow(fields + [("value-length", LimitField.Unit.octets.text(valueLength))]))",
            "address-separator: \(addressSeparator.quoted)",
        ]
    }
}

extension Settings.Language.List.Source {
    fileprivate var text: String {
        switch self {
        case .file(let path): path.quoted
        case .values(let values): "[\(values.map(\.quoted).joined(separator: ", "))]"
        }
    }
}

extension ScoreSource {
    fileprivate var values: [(String, String)] {
        let texts = [
            ("header", field), ("pattern", pattern), ("maximum-header", maximumField),
            ("maximum-pattern", maximumPattern),
        ].compactMap { key, value in value.map { (key, $0.quoted) } }
        let maximum = maximum.map { [("maximum", "\($0)")] } ?? []
        let words = words.sorted { $0.key < $1.key }.map { ("\($0.key)", $0.value.quoted) }
        return texts + [("type", kind.rawValue)] + maximum + (words.isEmpty ? [] : [("words", flow(words))])
    }
}
