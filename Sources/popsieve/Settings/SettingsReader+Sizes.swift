// What becomes of messages that are too large, in the settings file: the same keys wherever they stand.
// Must not decide which of them counts for whom.

import Relay
import Yams

extension SettingsReader {
    func readUser(_ node: Node) -> Settings.User? {
        guard let section = SettingsSection(node, source, what: "a user") else { return nil }
        let user = section.string("user")
        let sizeLimit = section.sizeLimit()
        section.finish()
        let example = "write for example { user: \"*@example.com\", size-limit: { octets: 20 MiB } }"
        section.misses("user", "users need a \"user\"", example)
        section.misses("size-limit", "nothing is set for this user", example)
        return user.map { Settings.User(user: $0, sizeLimit: sizeLimit, places: section.places) }
    }
}

extension SettingsSection {
    /// Nil where there is none.
    func sizeLimit() -> SizePolicy? {
        guard let section = section("size-limit") else { return nil }
        guard !section.names.isEmpty else {
            error("size-limit", "\"size-limit\" says nothing", "write for example { octets: 20 MiB }, or take it away")
            return nil
        }
        var policy = SizePolicy()
        policy.octets = section.value("octets", "a size", "20 MiB", Quantity.size)
        if policy.octets == 0 {
            section.error("octets", "no message is so small", "write for example 20 MiB, or take it away")
        }
        policy.outcome = section.choice("outcome", SizePolicy.Outcome.self) ?? policy.outcome
        policy.lines = section.value("lines", "a number from 0 to 10000", "100", Self.lines) ?? policy.lines
        policy.isDeletable = section.bool("deletable") ?? policy.isDeletable
        section.finish()
        let outcome = policy.outcome.rawValue
        if policy.outcome != .truncate, section.places.holds("lines"), !section.places.leavesOpen("outcome") {
            section.error("lines", "\"lines\" means nothing with outcome: \(outcome)", "use outcome: truncate")
        }
        let isTaken = policy.outcome == .notice || policy.outcome == .truncate
        if !isTaken, section.places.holds("deletable"), !section.places.leavesOpen("outcome") {
            section.error("deletable", "with outcome: \(outcome) a message can be deleted anyway", "take it away")
        }
        if section.places.faulty.isEmpty { return policy }
        markFaulty("size-limit")
        return nil
    }

    private static func lines(_ text: String) -> Int? {
        Quantity.count(text).flatMap { $0 <= 10_000 ? $0 : nil }
    }
}

extension SizePolicy {
    /// As the settings file has it.
    var text: String {
        let octets = octets.map { [("octets", LimitField.Unit.octets.text($0))] } ?? []
        let lines = outcome == .truncate ? [("lines", "\(lines)")] : []
        let deletable = isDeletable ? [("deletable", "true")] : []
        return flow(octets + [("outcome", outcome.rawValue)] + lines + deletable)
    }
}
