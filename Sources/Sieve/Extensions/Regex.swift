// regex (draft-murchison-sieve-regex): :regex with the syntax of PCRE2, under match limits.
// Must not let a pattern or a subject run without bounds.

import Patterns

extension Extension {
    static let regex = Extension(capability: "regex")
}

enum RegularExpression {
    /// Compiles a key of `:regex`; comparators that ignore case make it do so as well.
    ///
    /// - Parameters:
    ///   - octets: The key.
    ///   - ignoringCase: Whether letters match in either case.
    ///   - known: Where it may have been compiled before.
    static func pattern(
        _ octets: [UInt8],
        ignoringCase: Bool,
        known: CompiledPatterns? = nil
    ) throws(PatternError) -> Pattern {
        let options = options(ignoringCase)
        guard let known else { return try Pattern(octets, options: options) }
        return try known.pattern(octets, options: options)
    }

    /// What a key requires of every text that it matches.
    static func required(by octets: [UInt8], ignoringCase: Bool) -> RequiredLiterals? {
        RequiredLiterals(of: octets, options: options(ignoringCase))
    }

    private static func options(_ ignoringCase: Bool) -> Pattern.Options { ignoringCase ? [.utf, .caseless] : .utf }
}

extension Machine {
    /// Whether `pattern` matches anywhere in a value.
    mutating func matches(_ pattern: Pattern, _ value: [UInt8]) throws(Interruption) -> Bool {
        let matcher = try patternMatcher()
        try checkTime()
        do throws(MatchError) {
            return try matcher.matches(pattern, in: value)
        } catch {
            throw .failed(error.description)
        }
    }

    /// The whole match and its groups; a group that took no part is empty.
    mutating func firstMatch(of pattern: Pattern, in value: [UInt8]) throws(Interruption) -> [Range<Int>]? {
        let matcher = try patternMatcher()
        try checkTime()
        do throws(MatchError) {
            return try matcher.firstMatch(of: pattern, in: value)?.groups.map { $0 ?? 0..<0 }
        } catch {
            throw .failed(error.description)
        }
    }

    private mutating func patternMatcher() throws(Interruption) -> Matcher {
        if let matcher { return matcher }
        var limits = MatchLimits()
        limits.steps = self.limits.regexSteps
        guard let made = Matcher(limits: limits) else { throw .failed("out of memory") }
        matcher = made
        return made
    }
}
