// The time by which something is removed for good: the clock's, unless that has just jumped ahead.
// Must not be used for what can be told or done again.

/// A clock that is wrong for a while, as after a fault of the machine or of who sets it, would have everything be too old. So
/// a jump ahead is believed only when it has lasted.
struct BelievedTime {
    /// Clocks are set by some seconds all the time.
    static let tolerance = Duration.seconds(600)
    /// Less than from one look to the next: the second look behind a jump believes it.
    static let patience = Duration.seconds(3000)

    private struct Moment {
        var microseconds: Int64
        var instant: ContinuousClock.Instant
    }

    private var last: Moment?
    private var doubtedSince: ContinuousClock.Instant?

    /// Whether the clock was ahead of what it should have said, when it was asked last.
    var isDoubted: Bool { doubtedSince != nil }

    /// - Parameters:
    ///   - clock: what it says, in microseconds from 1970 on
    ///   - instant: of a clock that nobody sets, and that goes on while the machine sleeps
    mutating func now(_ clock: Int64, at instant: ContinuousClock.Instant = .now) -> Int64 {
        if let last {
            let expected = last.microseconds + Int64((instant - last.instant) / .microseconds(1))
            if clock > expected + Int64(Self.tolerance / .microseconds(1)) {
                let since = doubtedSince ?? instant
                doubtedSince = since
                if instant - since < Self.patience { return expected }
            }
        }
        doubtedSince = nil
        last = Moment(microseconds: clock, instant: instant)
        return clock
    }
}
