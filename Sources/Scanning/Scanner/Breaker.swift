// Whether a scanner is asked, by how it did last.
// Must not read a clock or ask anything: it is told.

/// A circuit breaker as a value.
struct Breaker: Equatable {
    enum State: Equatable {
        /// It is asked; so many failures in a row so far.
        case closed(failures: Int)
        /// It is not asked, until a check finds it.
        case open(UnscannedReason)
    }

    private(set) var state = State.closed(failures: 0)
    /// When it came into its state, by the scanner's clock.
    private(set) var since: Duration
    /// Why it failed last, however long ago.
    private(set) var lastFailure: UnscannedReason?
    /// Failures in a row that open it.
    let limit: Int

    init(limit: Int, now: Duration) {
        self.limit = max(1, limit)
        since = now
    }

    var isOpen: Bool { if case .open = state { true } else { false } }

    /// A message was scanned.
    mutating func succeeded() {
        // A scan that began before it went down proves nothing of now.
        if !isOpen { state = .closed(failures: 0) }
    }

    /// It has answered that it could not scan a message: it is there, and fast.
    mutating func failedOnce(_ reason: UnscannedReason) {
        lastFailure = reason
        if case .closed(let failures) = state { state = .closed(failures: max(1, failures)) }
    }

    /// A message could not be scanned. True if it has gone down by this.
    mutating func failed(_ reason: UnscannedReason, at now: Duration) -> Bool {
        lastFailure = reason
        guard case .closed(let failures) = state else { return false }
        guard failures + 1 >= limit else {
            state = .closed(failures: failures + 1)
            return false
        }
        return open(reason, at: now)
    }

    /// A check did not find it. True if it has gone down by this.
    mutating func isMissing(_ reason: UnscannedReason, at now: Duration) -> Bool {
        lastFailure = reason
        if isOpen {
            state = .open(reason)
            return false
        }
        return open(reason, at: now)
    }

    /// A check has found it: it is tried, and one more failure is enough.
    mutating func isThere(at now: Duration) {
        guard isOpen else { return }
        state = .closed(failures: limit - 1)
        since = now
    }

    private mutating func open(_ reason: UnscannedReason, at now: Duration) -> Bool {
        state = .open(reason)
        since = now
        return true
    }
}
