// A mapping of the settings file, read key by key; what nobody asked for is an error with its place.
// Must not know which keys there are: they are those that were asked for.

import Sieve
import Yams

/// Reads the values of one mapping.
final class SettingsSection {
    let source: SettingsSource
    private(set) var places: Places
    private let values: [(key: String, node: Node, value: Node)]
    private var asked: [String] = []

    /// Nil, and a finding, where the node is no mapping.
    init?(_ node: Node, _ source: SettingsSource, what: String) {
        self.source = source
        guard case .mapping(let mapping) = node else {
            let fix = node.isEmpty ? "write its keys under it, or take it away" : "write it as \"key: value\" lines"
            source.findings.error(source.place(of: node), "\(what) must have keys and values", fix)
            return nil
        }
        for (key, _) in mapping where key.scalar == nil {
            source.findings.error(source.place(of: key), "a key must be a word", "write it as \"key: value\"")
        }
        values = mapping.compactMap { key, value in key.scalar.map { ($0.string, key, value) } }
        var places = Places(source.place(of: node))
        for (key, _, value) in values { places[key] = source.place(of: value) }
        self.places = places
    }

    /// The keys as they are written, in their order.
    var names: [String] { values.map(\.key) }

    subscript(key: String) -> Node? {
        if !asked.contains(key) { asked.append(key) }
        return values.first { $0.key == key }?.value
    }

    /// A fault of the value of `key`.
    func error(_ key: String, _ message: String, _ fix: String? = nil) {
        source.findings.error(places[key], message, fix)
        markFaulty(key)
    }

    /// What `key` was to say is not known; what is wrong with it has been told.
    func markFaulty(_ key: String) { places.faulty.insert(key) }

    /// That `key` is not there; to be called after ``finish()``, since it may be there under a mistyped name.
    func misses(_ key: String, _ message: String, _ fix: String) {
        guard !places.holds(key), !places.leavesOpen(key) else { return }
        error(key, message, fix)
    }

    /// What goes by names of people's choice has one.
    func refuseNamelessKey(_ what: String) {
        guard let key = values.first(where: { $0.key.isEmpty })?.node else { return }
        source.findings.error(source.place(of: key), "\(what) has a name", "write one before the colon")
        markFaulty("")
    }

    /// Keys that will be known, but are not in this version.
    func refuse(_ keys: KeyValuePairs<String, String>) {
        for (key, reason) in keys {
            guard let name = values.first(where: { $0.key == key })?.node else { continue }
            source.findings.error(source.place(of: name), "\"\(key)\" is not in this version", reason)
        }
        refused = keys.map(\.key)
    }
    private var refused: [String] = []

    /// To be called when every key was asked for.
    func finish() {
        for (key, node, _) in values where !refused.contains(key) && !asked.contains(key) {
            let free = asked.filter { !places.holds($0) }
            // What is near may be a slip of the pen; what is right elsewhere is not meant to be something longer.
            let home = Suggestion.best(for: key, among: free) == nil ? SettingsKey.home(of: key) : nil
            let near = home == nil ? free.nearest(to: key) : nil
            let twin = asked.nearest(to: key).map { "\"\($0)\" is there already, at \(places[$0]); take this away" }
            places.hasUnknownKeys = true
            source.findings.error(
                source.place(of: node),
                "unknown key \"\(key)\"",
                home.map { "it belongs to \($0); see popsieve config" } ?? near.map { "did you mean \"\($0)\"?" }
                    ?? twin
                    ?? "known here: \(asked.joined(separator: ", "))"
            )
        }
    }

    // MARK: Values

    func string(_ key: String) -> String? {
        guard let node = self[key] else { return nil }
        if let scalar = node.scalar, !node.isEmpty {
            guard scalar.string.hasControlCharacter else { return scalar.string }
            error(key, "\"\(key)\" has a control character in it, such as a line's end", "take it away")
            return nil
        }
        error(
            key,
            node.isEmpty ? "\"\(key)\" has no value" : "\"\(key)\" must be a text",
            node.isEmpty ? "write one, or take the key away" : "write one value after the key"
        )
        return nil
    }

    /// A file or a folder, as it is written. Who writes yes or no has not named one.
    ///
    /// - Parameter none: the word for "there is none", where there is one
    func path(_ key: String, none: String? = nil) -> String? {
        guard let text = string(key) else { return nil }
        let isPlain = self[key]?.scalar?.style == .plain
        let word = text.lowercased()
        let isWord = ["true", "false", "yes", "no", "on", "off"].contains(word) || word == none && text != none
        guard isPlain, isWord else { return text }
        let fix = none.map { "name it, or write \($0)" } ?? "name it, or take the key away"
        error(key, "\"\(key)\" can't be \"\(text)\": it is the name of a file or a folder", fix)
        return nil
    }

    func bool(_ key: String) -> Bool? {
        guard let text = string(key) else { return nil }
        if let value = Bool(text) { return value }
        error(key, "\"\(key)\" can't be \"\(text)\"", "write true or false")
        return nil
    }

    func choice<Choice>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let text = string(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let known = type.allCases.map(\.rawValue)
        let near = known.nearest(to: text).map { "did you mean \($0)?" }
        error(key, "\"\(key)\" can't be \"\(text)\"", near ?? "one of: \(known.joined(separator: ", "))")
        return nil
    }

    func value<Value>(_ key: String, _ what: String, _ example: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = string(key) else { return nil }
        if let value = parse(text) { return value }
        error(key, "\"\(text)\" is not \(what)", "write for example \(example)")
        return nil
    }

    func section(_ key: String) -> SettingsSection? {
        guard let node = self[key] else { return nil }
        let section = SettingsSection(node, source, what: "\"\(key)\"")
        if section == nil { markFaulty(key) }
        return section
    }

    /// The elements of a list; those that can't be read are faults of `key`.
    func list<Element>(_ key: String, _ read: (Node) -> Element?) -> [Element]? {
        guard let nodes = list(key) else { return nil }
        let elements = nodes.compactMap(read)
        if elements.count < nodes.count { markFaulty(key) }
        return elements
    }

    /// The elements of a list.
    private func list(_ key: String) -> [Node]? {
        guard let node = self[key] else { return nil }
        if case .sequence(let sequence) = node { return Array(sequence) }
        let fix = node.isEmpty ? "write its elements under it, or take the key away" : "begin each element with \"- \""
        error(key, "\"\(key)\" must be a list", fix)
        return nil
    }
}

extension Node {
    /// Nothing was written, or `~`; the empty text in quotes means nothing either.
    var isEmpty: Bool {
        guard let scalar else { return false }
        return scalar.string.isEmpty || (scalar.style == .plain && ["~", "null"].contains(scalar.string))
    }
}

extension String {
    /// It could begin a line of its own wherever it is written to.
    var hasControlCharacter: Bool {
        unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}

extension [String] {
    /// The element that a typing mistake may have come from, or of which this is the beginning.
    func nearest(to text: String) -> String? {
        let word = text.lowercased()
        let longer = filter { word.count > 2 && $0.hasPrefix(word) }
        return longer.count == 1 ? longer[0] : Suggestion.best(for: word, among: self)
    }
}
