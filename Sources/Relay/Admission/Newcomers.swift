// Sessions that have not logged in: how many each event loop has, so that the oldest can be asked to leave.
// Must not know sessions: the loop that has them does.

import Synchronization

/// Those of all loops.
final class Newcomers: Sendable {
    /// Those of one loop; safe to use from every loop.
    final class OfLoop: Sendable {
        fileprivate let count = Atomic<Int>(0)
        fileprivate let evict: @Sendable (Int) -> Void

        /// - Parameter evict: ends so many of this loop's, the oldest first, soon
        init(evict: @escaping @Sendable (Int) -> Void) { self.evict = evict }
    }

    private let total = Atomic<Int>(0)
    private let loops = Mutex<[OfLoop]>([])

    func add(_ loop: OfLoop) { loops.withLock { $0.append(loop) } }

    var count: Int { total.load(ordering: .relaxed) }

    func cameIn(on loop: OfLoop) {
        loop.count.add(1, ordering: .relaxed)
        total.add(1, ordering: .relaxed)
    }

    /// It has logged in, or has gone.
    func isNoneAnyMore(on loop: OfLoop) {
        loop.count.subtract(1, ordering: .relaxed)
        total.subtract(1, ordering: .relaxed)
    }

    /// Asks the loop that has most of them to end some; false where nobody has any.
    func evict(_ count: Int) -> Bool {
        let loop = loops.withLock { loops in
            loops.max { $0.count.load(ordering: .relaxed) < $1.count.load(ordering: .relaxed) }
        }
        guard let loop, loop.count.load(ordering: .relaxed) > 0 else { return false }
        loop.evict(count)
        return true
    }
}
