// A mapping of the settings file, read key by key; what nobody asked for is an error with its place.
// Must not know which keys there are: they are those that were asked for.

import Yams

/// Collects what is wrong while settings are read.
final class FindingList {
    private(set) var findings: [Finding] = []

    func add(_ finding: Finding) {
        findings.append(finding)
    }

    var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

/// Reads the values of one mapping.
final class SettingsSection {
    let file: String
    let findings: FindingList
    let node: Node
    private var values: [(key: String, node: Node, value: Node)] = []
    private var asked: [String] = []

    /// Nil, and a finding, where the node is no mapping.
    init?(_ node: Node, file: String, findings: FindingList, what: String) {
        self.file = file
        self.findings = findings
        self.node = node
        guard case .mapping(let mapping) = node else {
            report(node, "\(what) must be a list of keys and values", "write it as \"key: value\" lines")
            return nil
        }
        values = mapping.compactMap { key, value in key.string.map { ($0, key, value) } }
    }

    func report(_ node: Node?, severity: Finding.Severity = .error, _ message: String, _ mend: String? = nil) {
        let mark = (node ?? self.node).mark
        findings.add(
            Finding(
                file: file,
                line: mark?.line ?? 1,
                column: mark?.column ?? 1,
                severity: severity,
                message: message,
                mend: mend
            )
        )
    }

    var place: Settings.Place {
        Settings.Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    subscript(key: String) -> Node? {
        if !asked.contains(key) { asked.append(key) }
        return values.first { $0.key == key }?.value
    }

    /// Keys that are known, but not in this version.
    func refuse(_ keys: [String: String]) {
        for (key, reason) in keys.sorted(by: { $0.key < $1.key }) where self[key] != nil {
            report(values.first { $0.key == key }?.node, "\"\(key)\" is not in this version", reason)
        }
    }

    /// To be called when every key was asked for.
    func finish() {
        for (key, node, _) in values where !asked.contains(key) {
            let near = asked.nearest(to: key).map { "did you mean \"\($0)\"?" }
            report(node, "unknown key \"\(key)\"", near ?? "known here: \(asked.joined(separator: ", "))")
        }
    }

    // MARK: Values

    func string(_ key: String) -> String? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            report(node, "\"\(key)\" must be a text", nil)
            return nil
        }
        return scalar.string
    }

    func bool(_ key: String) -> Bool? {
        guard let node = self[key] else { return nil }
        if let value = node.bool { return value }
        report(node, "\"\(key)\" must be true or false")
        return nil
    }

    func choice<Choice>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let text = string(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let known = type.allCases.map(\.rawValue)
        let near = known.nearest(to: text).map { "did you mean \($0)?" }
        report(self[key], "\"\(key)\" can't be \"\(text)\"", near ?? "one of: \(known.joined(separator: ", "))")
        return nil
    }

    func value<Value>(_ key: String, _ what: String, _ example: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = string(key) else { return nil }
        if let value = parse(text) { return value }
        report(self[key], "\"\(text)\" is not \(what)", "write for example \(example)")
        return nil
    }

    func section(_ key: String) -> SettingsSection? {
        self[key].flatMap { SettingsSection($0, file: file, findings: findings, what: "\"\(key)\"") }
    }

    /// The elements of a list.
    func list(_ key: String) -> [Node]? {
        guard let node = self[key] else { return nil }
        guard case .sequence(let sequence) = node else {
            report(node, "\"\(key)\" must be a list", "begin each element with \"- \"")
            return nil
        }
        return Array(sequence)
    }
}

extension [String] {
    /// The element that a typing mistake may have come from.
    func nearest(to text: String) -> String? {
        let candidates = map { (name: $0, distance: Self.distance([UInt8]($0.utf8), [UInt8](text.lowercased().utf8))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= Swift.max(1, text.count / 3) ? best.name : nil
    }

    /// Levenshtein's.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = [Int](0...right.count)
        for (index, one) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = Swift.min(above + 1, row[column] + 1, diagonal + (one == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
