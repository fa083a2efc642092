// Which maildrops have sizes that LIST and STAT should tell, so that all others ask nobody.
// Must not miss one that has: where it is in doubt, the file is asked.

import Synchronization

/// The maildrops of which sizes are remembered, each under one set of rules: this process's own at once, those of others
/// after ``StoreLimits/maildropSeconds``.
struct SizedMaildrops: Sendable {
    /// Nil until the file was looked through.
    private var known: Set<Int>?
    /// Of this process: those since the last look began may not have been in the file, nor those just before it.
    private var added: (since: Set<Int>, before: Set<Int>) = ([], [])
    private var lookedAt: Int64?
    private var isLooking = false

    /// Two that are taken for one do no harm.
    private static func hash(_ account: Account, _ fingerprint: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(account)
        hasher.combine(fingerprint)
        return hasher.finalize()
    }

    func mayHold(_ account: Account, _ fingerprint: Fingerprint) -> Bool {
        known?.contains(Self.hash(account, fingerprint.octets)) ?? true
    }

    mutating func add(_ account: Account, _ fingerprint: Fingerprint) {
        let hash = Self.hash(account, fingerprint.octets)
        known?.insert(hash)
        added.since.insert(hash)
    }

    /// Whether this caller looks through the file now.
    mutating func beginsLooking(now: Int64, _ limits: StoreLimits) -> Bool {
        // A clock that was set back is no reason to wait.
        if let lookedAt, abs(now - lookedAt) < limits.maildropSeconds * 1_000_000 { return false }
        guard !isLooking else { return false }
        isLooking = true
        lookedAt = now
        added = ([], added.since)
        return true
    }

    /// What was found in the file; nil if it failed.
    mutating func found(_ maildrops: [(Account, [UInt8])]?) {
        isLooking = false
        guard let maildrops else { return }
        known = Set(maildrops.lazy.map { Self.hash($0, $1) }).union(added.before).union(added.since)
    }

    /// Another file holds others.
    mutating func forget() {
        known = nil
        lookedAt = nil
    }
}

extension SQLiteStore {
    package func mayKnowSizes(of account: Account, under fingerprint: Fingerprint, now: Int64) -> Bool {
        let (mayKnow, looks) = state.withLock { state in
            guard case .open = state.access else { return (true, false) }
            let looks = state.sizedMaildrops.beginsLooking(now: now, limits)
            return (state.sizedMaildrops.mayHold(account, fingerprint), looks)
        }
        if looks { Task { await lookForSizes(now: now) } }
        return mayKnow
    }

    private func lookForSizes(now: Int64) async {
        let found = await read(now: now) { db in try Tables.sizedMaildrops(db) }
        state.withLock { $0.sizedMaildrops.found(found) }
    }
}
