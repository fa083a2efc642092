// Rule files on disk: which there are, their bytes, and what the compiler says of them.

import Filtering
import Foundation
import Sieve

/// Reads rule files; what can't be read, or could be changed by anybody, is a finding.
struct RuleDirectory {
    let findings: FindingList
    var settings = RuleSettings()
    /// What there is for rules to use.
    var reach = Reach.relay

    /// A rule file and how to open it.
    struct Entry {
        var path: String
        var file: RuleFile
    }

    /// Reads and compiles what `paths` name, as one rule set.
    func compile(_ paths: [String], _ place: Place? = nil) -> (ruleSet: RuleSet, files: [RuleFile]) {
        let sources = sources(paths, place)
        do {
            let ruleSet = try RuleSet(files: sources.files, settings: settings, reach: reach)
            sources.add(ruleSet.warnings, to: findings)
            return (ruleSet, sources.files)
        } catch {
            sources.add(error.diagnostics, to: findings)
            return (.empty, [])
        }
    }

    /// Reads what `paths` name, and what that includes.
    func sources(_ paths: [String], _ place: Place? = nil) -> RuleSources {
        var sources = RuleSources()
        for path in paths {
            let entries = read(path, place)
            sources.add(entries, library(for: entries, of: path, place))
        }
        return sources
    }

    /// What the files can include; nil where none of them speaks of it.
    private func library(for entries: [Entry], of path: String, _ place: Place?) -> RuleLibrary? {
        let word = Array("include".utf8)
        let isIncluding = entries.contains { entry in
            entry.file.source.split { !($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) }.contains {
                $0.map { $0 | 0x20 } == word
            }
        }
        guard isIncluding else { return nil }
        let folder = FileManager.default.isDirectory(path) ? path : path.parentFolder
        return RuleLibrary(of: folder, findings, place)
    }

    /// - Parameters:
    ///   - path: a directory, of which every `*.sieve` is taken, or a single file
    ///   - place: where it is named; nil on the command line
    func read(_ path: String, _ place: Place? = nil) -> [Entry] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else {
            let message = "there are no rules at \"\(path)\""
            findings.add(.input(place ?? Place(file: path), message, "make the directory, or name another"))
            return []
        }
        guard manager.isDirectory(path) else {
            if let mistake = MistakenRules(path) {
                findings.add(mistake.finding(place))
                return []
            }
            return readFile(path, place).map { [$0] } ?? []
        }
        do {
            let all = try manager.contentsOfDirectory(atPath: path)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let names = all.filter { $0.hasSuffix(".sieve") && !$0.hasPrefix(".") }
            for name in all where !names.contains(name) && Self.seemsMeant(name) {
                let message = "\"\(name)\" in \"\(path)\" is not read: names of rule files end in .sieve"
                findings.warning(place ?? Place(file: path), message, "rename it, to .off where it is not meant to run")
            }
            if names.isEmpty {
                let fix = "put rule files there, or name another directory"
                findings.warning(place ?? Place(file: path), "there is no *.sieve in \"\(path)\"", fix)
            }
            return isTrusted(path, .directory, place) ? names.compactMap { readFile("\(path)/\($0)", place) } : []
        } catch {
            findings.add(Finding(UnreadableFile(error, at: path), path, named: place))
            return []
        }
    }

    /// Whether somebody may believe that it is a rule file: `spam.Sieve`, `spam.seive`, `spam.sieve.txt`.
    private static func seemsMeant(_ name: String) -> Bool {
        let name = name.lowercased()
        // Editors keep what was there before.
        guard !name.hasPrefix("."), !name.hasSuffix("~"), !name.hasSuffix(".svtest"),
            let last = name.split(separator: ".").dropFirst().last
        else { return false }
        return name.hasSuffix(".sieve.txt") || ["sieve"].nearest(to: String(last)) != nil
    }

    func readFile(_ path: String, _ place: Place?) -> Entry? {
        do {
            let data = try FileManager.default.regularFile(at: path, upTo: Sieve.Limits().scriptSize)
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return isTrusted(path, .file, place) ? Entry(path: path, file: RuleFile(name: name, source: data)) : nil
        } catch {
            findings.add(Finding(error, path, named: place))
            return nil
        }
    }

    enum Kind {
        case file
        case directory
    }

    func isTrusted(_ path: String, _ kind: Kind, _ place: Place?) -> Bool {
        guard FileManager.default.isWritableByAnybody(path) else { return true }
        switch kind {
        case .file: findings.error(.whole(path), "anybody may write this rule file", "chmod o-w \(path)")
        // A directory has no lines; where settings name it does.
        case .directory:
            let message = "anybody may write the rule directory \"\(path)\""
            findings.error(place ?? Place(file: path), message, "chmod o-w \(path)")
        }
        return false
    }
}
