// What one event loop counts of its sessions: plain numbers of one thread, put together when somebody asks.
// Must not hold what peers have chosen, but for its number: everything here becomes a label or a value of metrics.

/// Since the start.
package struct LoopCounts: Sendable {
    /// A line of a rule file that has acted.
    package struct RuleLine: Hashable, Sendable {
        package var file: String
        package var line: Int
    }

    /// Who ended a session, and the reason's name, which is one of a few.
    package struct Ending: Hashable, Sendable {
        package var side: String
        package var reason: String
    }

    package var sessionsOpened = 0
    package var refusedAsFull = 0
    package var refusedForAddress = 0
    /// By listeners that are for trusted proxies.
    package var refusedProxies = 0
    package private(set) var endings: [Ending: Int] = [:]
    package var loginsSucceeded = 0
    /// By the server.
    package var loginsRefused = 0
    /// By the relay, before the server has heard of them.
    package var loginsDenied = 0
    /// Logins that were not let through at once, by what became of them.
    package var loginsDelayed = 0
    package var loginsRefusedForFailures = 0
    package var loginsRefusedForNumber = 0
    /// Look-ups of an upstream's name that brought no address, told by each session that waited for one.
    package var namesUnknown = 0
    package var namesUnanswered = 0
    package var octetsFromUpstreams = 0
    package var octetsToClients = 0
    /// In the order of ``verdicts``.
    private var ofVerdict = InlineArray<13, Int>(repeating: 0)
    package private(set) var ruleHits: [RuleLine: Int] = [:]
    /// What the rules took for a message.
    package var evaluation = DurationCounts()
    /// From the moment in which the upstream owed a message until its first octet went to the client.
    package var firstOctet = DurationCounts()
    /// By how much a loop was late for what it does once a second.
    package var lag = DurationCounts()

    /// The audit log's words for verdicts; the last is for one that is none of them.
    private static let verdicts = [
        "passed", "tagged", "rewritten", "discarded", "quarantined", "rejected", "released", "failed", "postponed",
        "unjudged", "truncated", "undecided", "other",
    ]

    /// Messages by the audit log's word for their verdict.
    package var messages: [(verdict: String, count: Int)] {
        Self.verdicts.enumerated().map { ($1, ofVerdict[$0]) }
    }

    mutating func messageCame(_ verdict: String) {
        let last = Self.verdicts.count - 1
        var index = 0
        while index < last, Self.verdicts[index] != verdict { index += 1 }
        ofVerdict[index] += 1
    }

    mutating func sessionEnded(_ side: String, _ reason: String) {
        let ending = Ending(side: side, reason: reason)
        endings[ending] = (endings[ending] ?? 0) + 1
    }

    mutating func ruleActed(_ file: String, _ line: Int, limit: Int) {
        let rule = RuleLine(file: file, line: line)
        // Rules that are changed for years leave lines behind; one counts from the beginning again then.
        if ruleHits.count >= limit, ruleHits[rule] == nil { ruleHits = [:] }
        ruleHits[rule] = (ruleHits[rule] ?? 0) + 1
    }

    mutating func add(_ other: LoopCounts) {
        sessionsOpened += other.sessionsOpened
        refusedAsFull += other.refusedAsFull
        refusedForAddress += other.refusedForAddress
        refusedProxies += other.refusedProxies
        endings.merge(other.endings, uniquingKeysWith: +)
        loginsSucceeded += other.loginsSucceeded
        loginsRefused += other.loginsRefused
        loginsDenied += other.loginsDenied
        loginsDelayed += other.loginsDelayed
        loginsRefusedForFailures += other.loginsRefusedForFailures
        loginsRefusedForNumber += other.loginsRefusedForNumber
        namesUnknown += other.namesUnknown
        namesUnanswered += other.namesUnanswered
        octetsFromUpstreams += other.octetsFromUpstreams
        octetsToClients += other.octetsToClients
        for index in ofVerdict.indices { ofVerdict[index] += other.ofVerdict[index] }
        ruleHits.merge(other.ruleHits, uniquingKeysWith: +)
        evaluation.add(other.evaluation)
        firstOctet.add(other.firstOctet)
        lag.add(other.lag)
    }
}
