// Scripts whose every step is within its limit, and which end all the same.

import Mail
import Synchronization
import Testing

@testable import Sieve

struct StopwatchTests {
    /// A clock on which each reading is a second later than the last.
    private final class Clock: Sendable {
        private let seconds = Mutex(0)

        func now() -> Duration {
            seconds.withLock { seconds in
                seconds += 1
                return .seconds(seconds)
            }
        }
    }

    private func failure(_ source: String, fields: Int, time: Duration) -> String? {
        var context = MessageContext()
        context.processorTime = Clock().now
        var limits = Sieve.Limits()
        limits.time = time
        let message = String(repeating: "A: x\n", count: fields) + "\n"
        return evaluate(source, on: message, limits: limits, context: context).failure
    }

    /// Each field takes a step that is within its limit, and a message may have ten thousand.
    @Test func aFieldRepeatedForEverEndsAtTheLimitOfTime() {
        let source = #"require "regex"; if header :regex "A" "^(a+)+$" { discard; }"#
        #expect(failure(source, fields: 1_000, time: .seconds(3)) == "1 the script took longer than allowed (time)")
        #expect(failure(source, fields: 1_000, time: .seconds(1_000)) == nil)
        #expect(failure(source, fields: 8, time: .zero) == nil)
    }

    /// Each turn of the loop decodes the whole message.
    @Test func aBodyDecodedForEachPartEndsAtTheLimitOfTime() {
        var context = MessageContext()
        context.processorTime = Clock().now
        var limits = Sieve.Limits()
        limits.time = .seconds(3)
        let part = "--b\n\nx\n"
        let message = "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: part, count: 1_000)
        let source = #"require ["foreverypart", "body"]; foreverypart { if body :contains "y" { discard; } }"#
        let failure = evaluate(source, on: message, limits: limits, context: context).failure
        #expect(failure == "1 the script took longer than allowed (time)")
    }

    @Test func keysThatDifferAtAGlanceArePaidFor() {
        var limits = Sieve.Limits()
        limits.comparedOctets = 5_000
        let keys = (0..<100).map { "\"key\($0)\"" }.joined(separator: ", ")
        let message = String(repeating: "A: x\n", count: 100) + "\n"
        #expect(
            evaluate("if header :is \"A\" [\(keys)] { discard; }", on: message, limits: limits).failure
                == "1 too much text compared (comparedOctets)"
        )
    }

    /// A field that decodes to nothing leaves nothing to compare. What two tests take from it is read once for both.
    @Test func readingIsPaidForAsComparingIs() {
        var limits = Sieve.Limits()
        limits.comparedOctets = 1_000
        let test = #"if address :localpart "From" "x" { discard; }"#
        let other = #"if address :domain "From" "x" { discard; }"#
        let message = "From: " + String(repeating: "(comment) ", count: 50) + "\n\n"
        #expect(evaluate(test + test, on: message, limits: limits).failure == nil)
        #expect(
            evaluate(test + other, on: message, limits: limits).failure == "1 too much text compared (comparedOctets)"
        )
    }
}
