// How often something took how long: what quantiles are made of.
// Must not cost more than an addition: it is used for every message.

/// Counts of durations by powers of two, from a microsecond to a minute. A value; added together where several count.
package struct DurationCounts: Sendable {
    /// What the last count but one is up to: 2^26 microseconds, 67 seconds.
    private static let largest = 26

    /// Each with what is up to it and not up to the one before; the last has no end.
    private var inline = InlineArray<28, Int>(repeating: 0)
    package var counts: [Int] { inline.indices.map { inline[$0] } }
    package private(set) var total = Duration.zero

    /// Up to which each of `counts` goes, but for the last.
    package static let bounds = (0...largest).map { Duration.microseconds(1 << $0) }

    package init() {}

    package mutating func record(_ duration: Duration) {
        let duration = max(.zero, duration)
        total += duration
        inline[Self.index(of: duration)] += 1
    }

    private static func index(of duration: Duration) -> Int {
        let parts = duration.components
        let nanoseconds =
            parts.seconds > 3_600
            ? 3_600_000_000_000 : parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
        let microseconds = (nanoseconds + 999) / 1_000
        return microseconds <= 1 ? 0 : min(largest + 1, 64 - (microseconds - 1).leadingZeroBitCount)
    }

    package mutating func add(_ other: DurationCounts) {
        for index in inline.indices { inline[index] += other.inline[index] }
        total += other.total
    }
}
