// What the tests of one script read, numbered, and the regular expressions that they ask of it.
// Must not read anything: a number stands for what will be read.

import Patterns

/// The texts that tests look at: some header fields, or something of the body.
struct AskedTexts {
    private struct Text {
        /// How many tests read it.
        var readers = 0
        let isBody: Bool
        /// The numbers of the regular expressions that are asked of it.
        var patterns: [Int] = []
    }

    private var numbers: [String: Int] = [:]
    private var texts: [Text] = []
    /// What each regular expression requires, by its number.
    private var required: [RequiredLiterals?] = []

    /// The number of a text, the same for all tests that name it the same.
    mutating func number(of name: String, isBody: Bool) -> Int {
        let number = numbers[name] ?? texts.count
        if number == texts.count {
            numbers[name] = number
            texts.append(Text(isBody: isBody))
        }
        texts[number].readers += 1
        return number
    }

    /// Numbers the regular expressions of a test, of which each requires literals, or else nothing.
    mutating func add(_ patterns: [RequiredLiterals?], of text: Int) -> Range<Int> {
        let numbers = required.count..<required.count + patterns.count
        required += patterns
        texts[text].patterns += numbers
        return numbers
    }

    /// Which texts more than one test reads, by number. The others are not remembered: to do that costs more than to read
    /// them twice.
    var areReadAgain: [Bool] { texts.map { $0.readers > 1 } }

    /// The scan for a program; nil if it would not pay for any text.
    func scan(for instructions: [Instruction], _ known: CompiledPatterns?) -> PatternScan? {
        let asked = texts.map { text in
            text.patterns.count { required[$0] != nil } < Limits.scannedPatterns ? nil : set(of: text.patterns)
        }
        if asked.allSatisfy({ $0 == nil }) { return nil }
        var gates = [Int](repeating: 0, count: required.count)
        for case (let index, .gate(let gate)) in instructions.enumerated() {
            for pattern in gate.patterns { gates[pattern] = index }
        }
        return PatternScan(
            automaton: known?.automaton(for: required) ?? LiteralAutomaton(required),
            asked: asked,
            ofFields: set(of: texts.filter { !$0.isBody }.flatMap(\.patterns)),
            ofBodies: set(of: texts.filter(\.isBody).flatMap(\.patterns)),
            gates: gates
        )
    }

    private func set(of patterns: [Int]) -> CandidateSet {
        var set = CandidateSet(count: required.count)
        for pattern in patterns { set.insert(pattern) }
        return set
    }
}
