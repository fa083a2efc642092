// A clock on which sleeping takes no time.
// Must not be used where two wait for each other.

import Synchronization

final class JumpingClock: Clock, Sendable {
    private struct State {
        var now = ContinuousClock.now
        var lengths: [Duration] = []
    }

    private let state = Mutex(State())

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }
    var lengths: [Duration] { state.withLock { $0.lengths } }
    var sleeps: Int { lengths.count }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        state.withLock { state in
            state.lengths.append(deadline - state.now)
            state.now = max(state.now, deadline)
        }
        await Task.yield()
    }
}
