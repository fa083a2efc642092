// The processor time that one evaluation takes, looked at now and then.
// Must not read a clock of its own: whoever runs the script has one, or time is not bounded.

/// Stops an evaluation whose single steps are all within their limits, and too many.
struct Stopwatch {
    private var steps = 0
    private var start: Duration?

    /// Counts a step that may have taken long.
    mutating func step(_ clock: (@Sendable () -> Duration)?, limit: Duration) throws(Interruption) {
        guard let clock else { return }
        steps += 1
        if steps < Limits.stepsBetweenReadings { return }
        steps = 0
        let now = clock()
        guard let start else {
            self.start = now
            return
        }
        if now - start > limit { throw .failed("the script took longer than allowed (time)") }
    }
}

extension Machine {
    /// To be called where it takes long: a regular expression, a body to decode, a thousand instructions.
    mutating func checkTime() throws(Interruption) {
        // A test file runs for as long as its scripts do, each of which is bounded.
        if !isTestFile { try stopwatch.step(context.processorTime, limit: limits.time) }
    }
}
