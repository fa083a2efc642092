// The regular expressions that a script asks of the same texts, and the one scan that tells which of them may match.
// Must not decide a test: what may match is matched by PCRE2, as ever.

import Patterns

/// The regular expressions of a script, numbered in its order. A class, so that programs are not larger for it.
final class PatternScan: Sendable {
    /// Finds the literals that the expressions require.
    let automaton: LiteralAutomaton
    /// All of them: before a text is scanned, all that are asked of it may match.
    let all: CandidateSet
    /// The expressions asked of each text, by its number; nil for a text that is asked too little to be scanned.
    let asked: [CandidateSet?]
    /// Those asked of header fields: what is known of them ends with an edit.
    let ofFields: CandidateSet
    /// Those asked of the body.
    let ofBodies: CandidateSet
    /// The gate before the test of each expression.
    let gates: [Int]

    init(
        automaton: LiteralAutomaton,
        asked: [CandidateSet?],
        ofFields: CandidateSet,
        ofBodies: CandidateSet,
        gates: [Int]
    ) {
        self.automaton = automaton
        self.asked = asked
        self.ofFields = ofFields
        self.ofBodies = ofBodies
        self.gates = gates
        var all = CandidateSet(count: automaton.count)
        for number in 0..<automaton.count { all.insert(number) }
        self.all = all
    }
}

/// Stands before a test that asks a text by regular expressions, and goes round it if none of them may match.
struct Gate: Sendable {
    /// The numbers of the expressions.
    let patterns: Range<Int>
    /// Behind the test and all tests behind it that a gate stands before, one after the other as they are asked if each is
    /// false: the first number that is not theirs, and the instruction where it goes on if none of theirs may match.
    var end: Int
    var exit: Int
}

extension [Instruction] {
    /// Lets each gate lead past all tests that follow one another, now that all instructions are there.
    mutating func joinGates() {
        for index in indices.reversed() {
            guard case .gate(var gate) = self[index] else { continue }
            gate.exit = place(from: gate.exit)
            if gate.exit < count, case .gate(let next) = self[gate.exit], next.patterns.lowerBound == gate.end {
                (gate.end, gate.exit) = (next.end, next.exit)
            }
            self[index] = .gate(gate)
        }
    }

    /// Where it goes on from an instruction if the flag is false: behind all jumps.
    private func place(from start: Int) -> Int {
        var place = start
        while place < count {
            switch self[place] {
            // Only a loop jumps back, to what is no jump.
            case .jump(let target), .jumpIfFalse(let target): place = target
            case .jumpIfTrue: place += 1
            case .test, .perform, .set, .negate, .stop, .gate: return place
            }
        }
        return place
    }
}
