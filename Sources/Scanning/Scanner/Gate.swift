// As many scans at once as the scanner can do, in the order in which they came.
// Must not keep more waiting than its bound.

import Synchronization

/// Places, and a queue before them.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var queue: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var next = 0
    }

    private let state: Mutex<State>
    private let waiting: Int

    init(places: Int, waiting: Int) {
        state = Mutex(State(free: max(1, places)))
        self.waiting = waiting
    }

    /// Takes a place if one is free and nobody waits for it.
    func enterAtOnce() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// Waits for a place; false when the queue is full or the task is cancelled.
    func enter() async -> Bool {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in queueUp(continuation, number) }
        } onCancel: {
            give(up: number)
        }
    }

    /// Gives a place back.
    func leave() {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard !state.queue.isEmpty else {
                state.free += 1
                return nil
            }
            return state.queue.removeFirst().continuation
        }
        next?.resume(returning: true)
    }

    /// How many wait.
    var queueLength: Int { state.withLock { $0.queue.count } }

    private func queueUp(_ continuation: CheckedContinuation<Bool, Never>, _ number: Int) {
        let isIn: Bool? = state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return true
            }
            // Cancelled before it stood in the queue: nobody would take it out.
            guard state.queue.count < waiting, !Task.isCancelled else { return false }
            state.queue.append((number, continuation))
            return nil
        }
        if let isIn { continuation.resume(returning: isIn) }
    }

    private func give(up number: Int) {
        let gone = state.withLock { state in
            state.queue.firstIndex { $0.number == number }.map { state.queue.remove(at: $0).continuation }
        }
        gone?.resume(returning: false)
    }
}
