// The rule language's part of the settings file.

import Mail
import Sieve
import Yams

extension SettingsReader {
    func readLanguage(_ root: SettingsSection) -> Settings.Language {
        var language = Settings.Language()
        if let lists = root.section("lists") { language.lists = readLists(lists) }
        language.spamtest = root.section("spamtest").flatMap { readScore($0, most: 10) }
        language.virustest = root.section("virustest").flatMap { readScore($0, most: 5) }
        language.addressSeparator = root.string("address-separator") ?? language.addressSeparator
        guard let section = root.section("editheader") else { return language }
        language.forbidAdd = section.list("forbid-add", readFieldName) ?? []
        language.forbidDelete = section.list("forbid-delete", readFieldName) ?? []
        let value = section.value("value-length", "a size", "2 KiB", Quantity.size)
        if let value, value < 998 {
            section.error("value-length", "\(value) is too small for \"value-length\"", "at least 998 (RFC 5293)")
        } else {
            language.valueLength = value ?? language.valueLength
        }
        section.finish()
        return language
    }

    /// A file's name, or the values themselves.
    private func readLists(_ section: SettingsSection) -> [Settings.Language.List] {
        section.refuseNamelessKey("a list")
        let lists = section.names.compactMap { name -> Settings.Language.List? in
            var list = Settings.Language.List(name: name, source: .values([]), place: section.places[name])
            if case .sequence(let values)? = section[name] {
                list.source = .values(values.compactMap(readValue))
                return list
            }
            guard let path = section.path(name) else { return nil }
            list.source = .file(source.path(path))
            return list
        }
        section.finish()
        return lists
    }

    private func readValue(_ node: Node) -> String? {
        if let text = node.scalar?.string, !node.isEmpty { return text }
        source.findings.error(
            source.place(of: node),
            "a value of a list is a text",
            "write for example anna@example.com"
        )
        return nil
    }

    private func readFieldName(_ node: Node) -> String? {
        let name = node.scalar?.string ?? ""
        if name.lowercased() == MessageContext.alwaysEditableField {
            let message = "rules can always add and delete \(name) (RFC 5293 section 6)"
            source.findings.error(source.place(of: node), message, "remove it")
            return nil
        }
        if HeaderBlock.isFieldName(Array(name.utf8)) { return name }
        let fix = "write for example X-Loop"
        source.findings.error(source.place(of: node), "\"\(name)\" can't be the name of a header field", fix)
        return nil
    }

    // MARK: Scores

    private func readScore(_ section: SettingsSection, most: Int) -> ScoreSource? {
        var score = ScoreSource(field: section.string("header") ?? "")
        score.pattern = section.string("pattern")
        score.kind = section.choice("type", ScoreSource.Kind.self) ?? .score
        score.maximum = section.value("maximum", "a number above 0", "10") { text in
            Double(text).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        }
        score.maximumField = section.string("maximum-header")
        score.maximumPattern = section.string("maximum-pattern")
        if let words = section.section("words") { score.words = readWords(words, most: most) }
        section.finish()
        return isSound(score, section) ? score : nil
    }

    private func readWords(_ section: SettingsSection, most: Int) -> [Int: String] {
        var words: [Int: String] = [:]
        for name in section.names {
            let word = section.string(name)
            guard let result = Quantity.count(name), result <= most else {
                section.error(
                    name,
                    "a result is a number from 0 to \(most), not \"\(name)\"",
                    "write for example 1: \"No\""
                )
                continue
            }
            words[result] = word
        }
        section.finish()
        return words
    }

    private func isSound(_ score: ScoreSource, _ section: SettingsSection) -> Bool {
        guard section.places.holds("header") else {
            section.misses("header", "the score needs a \"header\"", "write for example header: X-Spam-Score")
            return false
        }
        for (key, name) in [("header", score.field), ("maximum-header", score.maximumField ?? "X")] {
            if section.places.leavesOpen(key) || HeaderBlock.isFieldName(Array(name.utf8)) { continue }
            section.error(key, "\"\(name)\" can't be the name of a header field", "write for example X-Spam-Score")
            return false
        }
        if section.places.holds("maximum-pattern"), !section.places.holds("maximum-header") {
            let fix = "add maximum-header: X-Spam-Status, or whatever field tells the worst score"
            section.error("maximum-pattern", "\"maximum-pattern\" means nothing without \"maximum-header\"", fix)
        }
        let unused = score.kind == .text ? ["maximum", "maximum-header", "maximum-pattern"] : ["words"]
        for key in unused where section.places.holds(key) && !section.places.leavesOpen("type") {
            let fix = score.kind == .text ? "take it away" : "use type: text"
            section.error(key, "\"\(key)\" means nothing with type: \(score.kind.rawValue)", fix)
        }
        for (key, pattern) in [("pattern", score.pattern), ("maximum-pattern", score.maximumPattern)] {
            guard let fault = pattern.flatMap(ScoreSource.fault) else { continue }
            section.error(key, "this is no regular expression: \(fault)", "the first group is the score")
            return false
        }
        return hasMeasure(score, section)
    }

    /// Whether it is known how bad a score is.
    private func hasMeasure(_ score: ScoreSource, _ section: SettingsSection) -> Bool {
        switch score.kind {
        case .score, .strlen:
            if score.maximum != nil || score.maximumField != nil || section.places.leavesOpen("type") { return true }
            let fix = "write the score that is the worst, such as maximum: 10"
            section.misses("maximum", "the score needs a \"maximum\"", fix)
        case .text:
            if !score.words.isEmpty || section.places.holds("words") { return true }
            let fix = "write for example words: { 1: \"No\", 10: \"Yes\" }"
            section.misses("words", "type: text needs \"words\"", fix)
        }
        return false
    }
}
