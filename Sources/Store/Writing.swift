// How changes get into the file, and out of it again when there is too much.
// Must not write two transactions at once, nor keep one open while it looks what has to go.

import Dispatch
import Synchronization

/// When it is time to look whether something has to go.
struct Tidying: Sendable {
    /// Accounts that have more than they may.
    private(set) var overfull: Set<Account> = []
    private var changes = 0
    private var octets = 0
    private var last: Int64?

    mutating func note(_ written: PendingChanges, _ overfull: Set<Account>) {
        changes += written.count
        octets += written.octets
        self.overfull.formUnion(overfull)
    }

    func isDue(now: Int64, _ limits: StoreLimits) -> Bool {
        guard let last, overfull.isEmpty else { return true }
        // A clock that was set back is no reason to wait.
        return changes >= limits.tidyChanges || octets >= limits.octets / 10
            || abs(now - last) >= limits.tidySeconds * 1_000_000
    }

    mutating func isTidy(_ account: Account) { overfull.remove(account) }

    mutating func isDone(now: Int64) { (changes, octets, last) = (0, 0, now) }
}

extension SQLiteStore {
    /// Until nothing waits.
    func write() async {
        while let changes = next() {
            guard let file = await file(now: changes.latest) else {
                state.withLock { $0.drop() }
                continue
            }
            do {
                let overfull = try await file.write { [limits] db in try Tables.apply(changes, db, limits) }
                state.withLock { state in
                    state.writing = PendingChanges()
                    state.tidying.note(changes, overfull)
                }
                if state.withLock({ $0.tidying.isDue(now: changes.latest, limits) }) {
                    try await tidy(file, now: changes.latest, until: hasWork)
                }
            } catch {
                fail(file, error, now: changes.latest)
            }
        }
    }

    private func hasWork() -> Bool { state.withLock { !$0.waiting.isEmpty } }

    /// What is to be written next; nil when there is nothing, and the next change has to begin again.
    private func next() -> PendingChanges? {
        let (changes, idle) = state.withLock { state in
            guard state.waiting.isEmpty else {
                swap(&state.writing, &state.waiting)
                return (state.writing as PendingChanges?, [CheckedContinuation<Void, Never>]())
            }
            defer { (state.isWriting, state.idle) = (false, []) }
            return (nil, state.idle)
        }
        for continuation in idle { continuation.resume() }
        return changes
    }

    /// Returns when all that waited has been written, or dropped.
    package func flush() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isWriting { state.idle.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Writes what waits and closes the file, for good.
    package func close() async {
        await flush()
        let file = state.withLock { $0.close() }
        await withCheckedContinuation { continuation in
            opening.async {
                file?.close()
                continuation.resume()
            }
        }
    }

    // MARK: Tidying up

    /// Removes all that is too old or too much. The store does so by itself as changes come.
    package func tidy(now: Int64) async {
        await flush()
        guard let file = await file(now: now) else { return }
        do {
            try await tidy(file, now: now, until: { false })
        } catch {
            fail(file, error, now: now)
        }
    }

    /// Step by step; when it is interrupted, it goes on behind the next changes.
    private func tidy(_ file: StoreFile, now: Int64, until isInterrupted: @Sendable () -> Bool) async throws {
        while !isInterrupted() {
            let account = state.withLock { $0.tidying.overfull.first }
            let step = try await file.read { [limits] db in try TidyStep(db, limits, account, now: now) }
            if !step.isEmpty {
                try await file.write { db in try step.carryOut(db) }
            } else if let account {
                state.withLock { $0.tidying.isTidy(account) }
            } else {
                return state.withLock { state in
                    // What is fetched every day is as old as its last fetch.
                    state.forgetWritten()
                    state.tidying.isDone(now: now)
                }
            }
        }
    }
}
