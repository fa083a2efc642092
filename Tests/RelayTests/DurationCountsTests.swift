// Durations counted by powers of two.

import Testing

@testable import Relay

@Suite struct DurationCountsTests {
    @Test(
        arguments: [
            (-5, 0), (0, 0), (1, 0), (1_000, 0), (1_001, 1), (2_000, 1), (2_001, 2), (1_024_000, 10), (1_024_001, 11),
            (67_108_864_000, 26), (67_108_864_001, 27), (Int64.max, 27),
        ] as [(Int64, Int)]
    )
    func eachIsCountedOnce(_ nanoseconds: Int64, _ index: Int) {
        var counts = DurationCounts()
        counts.record(.nanoseconds(nanoseconds))
        #expect(counts.counts.firstIndex(of: 1) == index)
        #expect(counts.counts.reduce(0, +) == 1)
        if index < DurationCounts.bounds.count {
            #expect(.nanoseconds(max(0, nanoseconds)) <= DurationCounts.bounds[index])
        }
    }

    @Test func theyAddUp() {
        var (one, two) = (DurationCounts(), DurationCounts())
        one.record(.milliseconds(1))
        two.record(.milliseconds(1))
        two.record(.seconds(100))
        one.add(two)
        #expect(one.counts.reduce(0, +) == 3 && one.total == .milliseconds(100_002))
        #expect(one.counts.count == DurationCounts.bounds.count + 1)
    }

    @Test func linesOfRulesHaveALimit() {
        var counts = LoopCounts()
        for line in 1...5 { counts.ruleActed("a.sieve", line, limit: 3) }
        counts.ruleActed("a.sieve", 5, limit: 3)
        #expect(counts.ruleHits == [.init(file: "a.sieve", line: 4): 1, .init(file: "a.sieve", line: 5): 2])
    }
}
