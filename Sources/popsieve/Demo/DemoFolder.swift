// The demo's folder: settings, rule files to edit, the audit log; gone when the demo ends.
// Must not write anything outside of it.

import Foundation

/// A temporary folder, and rule files in it or elsewhere.
struct DemoFolder: Sendable {
    private let root: URL
    /// Where the rule files are.
    let rules: URL

    var auditLog: URL { root.appendingPathComponent("audit.jsonl") }
    var settings: URL { root.appendingPathComponent("popsieve.yaml") }

    /// Makes the folder. Without a directory of somebody's own, the demo's rules are put into it.
    init(rules own: String?) throws {
        let name = "popsieve-demo-\(UUID().uuidString.prefix(8).lowercased())"
        root = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        rules = own.map { path in URL(fileURLWithPath: path) } ?? root.appendingPathComponent("rules")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        guard own == nil else { return }
        try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
        try Data(DemoRules.source.utf8).write(to: rules.appendingPathComponent(DemoRules.fileName))
    }

    /// Writes what settings a relay before the maildrop needs; the rest is said by flags.
    func writeSettings(maildropPort: Int) throws {
        let text = "upstreams:\n  maildrop: { host: 127.0.0.1, port: \(maildropPort), tls: none }\n"
        try Data(text.utf8).write(to: settings)
    }

    func remove() {
        try? FileManager.default.removeItem(at: root)
    }

    /// Changes when a rule file is saved, added or removed.
    func fingerprint() -> [String: Date] {
        let files = (try? FileManager.default.contentsOfDirectory(at: rules, includingPropertiesForKeys: nil)) ?? []
        var dates: [String: Date] = [:]
        for file in files where file.pathExtension == "sieve" {
            let values = try? FileManager.default.attributesOfItem(atPath: file.path)
            dates[file.lastPathComponent] = values?[.modificationDate] as? Date ?? .distantPast
        }
        return dates
    }
}
