// Where verdicts are remembered, and what they depend on.
// Must not open it: a check changes nothing.

import Filtering
import Foundation
import Relay
import Store
import TLS

extension Settings {
    /// The word for "remember nothing".
    static let noStore = "none"

    /// The file in force; nil where nothing is remembered, or the default place can't be told.
    func storeFile(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if let store { return store == Self.noStore ? nil : store }
        return Self.stateFolder(environment).map { "\($0)/popsieve.sqlite" }
    }

    /// Whether a message may be too large for somebody, whatever the rules are.
    var limitsSizes: Bool {
        sizeLimit != nil || !users.isEmpty || upstreams.contains { $0.sizeLimit != nil }
            || listeners.contains { $0.sizeLimit != nil }
    }

    /// - Parameter isNeeded: rules ask what came before
    func checkStore(_ findings: FindingList, isNeeded: Bool) {
        guard isNeeded, storeFile() == nil, store != Self.noStore else { return }
        let message = "there is no place for what \"duplicate\" remembers: HOME is not set"
        findings.error(places["store"], message, "name a file with \"store\"")
    }

    /// What verdicts depend on beside the message.
    func fingerprint(_ ruleSet: RuleSet, _ notices: NoticeTexts) -> Fingerprint? {
        let kept = "\(quarantineFolder() != nil) \(quarantine.keepsDiscarded)"
        let settings = language.lines + [lineEndings.rawValue, kept, "\(sizeReserve)", notices.source]
        let limits =
            ["\(sizeLimit, default: "")"] + listeners.map { "\($0.sizeLimit, default: "")" }
            + users.map { "\($0.user) \($0.sizeLimit, default: "")" }
            + upstreams.map { "\($0.name) \($0.sizeLimit, default: "")" }
        let asked = scanners.map { "\($0.name): \($0.text)" } + upstreams.map { "\($0.name): \($0.trustedHops)" }
        let text = ([Server.version] + settings + limits + asked).joined(separator: "\n")
        return SHA256.digest(of: Array(text.utf8) + ruleSet.identity).flatMap { Fingerprint($0) }
    }
}
