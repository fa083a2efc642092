// The scan for many literals: against a search for each of them alone.
// Must not measure time.

import Testing

@testable import Patterns

struct LiteralAutomatonTests {
    private func literals(_ pattern: String) -> RequiredLiterals? {
        RequiredLiterals(of: Array(pattern.utf8), options: [.utf, .caseless])
    }

    private func found(_ patterns: [String], in subject: String) -> [Int] {
        found(LiteralAutomaton(patterns.map(literals)), in: Array(subject.utf8))
    }

    private func found(_ automaton: LiteralAutomaton, in subject: [UInt8]) -> [Int] {
        var candidates = automaton.always
        automaton.scan(subject, into: &candidates)
        return (0..<automaton.count).filter(candidates.contains)
    }

    private static let patterns = ["she", "he", "hers", "his", "ushers?", "x*", "he"]
    private static let subjects: [(String, [Int])] = [
        ("", [5]), ("ushers", [0, 1, 2, 4, 5, 6]), ("USHE", [0, 1, 4, 5, 6].filter { $0 != 4 }), ("hi", [5]),
        ("ahishe", [0, 1, 3, 5, 6]),
        ("u\u{17F}HER\u{17F}", [0, 1, 2, 4, 5, 6]), ("h", [5]), ("\u{212A}he", [1, 5, 6]),
    ]

    @Test(arguments: subjects)
    func literalsWithinEachOther(_ subject: String, _ numbers: [Int]) {
        #expect(found(Self.patterns, in: subject) == numbers)
    }

    @Test func whatStandsAcrossTheQuartersOfALongSubjectIsFound() {
        let automaton = LiteralAutomaton([literals("needle"), literals("longestliteral")])
        for length in [255, 256, 257, 400, 403] {
            for place in 0...(length - 6) {
                var subject = [UInt8](repeating: UInt8(ascii: "n"), count: length)
                subject.replaceSubrange(place..<place + 6, with: Array("NEEDLE".utf8))
                #expect(found(automaton, in: subject) == [0], "\(length) \(place)")
            }
        }
    }

    @Test func whatFindsNoRoomIsAlwaysACandidate() {
        let patterns = (0..<100).map { literals("number\($0)end") }
        let automaton = LiteralAutomaton(patterns, tableSize: 8_192)
        let always = (0..<100).filter(automaton.always.contains)
        #expect(always.contains(99))
        #expect(!always.contains(0))
        #expect(found(automaton, in: Array("a number0end".utf8)) == [0] + always)
        #expect(found(LiteralAutomaton(patterns), in: Array("a number99end".utf8)) == [99])
    }

    @Test func aCopyOutlivesItsOriginal() {
        var original: LiteralAutomaton? = LiteralAutomaton([literals("abc"), literals("bcd")])
        let copy = original?.copy.copy
        original = nil
        #expect(copy.map { found($0, in: Array("xbcd".utf8)) } == [1])
    }

    @Test func thoseOfTheSamePatternsAreBuiltOnce() {
        let known = CompiledPatterns()
        let (first, second) = (known.automaton(for: [literals("abc")]), known.automaton(for: [literals("abc")]))
        #expect(first !== second)
        #expect(found(second, in: Array("abc".utf8)) == [0])
        #expect(found(known.automaton(for: [literals("abd")]), in: Array("abc".utf8)) == [])
    }

    @Test(arguments: [0, 1, 63, 64, 65, 200])
    func theNextOfASet(count: Int) {
        var set = CandidateSet(count: count)
        let members = (0..<count).filter { $0 % 7 == 3 || $0 > 120 }
        for member in members { set.insert(member) }
        for start in 0...count {
            for end in start...count {
                #expect(set.next(from: start, below: end) == members.first { $0 >= start && $0 < end } ?? end)
            }
        }
    }
}
