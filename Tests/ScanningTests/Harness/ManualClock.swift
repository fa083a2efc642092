// A clock that tests turn by hand.
// Must not go by itself.

import Synchronization

/// Whoever sleeps on it wakes when a test says so.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        var offset = Swift.Duration.zero

        func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant()
        var next = 0
        var sleepers: [(number: Int, wake: Instant, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    let minimumResolution = Swift.Duration.nanoseconds(1)

    /// How many sleep.
    var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// How long it is until the first of them wakes.
    var nextWake: Swift.Duration? {
        state.withLock { state in state.sleepers.map(\.wake).min().map { state.now.duration(to: $0) } }
    }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isAwake = state.withLock { state in
                    if Task.isCancelled || deadline <= state.now { return true }
                    state.sleepers.append((number, deadline, continuation))
                    return false
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            let gone = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0).continuation }
            }
            gone?.resume(throwing: CancellationError())
        }
    }

    /// Turns it on, and wakes whom it is time for.
    func advance(by duration: Swift.Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.wake <= state.now }
            state.sleepers.removeAll { $0.wake <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
}
