// Rule files on disk: which there are, their bytes, and what the compiler says of them.
// Must not run a rule.

import Filtering
import Foundation
import Sieve

/// Reads rule files; what can't be read, or could be changed by anybody, is a finding.
struct RuleDirectory {
    let findings: FindingList

    /// A rule file and how to open it.
    struct Entry {
        var path: String
        var file: RuleFile
    }

    /// Reads and compiles what `paths` name, as one rule set.
    func compile(_ paths: [String], _ place: Place? = nil) -> (ruleSet: RuleSet, files: [RuleFile]) {
        let entries = paths.flatMap { read($0, place) }
        // Findings carry paths that a person can open.
        let opened = Dictionary(entries.map { ($0.file.name, $0.path) }, uniquingKeysWith: { first, _ in first })
        func add(_ diagnostics: [Diagnostic]) {
            for one in diagnostics { findings.add(Finding(one, file: opened[one.file] ?? one.file)) }
        }
        do {
            let ruleSet = try RuleSet(files: entries.map(\.file))
            add(ruleSet.warnings)
            return (ruleSet, entries.map(\.file))
        } catch {
            add(error.diagnostics)
            return (.empty, [])
        }
    }

    /// - Parameters:
    ///   - path: a directory, of which every `*.sieve` is taken, or a single file
    ///   - place: where it is named; nil on the command line
    func read(_ path: String, _ place: Place? = nil) -> [Entry] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else {
            let mend = "make the directory, or name another"
            findings.error(place ?? Place(file: path), "there are no rules at \"\(path)\"", mend)
            return []
        }
        guard manager.isDirectory(path) else { return readFile(path).map { [$0] } ?? [] }
        do {
            let names = try manager.contentsOfDirectory(atPath: path)
                .filter { $0.hasSuffix(".sieve") && !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            if names.isEmpty { findings.warning(place ?? Place(file: path), "there is no *.sieve in \"\(path)\"") }
            return isTrusted(path, "directory") ? names.compactMap { readFile("\(path)/\($0)") } : []
        } catch {
            findings.error(Place(file: path), "the rule directory can't be read", "let this user read it")
            return []
        }
    }

    private func readFile(_ path: String) -> Entry? {
        do {
            let data = try FileManager.default.regularFile(at: path, upTo: Sieve.Limits().scriptSize)
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return isTrusted(path, "file") ? Entry(path: path, file: RuleFile(name: name, source: data)) : nil
        } catch {
            findings.error(Place(file: path), "the rule file can't be read: \(error)")
            return nil
        }
    }

    /// Whoever may write a rule can read and reject everybody's mail.
    private func isTrusted(_ path: String, _ kind: String) -> Bool {
        guard let mode = FileManager.default.permissions(path), mode & 0o002 != 0 else { return true }
        findings.error(Place(file: path), "anybody may write this rule \(kind)", "chmod o-w \(path)")
        return false
    }
}
