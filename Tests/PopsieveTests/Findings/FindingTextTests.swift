// Findings as a person sees them: the line, a mark under the column, no surprises from the file.
// Must not print.

import Foundation
import Testing

@testable import popsieve

@Suite struct FindingTextTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func text(_ content: String, _ line: Int, _ column: Int, hasColours: Bool = false) throws -> String {
        let file = try folder.write("f", content)
        let finding = Finding(Place(file: file, line: line, column: column), .error, "bad", "fix it")
        let text = FindingText(terminal: Terminal(hasColours: hasColours)).text([finding])
        return text.replacing(folder.path + "/", with: "")
    }

    @Test(
        arguments: [
            ("abc\n", 1, 2, "abc\n     ^"), ("x\n\tif y\n", 2, 5, "\tif y\n    \t   ^"),
            ("é = b\r\nx", 1, 4, "é = b\n      ^"), ("a\u{1B}[31m\n", 1, 1, "a\u{FFFD}[31m\n    ^"),
            ("a\u{202E}b\n", 1, 5, "a\u{FFFD}b\n      ^"), ("ab", 1, 9, "ab\n      ^"),
        ]
    )
    func excerpts(_ content: String, _ line: Int, _ column: Int, _ excerpt: String) throws {
        #expect(try text(content, line, column) == "f:\(line):\(column): error: bad; fix it\n    \(excerpt)\n")
    }

    @Test(arguments: [("abc\n", 3, 1), ("", 1, 1), (String(repeating: "x", count: 200), 1, 1), ("\n", 1, 1)])
    func noExcerpt(_ content: String, _ line: Int, _ column: Int) throws {
        #expect(try text(content, line, column) == "f:\(line):\(column): error: bad; fix it\n")
    }

    @Test func colours() throws {
        let text = try text("abc\n", 1, 1, hasColours: true)
        #expect(text.hasPrefix("\u{1B}[1mf:1:1:\u{1B}[0m \u{1B}[31;1merror:\u{1B}[0m bad; fix it\n"))
    }

    @Test func filesThatAreGoneAndFlags() {
        let findings = [
            Finding(Place(file: "/none", line: 1, column: 1), .warning, "a"),
            Finding(Place(file: "--listen"), .error, "b\n\u{1B}c", "d"),
        ]
        let text = FindingText(terminal: Terminal(hasColours: false)).text(findings)
        #expect(text == "/none:1:1: warning: a\n--listen: error: b\u{FFFD}\u{FFFD}c; d\n")
    }

    @Test func readingOrder() {
        func finding(_ file: String, _ line: Int?, _ column: Int?) -> Finding {
            Finding(Place(file: file, line: line, column: column), .error, "")
        }
        let findings = [
            finding("b", 2, 1), finding("a", 9, 1), finding("b", 1, 9), finding("b", 1, 2), finding("b", nil, nil),
        ]
        #expect(findings.inReadingOrder.map(\.place.description) == ["b", "b:1:2", "b:1:9", "b:2:1", "a:9:1"])
    }

    @Test(
        arguments: [
            ("upstreem", "upstream"), ("TLS", "tls"), ("t", nil), ("xyz", nil), ("", nil), ("rou", "routes"),
            ("ups", "upstream"), ("r", nil),
            (String(repeating: "upstream", count: 10_000), nil),
        ] as [(String, String?)]
    )
    func nearest(_ text: String, _ expected: String?) {
        #expect(["upstream", "tls", "routes"].nearest(to: text) == expected)
    }
}
