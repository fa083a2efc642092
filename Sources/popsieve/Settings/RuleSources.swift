// Rule files and the scripts they include, as they were read, with the paths that a person can open.

import Filtering
import Sieve

/// What rules are made of.
struct RuleSources {
    /// The rule files, in the order in which they were named.
    private(set) var files: [RuleFile] = []
    /// Included scripts by location and name.
    private(set) var included: [String: [UInt8]] = [:]
    private var paths: [String: String] = [:]

    mutating func add(_ entries: [RuleDirectory.Entry], _ library: RuleLibrary?) {
        for entry in entries {
            var file = entry.file
            if let library { file.includes = library.find }
            files.append(file)
            paths[file.name] = paths[file.name] ?? entry.path
        }
        guard let library else { return }
        included.merge(library.scripts) { first, _ in first }
        paths.merge(library.paths) { first, _ in first }
    }

    /// The path of a script that a diagnostic or a step names.
    func path(of name: String) -> String { paths[name] ?? name }

    /// Adds what the compiler says; what two files include is told of once.
    func add(_ diagnostics: [Diagnostic], to findings: FindingList) {
        for diagnostic in diagnostics {
            let finding = Finding(diagnostic, file: path(of: diagnostic.file))
            if !findings.findings.contains(finding) { findings.add(finding) }
        }
    }
}
