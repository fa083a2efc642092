// Lines of the operator's log: one line each, whatever is in them.
// Must not write to standard error.

import Foundation
import Logging
import Testing

@testable import popsieve

@Suite struct LogLineTests {
    private func line(_ message: String, _ metadata: [String: String] = [:], level: Logger.Level = .info) -> LogLine {
        LogLine(time: "T", level: level, message: message, metadata: metadata)
    }

    @Test(
        arguments: [
            ([:], ""), (["b": "2", "a": "1"], " a=1 b=2"), (["a": "x y"], " a=\"x y\""), (["a": ""], " a=\"\""),
            (["a": "x=y"], " a=\"x=y\""), (["a": "q\"b\\"], " a=\"q\\\"b\\\\\""),
            (["a": "x\nT error forged"], " a=\"x\u{FFFD}T error forged\""), (["a": "\u{1B}[2J"], " a=\"\u{FFFD}[2J\""),
        ] as [([String: String], String)]
    )
    func text(_ metadata: [String: String], _ expected: String) {
        #expect(line("hello", metadata).text(Terminal(hasColours: false)) == "T info hello" + expected)
    }

    @Test func coloursAreForTerminals() {
        let text = line("hello", level: .error).text(Terminal(hasColours: true))
        #expect(text == "\u{1B}[2mT\u{1B}[0m \u{1B}[31merror\u{1B}[0m hello")
    }

    @Test func json() throws {
        let line = line("a \"b\"\n", ["level": "forged", "x": "y/z\u{2028}\u{9B}"], level: .warning).json
        #expect(!line.contains("\n") && line.contains(#""y/z\u2028\u009b""#), "\(line)")
        let read = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(read == ["time": "T", "level": "warning", "message": "a \"b\"\n", "x": "y/z\u{2028}\u{9B}"])
    }
}
