// Random patterns on texts made of their own literals: what PCRE2 matches is a candidate of the scan.
// Must not be quiet about how much it has looked at: patterns that never match would prove nothing.

import Testing

@testable import Patterns

struct CandidatePropertyTests {
    private static let options: [Pattern.Options] = [
        .caseless, .unicodeProperties, .multiline, .dotAll, .extended, .anchored, .endAnchored, .dollarEndOnly,
        .ungreedy,
        .noAutoCapture, .duplicateNames,
    ]

    /// How many patterns of a seed were compiled, required something, and matched a text.
    private struct Tally {
        var compiled = 0
        var requiring = 0
        var matches = 0
        /// Texts that a pattern which requires something was kept from.
        var left = 0
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatMatchesIsACandidate(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let matcher = try #require(Matcher())
        var tally = Tally()
        for _ in 0..<4_000 { try look(at: &random, matcher, &tally, seed) }
        #expect(tally.compiled > 1_500)
        #expect(tally.requiring > 500)
        #expect(tally.matches > 1_000)
        #expect(tally.left > 500)
    }

    private func look(at random: inout SeededGenerator, _ matcher: Matcher, _ tally: inout Tally, _ seed: UInt64) throws
    {
        let generated = GeneratedPattern.random(&random, depth: 3)
        let source = Array(generated.source.utf8)
        let options = randomOptions(&random)
        guard let pattern = try? Pattern(source, options: options) else { return }
        tally.compiled += 1
        guard let required = RequiredLiterals(of: source, options: options) else { return }
        tally.requiring += 1
        let automaton = LiteralAutomaton([required])
        for _ in 0..<6 {
            let subject = subject(of: generated.sample, &random)
            // A match that runs into a limit tells nothing.
            guard let matches = try? matcher.matches(pattern, in: subject) else { continue }
            var candidates = automaton.always
            automaton.scan(subject, into: &candidates)
            tally.matches += matches ? 1 : 0
            tally.left += candidates.contains(0) ? 0 : 1
            if matches, !candidates.contains(0) {
                let what = "\(generated.source) with \(options.rawValue) matches \(subject)"
                Issue.record("seed \(seed): \(what), requires \(required.alternatives)")
            }
        }
    }

    private func randomOptions(_ random: inout SeededGenerator) -> Pattern.Options {
        if Int.random(in: 0..<20, using: &random) == 0 {
            return [.literal, [[], .utf, [.utf, .caseless], .caseless].randomElement(using: &random) ?? []]
        }
        var options: Pattern.Options = Int.random(in: 0..<4, using: &random) == 0 ? [] : .utf
        for option in Self.options where Int.random(in: 0..<5, using: &random) == 0 { options.insert(option) }
        return options
    }

    /// The sample among other things, in another case, cut, or with octets that are not UTF-8.
    private func subject(of sample: String, _ random: inout SeededGenerator) -> [UInt8] {
        var octets: [UInt8] = []
        let pieces = Int.random(in: 0...3, using: &random)
        let place = Int.random(in: 0...pieces, using: &random)
        for index in 0...pieces {
            octets += (GeneratedPattern.noise.randomElement(using: &random) ?? "").utf8
            if index == place { octets += cased(sample, &random).utf8 }
        }
        switch Int.random(in: 0..<12, using: &random) {
        case 0: octets.insert(0xFF, at: Int.random(in: 0...octets.count, using: &random))
        case 1: if !octets.isEmpty { octets.remove(at: Int.random(in: 0..<octets.count, using: &random)) }
        default: break
        }
        return octets
    }

    private func cased(_ sample: String, _ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: sample.uppercased()
        case 1: sample.lowercased()
        case 2: sample.replacing("s", with: "ſ").replacing("k", with: "\u{212A}")
        default: sample
        }
    }
}
