// Where the quarantine is, and what would keep it from being used, told before a start.
// Must not make it: a check changes nothing.

import Foundation
import Quarantine

extension Settings {
    /// The folder in force; nil where nothing is kept, or the default place can't be told.
    func quarantineFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if quarantine.isNone { return nil }
        if let path = quarantine.path { return path }
        return Self.stateFolder(environment).map { "\($0)/quarantine" }
    }

    /// Whether there is one on the disk.
    var quarantineExists: Bool { quarantineFolder().map(FileManager.default.isDirectory) ?? false }

    /// Where a service (systemd's StateDirectory=) or a person keeps what lasts.
    static func stateFolder(_ environment: [String: String]) -> String? {
        func absolute(_ name: String) -> String? {
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        // systemd separates several with colons.
        if let state = environment["STATE_DIRECTORY"]?.split(separator: ":").first, state.hasPrefix("/") {
            return String(state)
        }
        if let state = absolute("XDG_STATE_HOME") { return "\(state)/popsieve" }
        return absolute("HOME").map { "\($0)/.local/state/popsieve" }
    }

    /// As the settings file has it.
    var quarantineLines: [String] {
        guard let path = quarantineFolder() ?? quarantine.path else { return [] }
        let limits = quarantine.limits
        let size = LimitField.Unit.octets.text
        let keep = limits.seconds.map { ["  keep: \(Quantity.text(age: $0))"] } ?? []
        let discarded = quarantine.keepsDiscarded ? limits.ofFolders[.discarded]?.seconds : nil
        let folders = limits.ofFolders.sorted { $0.key < $1.key }.compactMap { folder, bounds -> String? in
            let isTold = folder == .discarded && discarded != nil
            let values = [
                isTold ? nil : bounds.seconds.map { ("keep", Quantity.text(age: $0)) },
                bounds.octets.map { ("size", size($0)) },
            ].compactMap(\.self)
            return values.isEmpty ? nil : "    \(folder.name.quoted): \(flow(values))"
        }
        return ["quarantine:", "  path: \(path.quoted)"] + keep + ["  size: \(size(limits.octets))"]
            + (folders.isEmpty ? [] : ["  folders:"] + folders)
            + (discarded.map { ["  discarded: \(Quantity.text(age: $0))"] } ?? [])
    }

    /// Bounds of folders that are never reached.
    func checkQuarantineSizes(_ findings: FindingList) {
        let limits = quarantine.limits
        let text = LimitField.Unit.octets.text
        for (folder, own) in limits.ofFolders.sorted(by: { $0.key < $1.key }) {
            guard let octets = own.octets, octets > limits.octets else { continue }
            let message =
                "the folder \"\(folder.name)\" never has \(text(octets)): the whole quarantine takes \(text(limits.octets))"
            findings.warning(quarantine.places["folders"], message, "at most that, or raise \"size\"")
        }
    }

    /// - Parameters:
    ///   - isNeeded: rules put messages there
    ///   - isWanted: rejected messages go there; without it they stay on the server
    func checkQuarantine(_ findings: FindingList, isNeeded: Bool, isWanted: Bool) {
        guard isNeeded || isWanted, !quarantine.isNone else { return }
        guard let folder = quarantineFolder() else {
            let what = "there is no place for the quarantine: HOME is not set"
            let fix = "name a folder with \"quarantine\", or write quarantine: none"
            if isNeeded { return findings.error(quarantine.places["path"], what, fix) }
            return findings.warning(quarantine.places["path"], what + "; rejected messages stay on the server", fix)
        }
        do throws(QuarantineError) {
            try MessageQuarantine.check(root: folder)
        } catch {
            let words = "\(error)".split(separator: "; ", maxSplits: 1)
            let fix = words.count > 1 ? String(words[1]) : "name another folder, or write quarantine: none"
            return findings.error(quarantine.places["path"], "quarantine: \(words.first ?? "")", fix)
        }
        let beginning = quarantineExists ? folder : NewFiles.beginning(of: folder)
        guard let obstacle = NewFiles.obstacle(in: beginning) else { return }
        let message = "quarantine: nothing can be made in \(beginning): \(obstacle)"
        findings.error(quarantine.places["path"], message, "name another folder, or write quarantine: none")
    }
}
