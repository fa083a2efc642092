// Patterns that were compiled before, so that a script compiled again for another thread takes them as they are.
// Must not outlive the scripts that it is for: it forgets nothing.

import Synchronization

/// The patterns of a set of scripts, each compiled once; may be asked by any number of threads.
package final class CompiledPatterns: Sendable {
    private struct Key: Hashable {
        let source: [UInt8]
        let options: UInt32
    }

    private let known = Mutex<[Key: Pattern]>([:])
    private let automata = Mutex<[[RequiredLiterals?]: LiteralAutomaton]>([:])

    package init() {}

    /// How many there are.
    package var count: Int { known.withLock { $0.count } }

    /// A copy of the pattern that `source` says, compiled if nobody has asked for it before.
    package func pattern(_ source: [UInt8], options: Pattern.Options) throws(PatternError) -> Pattern {
        let key = Key(source: source, options: options.rawValue)
        if let pattern = known.withLock({ $0[key] }) { return pattern.copy }
        let pattern = try Pattern(source, options: options)
        known.withLock { $0[key] = pattern }
        return pattern.copy
    }

    /// A copy of the automaton for these patterns, built if nobody has asked for it before.
    package func automaton(for patterns: [RequiredLiterals?]) -> LiteralAutomaton {
        if let automaton = automata.withLock({ $0[patterns] }) { return automaton.copy }
        let automaton = LiteralAutomaton(patterns)
        automata.withLock { $0[patterns] = automaton }
        return automaton.copy
    }
}
