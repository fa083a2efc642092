// Where the quarantine is, and what would keep it from being used, told before a start.
// Must not make it: a check changes nothing.

import Foundation
import Quarantine

extension Settings {
    /// The word for "keep nothing".
    static let noQuarantine = "none"

    /// The folder in force; nil where nothing is kept, or the default place can't be told.
    func quarantineFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if let quarantine { return quarantine == Self.noQuarantine ? nil : quarantine }
        return Self.stateFolder(environment).map { "\($0)/quarantine" }
    }

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

    /// - Parameters:
    ///   - isNeeded: rules put messages there
    ///   - isWanted: rejected messages go there; without it they stay on the server
    func checkQuarantine(_ findings: FindingList, isNeeded: Bool, isWanted: Bool) {
        guard isNeeded || isWanted, quarantine != Self.noQuarantine else { return }
        guard let folder = quarantineFolder() else {
            let what = "there is no place for the quarantine: HOME is not set"
            let fix = "name a folder with \"quarantine\", or write quarantine: none"
            if isNeeded { return findings.error(places["quarantine"], what, fix) }
            return findings.warning(places["quarantine"], what + "; rejected messages stay on the server", fix)
        }
        do throws(QuarantineError) {
            try MessageQuarantine.check(root: folder)
        } catch {
            let words = "\(error)".split(separator: "; ", maxSplits: 1)
            let fix = words.count > 1 ? String(words[1]) : "name another folder, or write quarantine: none"
            findings.error(places["quarantine"], "quarantine: \(words.first ?? "")", fix)
        }
    }
}
