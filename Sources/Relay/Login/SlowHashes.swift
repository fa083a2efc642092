// Passwords that are checked, and proofs that are computed, beside the event loops.
// Must not let a crowd of guesses keep cores from everybody else.

import DequeModule
import NIOCore
import Synchronization
import Transport

/// A few threads, and a bounded number of logins that wait for them. A crowd of guesses waits behind those who were let in
/// before.
final class SlowHashes: Sendable {
    /// Where a login waits.
    struct Place: Sendable {
        /// How many may wait or be worked on there.
        var most: Int
        /// Before all whom nobody knows.
        var isFirst: Bool
    }

    private struct Queue {
        /// Those that are worked on, too.
        var count = 0
        var waiting: Deque<@Sendable () -> Void> = []
    }

    private struct State {
        var first = Queue()
        var others = Queue()
        var atWork = 0

        mutating func next() -> (@Sendable () -> Void)? { first.waiting.popFirst() ?? others.waiting.popFirst() }
    }

    /// The event loops have the other half of the machine.
    private static let threadCount = max(1, System.coreCount / 2)
    private let threads = Threads(threadCount)
    private let state = Mutex(State())

    /// Nil where so many wait already.
    func run<Value: Sendable>(
        _ place: Place,
        toldTo loop: any EventLoop,
        _ work: @escaping @Sendable () -> Value
    ) -> EventLoopFuture<Value>? {
        let queue = place.isFirst ? \State.first : \State.others
        let promise = loop.makePromise(of: Value.self)
        let once = Once(work)
        let job: @Sendable () -> Void = { [self] in
            threads.run(toldTo: loop) { try withClearedMemory { try once.run() } }.whenComplete { result in
                self.ended(place)
                promise.completeWith(result)
            }
        }
        let hasPlace = state.withLock { state in
            guard state[keyPath: queue].count < place.most else { return false }
            state[keyPath: queue].count += 1
            state[keyPath: queue].waiting.append(job)
            return true
        }
        guard hasPlace else {
            promise.fail(CancellationError())
            return nil
        }
        begin()
        return promise.futureResult
    }

    private func begin() {
        let job = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.atWork < Self.threadCount, let job = state.next() else { return nil }
            state.atWork += 1
            return job
        }
        job?()
    }

    private func ended(_ place: Place) {
        state.withLock { state in
            state.atWork -= 1
            if place.isFirst { state.first.count -= 1 } else { state.others.count -= 1 }
        }
        begin()
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
