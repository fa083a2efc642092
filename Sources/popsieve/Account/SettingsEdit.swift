// Changes in the text of a settings file, which leave every other line as somebody wrote it.
// Must not know what settings mean: whoever edits reads the result before it replaces the file.

/// What stands there can't be changed by adding and taking away lines.
struct SettingsEditFault: Error, Equatable {
    let key: String
    /// From 1.
    let line: Int
    let fix: String
}

/// A text that is being edited.
struct SettingsEdit {
    private var lines: [String]
    /// What ends its lines, beside the line feed.
    private let lineEnd: String

    init(_ text: String) {
        lineEnd = text.contains("\r\n") ? "\r" : ""
        // A line end of two octets is one character, so octets are looked at.
        let pieces = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        lines = pieces.map { String(decoding: $0, as: UTF8.self) }
        if lines.last?.isEmpty == true { lines.removeLast() }
    }

    var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n" }

    /// A line below a key of the top level, behind what is there; the key is added where it is missing.
    ///
    /// - Parameter line: without indentation, such as `- { user: a }` or `office: pop.example.com`
    mutating func add(_ line: String, below key: String) throws(SettingsEditFault) {
        if let first = lines.firstIndex(where: \.isText), lines[first].hasPrefix("{") {
            throw SettingsEditFault(key: key, line: first + 1, fix: "write the settings as \"key: value\", one a line")
        }
        openEmpty(key)
        guard let block = try block(of: key) else {
            if lines.last.map({ !$0.isBlank }) == true { lines.append(lineEnd) }
            lines += ["\(key):\(lineEnd)", "  \(line)\(lineEnd)"]
            return
        }
        let first = lines[block.dropFirst()].first { $0.isText }
        let indentation = first.map { String($0.prefix { $0 == " " }) } ?? "  "
        let last = block.last { lines[$0].isText } ?? block.lowerBound
        lines.insert("\(indentation)\(line)\(lineEnd)", at: last + 1)
    }

    /// Whether a key of the top level is there.
    func holds(_ key: String) -> Bool { line(of: key) != nil }

    /// Takes away what begins in a line and all that belongs to it; below `key` something has to be left, or `key` goes, too.
    ///
    /// - Parameter number: from 1
    mutating func remove(elementAt number: Int, below key: String) {
        let start = number - 1
        guard lines.indices.contains(start) else { return }
        let depth = lines[start].prefix { $0 == " " }.count
        let next =
            lines[(start + 1)...].firstIndex { $0.isText && $0.prefix { $0 == " " }.count <= depth } ?? lines.endIndex
        // Comments behind it are about what follows.
        let end = (start..<next).last { lines[$0].isText } ?? start
        lines.removeSubrange(start...end)
        guard let head = line(of: key), let block = try? block(of: key),
            !block.dropFirst().contains(where: { lines[$0].isText })
        else { return }
        lines.remove(at: head)
    }

    /// One more field of what begins in a line: a mapping in braces, or one in lines of its own.
    ///
    /// - Parameter number: from 1
    mutating func add(_ field: String, toElementAt number: Int) {
        let start = number - 1
        guard lines.indices.contains(start) else { return }
        let line = lines[start]
        if let brace = line.firstIndex(of: "{") {
            lines[start].insert(contentsOf: " \(field),", at: line.index(after: brace))
        } else {
            let indentation = line.prefix { $0 == " " || $0 == "-" }.count
            lines.insert(String(repeating: " ", count: indentation) + field + lineEnd, at: start + 1)
        }
    }

    /// `upstream: HOST` becomes the first of several.
    mutating func nameUpstream(_ name: String) throws(SettingsEditFault) {
        guard let line = line(of: "upstream") else { return }
        let value = lines[line].dropFirst("upstream:".count).drop { $0 == " " }
        guard let first = value.first, !"#\r".contains(first) else {
            guard let block = try block(of: "upstream") else { return }
            // Its fields in lines of their own go one step to the right.
            for number in block.dropFirst() where !lines[number].isBlank { lines[number] = "  " + lines[number] }
            lines.replaceSubrange(line...line, with: ["upstreams:\(lineEnd)", "  \(name): \(value)"])
            if value.isEmpty { lines[line + 1] = "  \(name):\(lineEnd)" }
            return
        }
        guard !"&*|>".contains(first) else {
            throw SettingsEditFault(key: "upstream", line: line + 1, fix: "put it under \"upstreams\", with a name")
        }
        lines.replaceSubrange(line...line, with: ["upstreams:\(lineEnd)", "  \(name): \(value)"])
    }

    /// `key: []` or `key: {}` becomes a key whose lines follow.
    private mutating func openEmpty(_ key: String) {
        guard let number = line(of: key) else { return }
        let value = lines[number].dropFirst(key.count + 1).drop { $0 == " " }
        guard value.hasPrefix("[]") || value.hasPrefix("{}") else { return }
        let rest = value.dropFirst(2)
        guard rest.allSatisfy({ $0 == " " || $0 == "\r" }) || rest.drop(while: { $0 == " " }).first == "#" else {
            return
        }
        lines[number] = "\(key):\(rest)"
    }

    // MARK: Finding

    private func line(of key: String) -> Int? { lines.firstIndex { $0.hasPrefix("\(key):") } }

    /// The key's line and those that belong to it.
    private func block(of key: String) throws(SettingsEditFault) -> Range<Int>? {
        guard let start = line(of: key) else { return nil }
        let value = lines[start].dropFirst(key.count + 1).drop { $0 == " " || $0 == "\r" }
        guard value.isEmpty || value.first == "#" else {
            let fix = "write what is there in lines of their own below \"\(key):\""
            throw SettingsEditFault(key: key, line: start + 1, fix: fix)
        }
        let end = lines[(start + 1)...].firstIndex { $0.isText && !$0.hasPrefix(" ") && !$0.hasPrefix("- ") }
        return start..<(end ?? lines.endIndex)
    }
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy { $0 == " " || $0 == "\r" || $0 == "\r\n" } }
    /// Neither blank nor a comment.
    fileprivate var isText: Bool { !isBlank && drop { $0 == " " }.first != "#" }
}
