// The demo's folder: settings, a rule file and a scanner to edit, the audit log; gone when the demo ends, but for what a person wrote.
// Must not write anything outside of it, nor remove what the demo has not written.

import Foundation

/// A temporary folder, and rule files in it or elsewhere.
struct DemoFolder: Sendable {
    private let root: URL
    /// Where the rule files are.
    let rules: URL
    /// The rules are somebody's own, not in this folder.
    private let isElsewhere: Bool

    var auditLog: URL { root.appendingPathComponent("audit.jsonl") }
    /// The program that rules ask about viruses.
    var scanner: URL { root.appendingPathComponent(DemoScanner.fileName) }
    var quarantine: URL { root.appendingPathComponent("quarantine") }
    var settings: URL { root.appendingPathComponent("popsieve.yaml") }

    /// Makes the folder. Without a directory of somebody's own, the demo's rules are put into it.
    init(rules own: String?) throws {
        let name = "popsieve-demo-\(UUID().uuidString.prefix(8).lowercased())"
        root = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        rules = own.map { path in URL(fileURLWithPath: path) } ?? root.appendingPathComponent("rules")
        isElsewhere = own != nil
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        try Data(DemoScanner.source.utf8).write(to: scanner)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scanner.path)
        guard own == nil else { return }
        try FileManager.default.createDirectory(at: rules, withIntermediateDirectories: false)
        try Data(DemoRules.source.utf8).write(to: rules.appendingPathComponent(DemoRules.fileName))
    }

    /// Writes what settings a relay before the maildrop needs; the rest is said by flags.
    func writeSettings(maildropPort: Int) throws {
        let text = """
            quarantine: \(quarantine.lastPathComponent)
            upstreams:
              maildrop: { host: 127.0.0.1, port: \(maildropPort), tls: none }
            scanners:
              demo: { type: command, command: [\(scanner.path.quoted)], looks-for: [virus] }

            """
        try Data(text.utf8).write(to: settings)
    }

    /// Removes what the demo has written. Returns where the rules are if a person has changed them: they stay, and so does
    /// a scanner that has been changed.
    @discardableResult
    func remove() -> URL? {
        let isKept = !isElsewhere && hasForeignRules
        let isScannerTheirs = (try? Data(contentsOf: scanner)) != Data(DemoScanner.source.utf8)
        var own = [settings, auditLog, quarantine] + (isScannerTheirs ? [] : [scanner])
        if !isKept { own = isScannerTheirs ? own + (isElsewhere ? [] : [rules]) : [root] }
        for item in own { try? FileManager.default.removeItem(at: item) }
        return isKept ? rules : nil
    }

    /// Whether there is anything in the rule folder but the rule file as the demo has written it.
    private var hasForeignRules: Bool {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: rules.path) else { return true }
        let first = rules.appendingPathComponent(DemoRules.fileName)
        return names.contains { $0 != DemoRules.fileName }
            || names.count == 1 && (try? Data(contentsOf: first)) != Data(DemoRules.source.utf8)
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
