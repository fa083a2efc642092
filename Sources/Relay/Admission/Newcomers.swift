// Sessions that can make room for others: those that have not logged in, and those whose client takes nothing.
// Must not know sessions: the loop that has them does.

import NIOCore
import Synchronization

/// Those of all loops.
final class Newcomers: Sendable {
    /// Those of one loop; safe to use from every loop.
    final class OfLoop: Sendable {
        /// Those that have had time enough to log in, when the loop last looked.
        fileprivate let ripe = Atomic<Int>(0)
        /// Those that have logged in and stand still.
        fileprivate let stalled = Atomic<Int>(0)
        fileprivate let evict: @Sendable (Eviction) -> Void

        /// - Parameter evict: ends some of this loop's sessions, soon
        init(evict: @escaping @Sendable (Eviction) -> Void) { self.evict = evict }

        func looked(ripe: Int, stalled: Int) {
            self.ripe.store(ripe, ordering: .relaxed)
            self.stalled.store(stalled, ordering: .relaxed)
        }
    }

    /// Who is to go, the oldest first.
    enum Eviction: Sendable {
        /// So many that have been there for a time without a login.
        case newcomers(Int, age: TimeAmount)
        /// One whose client takes nothing.
        case stalled
    }

    private let total = Atomic<Int>(0)
    private let loops = Mutex<[OfLoop]>([])

    func add(_ loop: OfLoop) { loops.withLock { $0.append(loop) } }

    var count: Int { total.load(ordering: .relaxed) }

    func cameIn() { total.add(1, ordering: .relaxed) }

    /// One of them has logged in, or has gone.
    func isNoneAnyMore() { total.subtract(1, ordering: .relaxed) }

    /// Has one end that had time enough; false where there is none.
    ///
    /// - Parameter age: how long it must have been there
    func evictOne(age: TimeAmount) -> Bool {
        guard let loop = most({ $0.ripe.load(ordering: .relaxed) }) else { return false }
        // Each is counted on once.
        guard loop.ripe.subtract(1, ordering: .relaxed).oldValue > 0 else {
            loop.ripe.add(1, ordering: .relaxed)
            return false
        }
        loop.evict(.newcomers(1, age: age))
        return true
    }

    /// Has one end whose client takes nothing; false where there is none.
    func evictStalled() -> Bool {
        guard let loop = most({ $0.stalled.load(ordering: .relaxed) }) else { return false }
        guard loop.stalled.subtract(1, ordering: .relaxed).oldValue > 0 else {
            loop.stalled.add(1, ordering: .relaxed)
            return false
        }
        loop.evict(.stalled)
        return true
    }

    /// The loop that has most of them.
    private func most(_ count: (OfLoop) -> Int) -> OfLoop? {
        loops.withLock { loops in loops.max { count($0) < count($1) } }
    }

    /// Has so many of each loop end that are as old, if there are any.
    func evict(_ count: Int, age: TimeAmount) {
        for loop in loops.withLock({ $0 }) { loop.evict(.newcomers(count, age: age)) }
    }
}
