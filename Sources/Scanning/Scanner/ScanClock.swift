// The clock that scanners are timed with.
// Must not be the time of day.

/// Any clock, told as time since it was wrapped.
struct ScanClock: Sendable {
    let now: @Sendable () -> Duration
    let sleep: @Sendable (Duration) async throws -> Void

    init<C: Clock<Duration>>(_ clock: C) {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }

    /// What `body` returns. When `time` has gone by, or this task is cancelled, its task is cancelled and waited for: what it
    /// has come to by then is late.
    func limit<Value: Sendable>(
        _ time: Duration,
        _ body: @escaping @Sendable () async -> Value
    ) async -> (value: Value?, isLate: Bool) {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await sleep(time)
                return nil
            }
            var isLate = false
            while let next = await group.next() {
                group.cancelAll()
                if let value = next { return (value, isLate) }
                isLate = true
            }
            return (nil, isLate)
        }
    }
}
