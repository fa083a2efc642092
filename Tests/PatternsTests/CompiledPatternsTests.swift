// Patterns that are compiled once: what is shared, what is not, and that sharing changes nothing.

import Testing

@testable import Patterns

struct CompiledPatternsTests {
    private let patterns = CompiledPatterns()

    private func pattern(_ source: String, _ options: Pattern.Options = .utf) throws -> Pattern {
        try patterns.pattern(Array(source.utf8), options: options)
    }

    @Test func thoseOfOneSourceShareWhatWasCompiledAndNothingThatIsCounted() throws {
        let (first, second) = (try pattern("a+(b)?"), try pattern("a+(b)?"))
        #expect(patterns.count == 1)
        #expect(unsafe first.code.pointer == second.code.pointer)
        #expect(first.code !== second.code)
        #expect(second.captureCount == 1)
        #expect(unsafe second.copy.copy.code.pointer == first.code.pointer)
    }

    @Test func otherOptionsAreAnotherPattern() throws {
        let matcher = try #require(Matcher())
        #expect(try !matcher.matches(try pattern("spam"), in: Array("SPAM".utf8)))
        #expect(try matcher.matches(try pattern("spam", [.utf, .caseless]), in: Array("SPAM".utf8)))
        #expect(patterns.count == 2)
    }

    @Test func aFaultyPatternIsNotKept() {
        for _ in 0..<2 { #expect(throws: PatternError.self) { try pattern("a(") } }
        #expect(patterns.count == 0)
    }

    @Test func aCopyOutlivesItsOriginal() throws {
        var original: Pattern? = try Pattern(Array("a+$".utf8))
        let copy = try #require(original?.copy)
        original = nil
        let matcher = try #require(Matcher())
        #expect(try matcher.firstMatch(of: copy, in: Array("baa".utf8))?.whole == 1..<3)
    }

    @Test func threadsMatchWithCopiesAtOnce() async throws {
        let original = try pattern("^(a|b)+c$")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                let pattern = original.copy
                group.addTask {
                    guard let matcher = Matcher() else { return false }
                    let subject = Array((String(repeating: "ab", count: number + 1) + "c").utf8)
                    return (0..<500).allSatisfy { _ in
                        (try? matcher.firstMatch(of: pattern, in: subject))?.whole == 0..<subject.count
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
