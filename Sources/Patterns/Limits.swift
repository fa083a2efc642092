// The bounds of compiling and of matching: a rule's author may err, a message's author may attack.
// Must not hold a bound of anything but patterns.

/// What a pattern may cost when it is compiled.
package struct CompileLimits: Sendable {
    /// Octets of one pattern. Longer than any that a person writes; lists of words come to some thousands.
    package var patternLength = 65_536
    /// Parentheses inside each other. PCRE2's own default.
    package var nesting: UInt32 = 250

    package init() {}
}

/// What literals are looked for, and what looking for them may cost.
enum LiteralLimits {
    /// Octets of a literal. One octet stands in most texts, two in few if they are rare.
    static let shortest = 2
    /// A longer literal is found by its rarer piece; each octet is a state of the automaton at most.
    static let longest = 24
    /// Texts that come of classes and alternatives behind each other, such as the four of `v[i1][a4]gra`.
    static let products = 16
    /// Literals of one pattern, such as those of a list of words.
    static let alternatives = 4_096
    /// Octets of one automaton's table: 10,000 patterns with literals of eight octets come to half of it. Patterns that
    /// find no room in it are always candidates.
    static let table = 32 << 20
    /// A subject is scanned at four places at once if it has so many octets: the processor waits for each step.
    static let lanes = 256
}

/// What one match may cost. Each bound ends a match with an error that has the bound's name.
package struct MatchLimits: Sendable {
    /// Steps of backtracking. A million is beyond all honest patterns on a header field, and takes 3 ms of machine code
    /// (13 ms without) for `^(a+)+$`; PCRE2's default is ten times that.
    package var steps: UInt32 = 1_000_000
    /// Nested backtracking points; counts without machine code only.
    package var depth: UInt32 = 250_000
    /// KiB of memory for backtracking: the heap without machine code, its stack with it.
    package var heap: UInt32 = 8_192

    package init() {}
}

/// The bound that a match ran into.
package enum MatchError: Error, Sendable, Equatable {
    /// `MatchLimits.steps` are spent.
    case stepLimit
    /// `MatchLimits.depth` was reached.
    case depthLimit
    /// `MatchLimits.heap` is full.
    case heapLimit
    /// PCRE2 refused for a reason of its own, of which none is known to be reachable; its number.
    case refused(Int32)
}

extension MatchError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .stepLimit: "the regular expression took more steps than allowed (steps)"
        case .depthLimit: "the regular expression backtracked deeper than allowed (depth)"
        case .heapLimit: "the regular expression needed more memory than allowed (heap)"
        case .refused(let code): "PCRE2: \(PatternError.sentence(of: code))"
        }
    }
}
