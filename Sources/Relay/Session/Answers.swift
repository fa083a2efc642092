// Answers that others give to sessions, and that may come when the event loops are gone.
// Must not know the questions.

import NIOCore
import Synchronization

/// Hands answers over to the event loops that wait for them, until those end.
final class Answers: Sendable {
    private let isOver = Mutex(false)

    /// Runs `take` on the event loop; an answer that comes too late is nobody's.
    func hand(to eventLoop: any EventLoop, _ take: @escaping @Sendable () -> Void) {
        // Within the lock: the loops end behind `end`.
        isOver.withLock { isOver in
            if !isOver { eventLoop.execute(take) }
        }
    }

    /// Nobody waits for an answer any more.
    func end() { isOver.withLock { $0 = true } }
}
