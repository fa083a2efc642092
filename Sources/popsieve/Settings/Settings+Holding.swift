// What is wrong with bounds and folder of messages that are held back, told before a start.
// Must not keep a file: one without a name is made to see that it can be.

import Relay

extension Settings {
    /// Bounds that do not fit each other.
    func checkHolding(_ findings: FindingList) {
        guard let places = holdingPlaces else { return }
        let holding = limits.holding
        if places.holds("memory"), holding.memory > holding.message, !places.leavesOpen("message") {
            let text = LimitField.Unit.octets.text
            let message =
                "\"memory\" is \(text(holding.memory)), more than \"message\", \(text(holding.message)), for all of a message"
            findings.error(places["memory"], message, "at most \(text(holding.message)), or raise \"message\"")
        }
        let sums = [
            ("memory-in-all", holding.memoryInAll, "memory", holding.memory),
            ("files-in-all", holding.filesInAll, "message", holding.message),
        ]
        for (key, sum, oneKey, one) in sums where sum < one && !places.leavesOpen(key) && !places.leavesOpen(oneKey) {
            let (set, other) = places.holds(key) ? (key, oneKey) : (oneKey, key)
            let text = { (octets: Int) in LimitField.Unit.octets.text(octets) }
            let message = "\"\(key)\" is \(text(sum)), less than \"\(oneKey)\", \(text(one)), for one message alone"
            let fix = set == key ? "at least \(text(one))" : "at most \(text(sum)), or raise \"\(other)\""
            findings.error(places[set], message, fix)
        }
    }

    /// - Parameter isNeeded: rules may want a message whole
    func checkHoldingFolder(_ findings: FindingList, isNeeded: Bool) {
        guard isNeeded || holdingPlaces?.holds("folder") ?? false else { return }
        do throws(HoldingLimits.UnusableFolder) {
            try limits.holding.checkFolder()
        } catch {
            let fix = "let this user write there, or name another with holding: { folder: … }"
            findings.error(holdingPlaces?["folder"] ?? .program, "no message can be held in \(error)", fix)
        }
    }
}
