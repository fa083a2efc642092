// Sessions that have not logged in: how many there are, and how many of each event loop may be asked to leave.
// Must not know sessions: the loop that has them does.

import NIOCore
import Synchronization

/// Those of all loops.
final class Newcomers: Sendable {
    /// Those of one loop; safe to use from every loop.
    final class OfLoop: Sendable {
        /// Those that have had time enough to log in, when the loop last looked.
        fileprivate let ripe = Atomic<Int>(0)
        fileprivate let evict: @Sendable (_ count: Int, _ age: TimeAmount) -> Void

        /// - Parameter evict: ends so many of this loop's that are as old, the oldest first, soon
        init(evict: @escaping @Sendable (_ count: Int, _ age: TimeAmount) -> Void) { self.evict = evict }

        func looked(ripe count: Int) { ripe.store(count, ordering: .relaxed) }
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
        let loop = loops.withLock { loops in
            loops.max { $0.ripe.load(ordering: .relaxed) < $1.ripe.load(ordering: .relaxed) }
        }
        guard let loop else { return false }
        // Each is counted on once.
        guard loop.ripe.subtract(1, ordering: .relaxed).oldValue > 0 else {
            loop.ripe.add(1, ordering: .relaxed)
            return false
        }
        loop.evict(1, age)
        return true
    }

    /// Has so many of each loop end that are as old, if there are any.
    func evict(_ count: Int, age: TimeAmount) {
        for loop in loops.withLock({ $0 }) { loop.evict(count, age) }
    }
}
