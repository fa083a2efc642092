// A page of README whose table names tests in its last column.
// Must not judge whether a test is good.

import Foundation
import Testing

struct ReadmePage {
    /// The words in backquotes of the last column of the table, line by line.
    let named: [[String]]

    init(_ title: String) throws {
        let readme = try String(contentsOfFile: SourceTree.root + "/README.md", encoding: .utf8)
        let page = readme.components(separatedBy: "\n## ").first { $0.hasPrefix(title + "\n") } ?? ""
        named = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.dropFirst().map {
            let column = $0.split(separator: "|").last(where: { !$0.allSatisfy(\.isWhitespace) }) ?? ""
            return column.matches(of: /`([^`]+)`/).map { String($0.1) }
        }
    }

    /// Each line names a test, as `Suite`, `Suite.function`, or `function` of the suite before it; and it is there.
    func checkTests() {
        for names in named {
            #expect(!names.isEmpty)
            var suite = ""
            for name in names {
                let parts = name.split(separator: ".").map(String.init)
                if parts[0].hasSuffix("Tests") { suite = parts[0] }
                let files = SourceTree.swift.filter { $0.path.hasSuffix("/\(suite).swift") }
                #expect(!files.isEmpty, "there is no \(suite)")
                guard let function = parts.last, !function.hasSuffix("Tests") else { continue }
                let isThere = files.contains { $0.lines.contains { $0.contains("func \(function)(") } }
                #expect(isThere, "\(suite) has no \(function)")
            }
        }
    }
}
