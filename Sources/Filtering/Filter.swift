// One message against the rule set: asks for what it lacks, ends with a verdict.
// Must not do anything a verdict says; it can be run twice with the same result.

/// The evaluation of one message's header block.
package struct Filter {
    /// What the evaluation cannot go on without.
    package enum Need: Sendable, Equatable {
        /// The message's size in octets; answer with `provide(size:)`.
        case size
    }

    /// How far the evaluation got.
    package enum Step: Sendable {
        /// It waits for an answer and goes on at the same place.
        case needs(Need)
        /// It is over.
        case finished(Verdict)
    }

    /// Takes the header block as received: CRLF lines, with the empty line if there is one.
    package init(ruleSet: RuleSet, header: [UInt8], facts: Facts) {}

    /// Runs until something is missing or the verdict stands.
    package mutating func run() -> Step { .finished(Verdict()) }

    /// Answers `Need.size`.
    package mutating func provide(size: Int) {}
}
