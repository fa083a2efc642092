// The demo's folder: rule files to edit and the audit log; gone when the demo ends.
// Must not touch anything outside of it, other than reading the rules it is pointed to.

import Audit
import Filtering
import Foundation

/// A temporary folder, and the rule files in it or elsewhere.
struct DemoFolder: Sendable {
    private let root: URL
    let rules: URL

    var auditLog: URL { root.appendingPathComponent("audit.jsonl") }

    /// Makes the folder. Without a directory of somebody's own, the demo's rules are put into it.
    init(rules own: String?) throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "popsieve-demo-\(UUID().uuidString.prefix(8).lowercased())"
        )
        rules = own.map { path in URL(fileURLWithPath: path) } ?? root.appendingPathComponent("rules")
        try? FileManager.default.removeItem(at: root)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        guard own == nil else { return }
        try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
        try Data(DemoRules.source.utf8).write(to: rules.appendingPathComponent(DemoRules.fileName))
    }

    func remove() {
        try? FileManager.default.removeItem(at: root)
    }

    /// The rule files, read and compiled. Throws ``LoadError`` with all faults of the rules.
    func ruleSet() throws -> (files: [RuleFile], ruleSet: RuleSet) {
        let files = try ruleFiles().map { file in
            RuleFile(name: file.lastPathComponent, source: Array(try Data(contentsOf: file)))
        }
        do {
            return (files, try RuleSet(files: files))
        } catch {
            throw LoadError(subject: .rules, diagnostics: error.diagnostics.map { AuditDiagnostic($0) })
        }
    }

    /// Changes when a rule file is saved, added or removed.
    func fingerprint() -> [String: Date] {
        let files = (try? ruleFiles()) ?? []
        return Dictionary(
            uniqueKeysWithValues: files.map { file in
                let values = try? FileManager.default.attributesOfItem(atPath: file.path)
                return (file.lastPathComponent, values?[.modificationDate] as? Date ?? .distantPast)
            }
        )
    }

    private func ruleFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: rules, includingPropertiesForKeys: nil)
            .filter { file in file.pathExtension == "sieve" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}
