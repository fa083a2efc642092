// Passwords that are checked, and proofs that are computed, beside the event loops.
// Must not let a crowd of guesses keep cores from everybody else.

import NIOCore
import Synchronization
import Transport

/// A few threads, and a bounded number of logins that wait for them.
final class SlowHashes: Sendable {
    /// The event loops have the other half of the machine.
    private let threads = Threads(max(1, System.coreCount / 2))
    private let waiting = Atomic<Int>(0)

    /// Nil where so many wait already.
    func run<Value: Sendable>(
        most: Int,
        toldTo loop: any EventLoop,
        _ work: @escaping @Sendable () -> Value
    ) -> EventLoopFuture<Value>? {
        guard waiting.add(1, ordering: .relaxed).newValue <= most else {
            waiting.subtract(1, ordering: .relaxed)
            return nil
        }
        let once = Once(work)
        return threads.run(toldTo: loop) { [self] in
            defer { waiting.subtract(1, ordering: .relaxed) }
            return try withClearedMemory { try once.run() }
        }
    }
}

/// Work that is forgotten, with the password that it knows, where it is done: the threads would drop it later, when nothing
/// is cleared any more.
private final class Once<Value: Sendable>: Sendable {
    private let work: Mutex<(@Sendable () -> Value)?>

    init(_ work: @escaping @Sendable () -> Value) {
        self.work = Mutex(work)
    }

    func run() throws -> Value {
        let work = work.withLock { work in
            defer { work = nil }
            return work
        }
        guard let work else { throw CancellationError() }
        return work()
    }
}
