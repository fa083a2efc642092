// How many sessions one upstream has at once, and how fast new ones are dialled: the others wait in a queue.
// Must not dial: who waits is told that it is his turn.

import DequeModule
import NIOCore
import Synchronization

/// The queues of all upstreams that have one, by name; safe to use from every event loop.
final class UpstreamQueues: Sendable {
    private let queues = Mutex<[String: UpstreamQueue]>([:])

    subscript(upstream: String) -> UpstreamQueue {
        queues.withLock { queues in
            if let queue = queues[upstream] { return queue }
            let queue = UpstreamQueue()
            queues[upstream] = queue
            return queue
        }
    }
}

/// The queue before one upstream.
final class UpstreamQueue: Sendable {
    /// One session's, from the question to the end of its connection. Whoever has it gives it back once.
    struct Place: Sendable {
        fileprivate let queue: UpstreamQueue
        fileprivate let number: UInt64

        func giveBack(most: Int?) { queue.giveBack(number, most: most) }
    }

    private struct State {
        var made: UInt64 = 0
        /// Those that have a session, or may dial for one.
        var present: Set<UInt64> = []
        var waiting: Deque<(number: UInt64, wake: @Sendable () -> Void)> = []
        /// When the next one may be dialled, were there no second's worth of them at once.
        var nextDial = NIODeadline.uptimeNanoseconds(0)
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - most: sessions at once
    ///   - wake: called once, on any thread, when there is room; not where there is room now
    func enter(most: Int?, wake: @escaping @Sendable () -> Void) -> (place: Place, hasRoom: Bool) {
        state.withLock { state in
            state.made += 1
            let place = Place(queue: self, number: state.made)
            guard let most, state.present.count >= most else {
                state.present.insert(state.made)
                return (place, true)
            }
            state.waiting.append((state.made, wake))
            return (place, false)
        }
    }

    /// When whoever has room may dial: at once, as long as it was not done too often in the last second.
    func turn(perSecond: Int?, at now: NIODeadline) -> NIODeadline {
        guard let perSecond else { return now }
        return state.withLock { state in
            let turn = max(now, state.nextDial - .seconds(1))
            state.nextDial = max(now, state.nextDial) + .nanoseconds(1_000_000_000 / Int64(perSecond))
            return turn
        }
    }

    private func giveBack(_ number: UInt64, most: Int?) {
        let woken = state.withLock { state -> [@Sendable () -> Void] in
            if state.present.remove(number) == nil { state.waiting.removeAll { $0.number == number } }
            var woken: [@Sendable () -> Void] = []
            while state.present.count < most ?? .max, let next = state.waiting.popFirst() {
                state.present.insert(next.number)
                woken.append(next.wake)
            }
            return woken
        }
        for wake in woken { wake() }
    }

    /// Sessions that are counted, and those that wait.
    var counted: (present: Int, waiting: Int) { state.withLock { ($0.present.count, $0.waiting.count) } }
}
