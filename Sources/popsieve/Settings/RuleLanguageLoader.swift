// From the settings of the rule language to what rules are compiled and run with: lists read from their files.

import Filtering
import Foundation
import Sieve

/// Reads what the settings of the rule language name.
struct RuleLanguageLoader {
    let findings: FindingList

    /// Octets of a list; a value has some twenty.
    private static let listLimit = 16 << 20

    func settings(_ language: Settings.Language) -> RuleSettings {
        var settings = RuleSettings()
        for list in language.lists { settings.lists[list.name] = read(list) }
        settings.scores.spam = language.spamtest
        settings.scores.virus = language.virustest
        settings.addressSeparator = language.addressSeparator
        settings.unaddableFields = Set(language.forbidAdd.map { $0.lowercased() })
        settings.undeletableFields = Set(language.forbidDelete.map { $0.lowercased() })
        settings.limits.headerValueLength = language.valueLength
        return settings
    }

    private func read(_ list: Settings.Language.List) -> ValueList? {
        switch list.source {
        case .values(let values): ValueList(values)
        case .file(let path): read(list, at: path)
        }
    }

    private func read(_ list: Settings.Language.List, at path: String) -> ValueList? {
        let manager = FileManager.default
        do {
            let text = try manager.regularFile(at: path, upTo: Self.listLimit)
            guard manager.isWritableByAnybody(path) else { return ValueList(text: text) }
            let message = "anybody may write the list \"\(list.name)\""
            findings.error(list.place, message, "chmod o-w \(path)")
        } catch {
            let message = "the list \"\(list.name)\" can't be read: \(error)"
            findings.error(list.place, message, "name a file with one value a line")
        }
        return nil
    }
}

extension FileManager {
    /// Whoever may write a rule, or what it goes by, can read and reject everybody's mail.
    func isWritableByAnybody(_ path: String) -> Bool { (permissions(path) ?? 0) & 0o002 != 0 }
}
