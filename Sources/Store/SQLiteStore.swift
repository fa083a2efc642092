// The store in one SQLite file: who reads, who writes, and what happens when it fails.
// Must not let a failure reach who asks, nor let anybody wait for a file that is known to fail.

import Dispatch
import GRDB
import Synchronization

/// Remembers in one SQLite file.
///
/// Readers don't wait for the writer. Changes wait in memory and are written in one transaction with all that came
/// meanwhile; those that don't fit are not remembered, and counted. Any number of processes may use the file. A kill loses
/// at most what still waited, a power cut the last moments; the file stays whole.
///
/// When it fails, it answers as if nothing was remembered, without touching the file, until ``StoreLimits/retrySeconds``
/// are over; the next request then tries again. A damaged file is put aside under the name with `.damaged` behind it, and
/// a new one begun; a file of another program or of a later version is left alone.
///
/// The file holds names of users and identifiers of messages: it is made with mode 0600, in a folder with mode 0700.
package final class SQLiteStore: VerdictStore {
    package let path: String
    let limits: StoreLimits
    let onNews: @Sendable (StoreNews) -> Void
    let state = Mutex(StoreState())
    /// Where a file is opened and closed, which can take as long as the disk wants.
    let opening = DispatchQueue(label: "popsieve.store.opening")

    private init(path: String, limits: StoreLimits, onNews: @escaping @Sendable (StoreNews) -> Void) {
        self.path = path
        self.limits = limits
        self.onNews = onNews
    }

    /// A store at this path, which works or has told why not; folder and file are made where they are missing. `onNews` is
    /// called on any thread.
    package static func open(
        path: String,
        limits: StoreLimits = StoreLimits(),
        now: Int64,
        onNews: @escaping @Sendable (StoreNews) -> Void
    ) async -> SQLiteStore {
        let store = SQLiteStore(path: path, limits: limits, onNews: onNews)
        _ = await store.attempt(replacing: nil, isFirst: true, now: now)
        return store
    }

    /// Changes that were not remembered since the start: there was no room for them, or the file failed.
    package var dropped: Int { state.withLock { $0.dropped } }

    // MARK: Questions

    package func verdict(for key: VerdictKey, now: Int64) async -> StoredVerdict? {
        guard key.isWithinLimits else { return nil }
        switch state.withLock({ $0.waiting.recollection(of: key) ?? $0.writing.recollection(of: key) }) {
        case .verdict(let verdict): return verdict
        case .forgotten: return nil
        case nil: break
        }
        return await read(now: now) { [limits] db in try Tables.verdict(db, key, limits, now: now) } ?? nil
    }

    package func sizes(of account: Account, under fingerprint: Fingerprint, now: Int64) async -> [[UInt8]: Int] {
        guard account.isWithinLimits else { return [:] }
        // Looked at before the file: what is written meanwhile is then seen twice, and not not at all.
        let changes = state.withLock { [$0.writing, $0.waiting] }
        let known = await read(now: now) { [limits] db in
            try Tables.sizes(db, account, fingerprint, limits, now: now)
        }
        guard var sizes = known else { return [:] }
        for changes in changes { changes.apply(to: &sizes, of: account, under: fingerprint) }
        return sizes
    }

    package func isDuplicate(_ sighting: Sighting, now: Int64) async -> Bool {
        guard sighting.isWithinLimits else { return false }
        let pending = state.withLock { [$0.writing.seen(sighting), $0.waiting.seen(sighting)] }
        guard let known = await read(now: now, { db in try Tables.seen(db, sighting) }) else { return false }
        // What was seen first counts, and that is what the file says as long as it is not too old.
        let seen = ([known] + pending).lazy.compactMap { $0 }.first { $0.counts(for: sighting, now: now) }
        return seen.map { $0.uidl != sighting.uidl } ?? false
    }

    /// Nil if the store does not work.
    func read<Answer: Sendable>(
        now: Int64,
        _ question: @escaping @Sendable (Database) throws -> Answer
    ) async -> Answer? {
        guard let file = await file(now: now) else { return nil }
        do {
            return try await limits.answered { try await file.read(question) }
        } catch is CancellationError {
            return nil
        } catch {
            fail(file, error, now: now)
            return nil
        }
    }

    // MARK: Changes

    package func remember(_ identity: Int, for key: VerdictKey, now: Int64, _ verdict: () -> StoredVerdict?) {
        if state.withLock({ $0.isWritten(identity, for: key) }) { return }
        guard let verdict = verdict() else { return }
        let fits = key.isWithinLimits && verdict.isWithinLimits
        change(now: now) { [limits] state in
            guard fits, state.waiting.remember(verdict, for: key, at: now, limits) else { return false }
            state.noteWritten(identity, for: key)
            if verdict.size != nil { state.sizedMaildrops.add(key.account, key.fingerprint) }
            return true
        }
    }

    package func forget(_ uidls: [[UInt8]], of account: Account, now: Int64) {
        guard account.isWithinLimits else { return }
        for uidl in uidls where uidl.count <= StoreLimits.valueOctets {
            change(now: now) { [limits] state in
                state.forgetWritten(uidl, of: account)
                return state.waiting.forget(uidl, of: account, at: now, limits)
            }
        }
    }

    package func remember(_ sighting: Sighting, now: Int64) {
        guard sighting.seconds > 0 else { return }
        let fits = sighting.isWithinLimits
        change(now: now) { [limits] state in
            fits && state.waiting.see(sighting, after: state.writing.seen(sighting), at: now, limits)
        }
    }

    /// Lets a change wait for its turn, or drops it.
    private func change(now: Int64, _ add: (inout StoreState) -> Bool) {
        let starts = state.withLock { state in
            guard state.takesChanges(now: now, limits), add(&state) else {
                state.dropped += 1
                return false
            }
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { Task { await write() } }
    }
}
