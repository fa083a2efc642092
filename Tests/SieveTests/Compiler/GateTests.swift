// Where gates lead: past all tests that follow one another, and never past anything else.

import Patterns
import Testing

@testable import Sieve

struct GateTests {
    private func script(_ source: String) throws -> Script {
        let source = "require [\"regex\", \"fileinto\"];\n" + source
        return try #require(Compiler().compile(Array(source.utf8), name: "t").script)
    }

    private func gates(_ source: String) throws -> [Gate] {
        try script(source).instructions.compactMap { if case .gate(let gate) = $0 { gate } else { nil } }
    }

    private func tests(_ count: Int) -> String {
        (0..<count).map { #"if header :regex "Subject" "word\#($0)" { fileinto "\#($0)"; }"# }.joined(separator: "\n")
    }

    @Test func aRowOfTestsIsOneStep() throws {
        let script = try script(tests(100))
        guard case .gate(let gate) = script.instructions[0] else { return #expect(Bool(false), "no gate") }
        #expect(gate.end == 100)
        #expect(gate.exit == script.instructions.count)
    }

    @Test func anotherCommandEndsARow() throws {
        let gates = try gates(tests(3) + "\nkeep;\n" + tests(2))
        #expect(gates.map(\.end) == [3, 3, 3, 5, 5])
    }

    @Test func testsWithinATestAreFollowed() throws {
        let source = """
            if anyof (header :regex "Subject" "a1", allof (header :regex "Subject" "a2", header :regex "Subject" "a3")) { keep; }
            if not header :regex "Subject" "a4" { keep; }
            if header :regex "Subject" "a5" { keep; }
            """
        // Of `allof` the second is asked if the first is true.
        #expect(try gates(source).map(\.end) == [2, 2, 4, 4, 5])
    }

    @Test func fewPatternsAreNotScannedFor() throws {
        #expect(try script(tests(Limits.scannedPatterns - 1)).scan == nil)
        #expect(try script(tests(Limits.scannedPatterns)).scan != nil)
        // What requires nothing is found by no scan.
        let any = (0..<10).map { #"if header :regex "Subject" "[a-z]{\#($0)}" { keep; }"# }.joined(separator: "\n")
        #expect(try script(any).scan == nil)
    }

    @Test func whatTwoTestsReadIsNumberedOnce() throws {
        let script = try script(
            """
            if header :regex "Subject" ["a1", "a2", "a3"] { keep; }
            if header :is "subject" "x" { keep; }
            if header :regex "To" "a4" { keep; }
            """
        )
        #expect(script.textsReadAgain == [true, false])
        #expect(script.scan?.asked.map { $0 != nil } == [true, false])
    }
}
