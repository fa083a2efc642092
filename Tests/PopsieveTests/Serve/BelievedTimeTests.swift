// The time by which something is removed for good.

import Testing

@testable import popsieve

@Suite struct BelievedTimeTests {
    private static let day = 86_400

    /// Seconds that have passed, by how many the clock is wrong then, and by how many what is believed is wrong.
    private static let stories: [(name: String, steps: [(passed: Int, error: Int, believed: Int)])] = [
        ("a clock that goes right", [(0, 0, 0), (3_600, 0, 0), (day, 0, 0)]),
        ("one that is wrong from the start is all there is", [(0, day, day), (3_600, day, day)]),
        ("one that is set by minutes", [(0, 0, 0), (3_600, 500, 500), (7_200, 1_000, 1_000)]),
        ("a jump ahead is believed when it has lasted", [(0, 0, 0), (10, day, 0), (20, day, 0), (3_620, day, day)]),
        ("a jump ahead that is taken back", [(0, 0, 0), (3_600, 40 * day, 0), (7_000, 0, 0), (10_000, 0, 0)]),
        ("each jump is doubted by itself", [(0, 0, 0), (1, day, 0), (4_000, day, day), (4_001, 2 * day, day)]),
        ("a jump back is believed: nothing is too old by it", [(0, 0, 0), (10, -day, -day), (20, -day, -day)]),
        (
            "and so is the jump ahead that takes it back, after a while",
            [(0, 0, 0), (1, -day, -day), (2, 0, -day), (3_100, 0, 0)]
        ),
    ]

    @Test(arguments: stories)
    func tells(_ story: (name: String, steps: [(passed: Int, error: Int, believed: Int)])) {
        var time = BelievedTime()
        let begin = ContinuousClock.now
        let start: Int64 = 1_700_000_000_000_000
        for step in story.steps {
            let right = start + Int64(step.passed) * 1_000_000
            let now = time.now(right + Int64(step.error) * 1_000_000, at: begin + .seconds(step.passed))
            #expect(now == right + Int64(step.believed) * 1_000_000, "\(step)")
            #expect(time.isDoubted == (step.believed != step.error), "\(step)")
        }
    }
}
