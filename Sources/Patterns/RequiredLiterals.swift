// Texts that a subject must hold for a pattern to match: one scan for all of them saves most matches.
// Must not guess: a pattern that is not understood requires nothing, and is always tried.

/// At least one of these stands in every subject that the pattern matches, in either case of its letters.
package struct RequiredLiterals: Sendable, Hashable {
    /// Folded (`Folding`), none shorter than `LiteralLimits.shortest`.
    package let alternatives: [[UInt8]]

    /// What `source` requires, read with `options`; nil if that is nothing, or not known for certain. PCRE2 must have
    /// compiled it: this tells no faulty pattern from a right one.
    package init?(of source: [UInt8], options: Pattern.Options) {
        guard let literals = PatternReader.requirement(of: source, options)?.literals?.texts else { return nil }
        alternatives = literals
    }
}
