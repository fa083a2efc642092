// Matching: captures, reuse, odd subjects, and the limits that hostile subjects run into.
// Must not measure time.

import Testing

@testable import Patterns

@Suite struct MatcherTests {
    private func pattern(_ text: String, _ options: Pattern.Options = .utf) throws -> Pattern {
        try Pattern(Array(text.utf8), options: options)
    }

    @Test func captures() throws {
        let matcher = try #require(Matcher())
        let found = try matcher.firstMatch(of: pattern("(b)(x)?(c)(y)?"), in: Array("abcd".utf8))
        #expect(found?.groups == [1..<3, 1..<2, nil, 2..<3, nil])
        #expect(found?[3] == 2..<3)
        #expect(found?[9] == nil)
        #expect(try matcher.firstMatch(of: pattern("z"), in: Array("abcd".utf8)) == nil)
    }

    @Test func startIsRespected() throws {
        let matcher = try #require(Matcher())
        let subject = Array("aba".utf8)
        #expect(try matcher.firstMatch(of: pattern("a"), in: subject, from: 1)?.whole == 2..<3)
        #expect(try matcher.firstMatch(of: pattern("$"), in: subject, from: 3)?.whole == 3..<3)
        for start in [-1, 4, Int.max, Int.min] {
            #expect(try !matcher.matches(pattern(""), in: subject, from: start))
        }
        // Look-behind sees what is before the start.
        #expect(try matcher.matches(pattern("(?<=a)b"), in: subject, from: 1))
    }

    @Test func emptySubject() throws {
        let matcher = try #require(Matcher())
        #expect(try matcher.firstMatch(of: pattern("^$"), in: [])?.whole == 0..<0)
        #expect(try !matcher.matches(pattern("a"), in: []))
        #expect(try matcher.matches(Pattern([]), in: []))
    }

    @Test func nulInSubjectAndPattern() throws {
        let matcher = try #require(Matcher())
        #expect(try matcher.firstMatch(of: pattern("b"), in: [0x61, 0, 0x62])?.whole == 2..<3)
        #expect(try matcher.firstMatch(of: Pattern([0x61, 0, 0x62]), in: [0x61, 0, 0x62])?.whole == 0..<3)
    }

    @Test func invalidUTF8NeverMatchesAndNeverFails() throws {
        let matcher = try #require(Matcher())
        let subject: [UInt8] = [0xFF, 0x61, 0xC3, 0x62, 0xE2, 0x82, 0x63, 0x80]
        #expect(try matcher.firstMatch(of: pattern("b"), in: subject)?.whole == 3..<4)
        #expect(try !matcher.matches(pattern("a.b"), in: subject))
        for first in UInt8.min...UInt8.max {
            for start in 0...3 {
                _ = try matcher.matches(pattern(#"(\w+|.)\s*$"#), in: [first, 0xC3, first], from: start)
            }
        }
    }

    @Test func oneMatcherServesManyPatterns() throws {
        let matcher = try #require(Matcher())
        let wide = String(repeating: "(a)?", count: 60)
        for _ in 0..<3 {
            #expect(try matcher.firstMatch(of: pattern("a"), in: [0x61])?.groups == [0..<1])
            #expect(try matcher.firstMatch(of: pattern(wide), in: [0x61])?.groups.count == 61)
        }
    }

    @Test func matchBeginningBehindItsEndIsEmpty() throws {
        let matcher = try #require(Matcher())
        let subject = Array("abc".utf8)
        let found = try matcher.firstMatch(of: pattern(#"a\Kb"#), in: subject)
        #expect(found?.whole == 1..<2)
    }

    // MARK: Limits

    /// Doubles its steps with each octet.
    private let catastrophe = "^(a+)+$"

    @Test func catastrophicBacktrackingEndsAtTheStepLimit() throws {
        let matcher = try #require(Matcher())
        let subject = Array(String(repeating: "a", count: 60).utf8) + [0x62]
        #expect(throws: MatchError.stepLimit) { try matcher.matches(pattern(catastrophe), in: subject) }
        // The matcher is as good as new.
        #expect(try matcher.matches(pattern("a"), in: subject))
    }

    @Test func stepLimitAtAndPastIt() throws {
        let subject = Array(String(repeating: "a", count: 12).utf8) + [0x62]
        let enough = (1...20).first { power in
            var limits = MatchLimits()
            limits.steps = 1 << power
            return (try? Matcher(limits: limits)?.matches(pattern(catastrophe), in: subject)) == false
        }
        let power = try #require(enough)
        var limits = MatchLimits()
        limits.steps = 1 << (power - 1)
        let matcher = try #require(Matcher(limits: limits))
        #expect(throws: MatchError.stepLimit) { try matcher.matches(pattern(catastrophe), in: subject) }
    }

    @Test func depthLimitWithoutMachineCode() throws {
        var limits = MatchLimits()
        limits.depth = 10
        let matcher = try #require(Matcher(limits: limits))
        let subject = Array((String(repeating: "ab", count: 50) + "xc").utf8)
        #expect(throws: MatchError.depthLimit) { try matcher.matches(pattern("(*NO_JIT)^(a|b)*c"), in: subject) }
    }

    @Test func heapLimitWithoutMachineCode() throws {
        var limits = MatchLimits()
        limits.heap = 1
        let matcher = try #require(Matcher(limits: limits))
        let subject = Array((String(repeating: "ab", count: 5_000) + "xc").utf8)
        #expect(throws: MatchError.heapLimit) { try matcher.matches(pattern("(*NO_JIT)^(a|b)*c"), in: subject) }
    }

    @Test func heapLimitWithMachineCode() throws {
        let subject = Array((String(repeating: "ab", count: 100_000) + "xc").utf8)
        let deep = try pattern("^(a|b)*c")
        var limits = MatchLimits()
        limits.steps = .max
        limits.heap = 64
        let small = try #require(Matcher(limits: limits))
        #expect(throws: MatchError.heapLimit) { try small.matches(deep, in: subject) }
        limits.heap = 65_536
        let large = try #require(Matcher(limits: limits))
        #expect(try !large.matches(deep, in: subject))
        // The larger stack stays for the next match.
        #expect(try !large.matches(deep, in: subject))
    }

    @Test func patternCannotRaiseTheLimits() throws {
        let matcher = try #require(Matcher())
        let subject = Array(String(repeating: "a", count: 60).utf8) + [0x62]
        let raising = try pattern("(*LIMIT_MATCH=4000000000)" + catastrophe)
        #expect(throws: MatchError.stepLimit) { try matcher.matches(raising, in: subject) }
    }

    @Test func errorsNameTheirLimit() {
        #expect("\(MatchError.stepLimit)".contains("(steps)"))
        #expect("\(MatchError.depthLimit)".contains("(depth)"))
        #expect("\(MatchError.heapLimit)".contains("(heap)"))
        #expect("\(MatchError.refused(-36))".hasPrefix("PCRE2: "))
    }

    @Test func patternIsSharedBetweenTasks() async throws {
        let shared = try pattern("(b+)c")
        let subject = Array("aabbbc".utf8)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let matcher = Matcher()
                    return (0..<200).allSatisfy { _ in
                        (try? matcher?.firstMatch(of: shared, in: subject)?[1]) == 2..<5
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
