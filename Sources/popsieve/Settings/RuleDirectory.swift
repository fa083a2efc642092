// Rule files on disk: which there are, and their bytes.
// Must not compile them.

import Filtering
import Foundation

/// Reads rule files; what can't be read, or could be changed by anybody, is a finding.
struct RuleDirectory {
    let findings: FindingList

    /// - Parameter path: a directory, of which every `*.sieve` is taken, or a single file.
    func read(_ path: String) -> [(path: String, file: RuleFile)] {
        guard let type = try? FileManager.default.attributesOfItem(atPath: resolved(path))[.type] as? FileAttributeType
        else {
            findings.add(
                Finding(file: path, message: "there is no such rule directory", mend: "make it, or mend \"rules\"")
            )
            return []
        }
        guard type == .typeDirectory else { return readFile(path).map { [$0] } ?? [] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            return names.filter { $0.hasSuffix(".sieve") && !$0.hasPrefix(".") }.sorted(by: lexically)
                .compactMap { readFile("\(path)/\($0)") }
        } catch {
            findings.add(Finding(file: path, message: "the directory can't be read", mend: error.localizedDescription))
            return []
        }
    }

    private func resolved(_ path: String) -> String {
        (path as NSString).resolvingSymlinksInPath
    }

    /// By octets, as `LC_ALL=C ls` does: the order must not depend on the locale.
    private func lexically(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private func readFile(_ path: String) -> (path: String, file: RuleFile)? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved(path)),
            let data = FileManager.default.contents(atPath: path)
        else {
            findings.add(
                Finding(file: path, message: "the rule file can't be read", mend: "make it readable for this user")
            )
            return nil
        }
        if let mode = attributes[.posixPermissions] as? Int, mode & 0o002 != 0 {
            findings.add(Finding(file: path, message: "anybody may write this rule file", mend: "chmod o-w \(path)"))
            return nil
        }
        return (path, RuleFile(name: (path as NSString).lastPathComponent, source: [UInt8](data)))
    }
}
