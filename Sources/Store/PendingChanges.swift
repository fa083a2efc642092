// What is to be written next, and what it says until then.
// Must not touch a file, nor hold more than its limits.

/// Changes that are written together. Later ones take the place of earlier ones.
struct PendingChanges: Sendable {
    struct Remembered: Sendable {
        let verdict: StoredVerdict
        let time: Int64
    }

    struct MessageChange: Sendable {
        /// What the file has of it goes first.
        var isForgotten = false
        var verdicts: [Fingerprint: Remembered] = [:]
    }

    struct AccountChanges: Sendable {
        /// By UIDL.
        var messages: [[UInt8]: MessageChange] = [:]
        /// By ``Sighting/key``.
        var seen: [[UInt8]: SeenMessage] = [:]
    }

    enum Recollection: Equatable {
        case verdict(StoredVerdict)
        /// The file's answer does not count any more.
        case forgotten
    }

    private(set) var accounts: [Account: AccountChanges] = [:]
    private(set) var count = 0
    private(set) var octets = 0
    /// The moment of the latest change.
    private(set) var latest = Int64.min

    var isEmpty: Bool { count == 0 }

    /// False if there is no room for it.
    private mutating func takesRoom(_ more: Int, at time: Int64, _ limits: StoreLimits) -> Bool {
        guard count < limits.waitingChanges, octets + more <= limits.waitingOctets else { return false }
        count += 1
        latest = max(latest, time)
        octets += more + StoreLimits.changeOctets
        return true
    }

    mutating func remember(
        _ verdict: StoredVerdict,
        for key: VerdictKey,
        at time: Int64,
        _ limits: StoreLimits
    ) -> Bool {
        guard takesRoom(verdict.payload.count + key.uidl.count, at: time, limits) else { return false }
        accounts[key.account, default: .init()].messages[key.uidl, default: .init()].verdicts[key.fingerprint] =
            Remembered(verdict: verdict, time: time)
        return true
    }

    mutating func forget(_ uidl: [UInt8], of account: Account, at time: Int64, _ limits: StoreLimits) -> Bool {
        guard takesRoom(uidl.count, at: time, limits) else { return false }
        accounts[account, default: .init()].messages[uidl] = MessageChange(isForgotten: true)
        return true
    }

    /// - Parameter earlier: what is being written of the same
    mutating func see(
        _ sighting: Sighting,
        after earlier: SeenMessage?,
        at time: Int64,
        _ limits: StoreLimits
    ) -> Bool {
        let key = sighting.key
        guard takesRoom(key.count + sighting.uidl.count, at: time, limits) else { return false }
        let seen = SeenMessage(sighting, most: limits.sightingSeconds, now: time)
        var all = accounts[sighting.account]?.seen[key] ?? earlier ?? seen
        all.merge(seen)
        accounts[sighting.account, default: .init()].seen[key] = all
        return true
    }

    // MARK: What it says

    func recollection(of key: VerdictKey) -> Recollection? {
        guard let change = accounts[key.account]?.messages[key.uidl] else { return nil }
        if let remembered = change.verdicts[key.fingerprint] { return .verdict(remembered.verdict) }
        return change.isForgotten ? .forgotten : nil
    }

    func seen(_ sighting: Sighting) -> SeenMessage? {
        accounts[sighting.account]?.seen[sighting.key]
    }

    func apply(to sizes: inout [[UInt8]: Int], of account: Account, under fingerprint: Fingerprint) {
        for (uidl, change) in accounts[account]?.messages ?? [:] {
            if let remembered = change.verdicts[fingerprint] {
                sizes[uidl] = remembered.verdict.size
            } else if change.isForgotten {
                sizes[uidl] = nil
            }
        }
    }
}
