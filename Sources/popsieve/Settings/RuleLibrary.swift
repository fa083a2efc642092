// The scripts that rule files include (RFC 6609): those in the folders "personal" and "global" of their directory.
// Must not give out anything that lies outside of the rule directory.

import Filtering
import Foundation
import Sieve

/// Included scripts by place and name, read all at once.
struct RuleLibrary {
    let findings: FindingList
    /// Where settings name the rules.
    private let place: Place?
    /// By location and name, such as `personal/friends`.
    private(set) var scripts: [String: [UInt8]] = [:]
    /// Where each can be opened.
    private(set) var paths: [String: String] = [:]

    /// Reads the library of a rule directory.
    init(of directory: String, _ findings: FindingList, _ place: Place? = nil) {
        self.findings = findings
        self.place = place
        for location in [IncludeLocation.personal, .global] {
            let folder = "\(directory)/\(location.rawValue)"
            guard FileManager.default.isDirectory(folder) else { continue }
            guard RuleDirectory(findings: findings).isTrusted(folder, .directory, place) else { continue }
            read(folder, location, in: directory)
        }
    }

    /// What the compiler asks.
    var find: @Sendable (IncludeLocation, String) -> [UInt8]? {
        let scripts = scripts
        return { location, name in scripts["\(location.rawValue)/\(name)"] }
    }

    private mutating func read(_ folder: String, _ location: IncludeLocation, in directory: String) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            return findings.add(Finding(UnreadableFile(error, at: folder), folder, named: place))
        }
        for name in names.sorted() where name.hasSuffix(".sieve") && !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            let key = "\(location.rawValue)/\(name.dropLast(".sieve".count))"
            // What is refused has been told, and nothing is loaded then; it need not be missed as well.
            scripts[key] = []
            guard isInside(path, directory), let file = RuleDirectory(findings: findings).readFile(path, place) else {
                continue
            }
            scripts[key] = file.file.source
            paths[key] = path
        }
    }

    /// A link must not lead out: what is included is to be found, and guarded, in one place.
    private func isInside(_ path: String, _ directory: String) -> Bool {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        if resolved(path).hasPrefix(resolved(directory) + "/") { return true }
        let message = "the included file is a link that leads out of the rule directory"
        findings.error(.whole(path), message, "put the file itself here")
        return false
    }
}
