// README's page on security: each test that it names is there.
// Must not judge whether the test is good.

import Foundation
import Testing

@Suite("README's page on security")
struct SecurityPageTests {
    /// The words in backquotes of the last column of the table, line by line.
    private static var named: [[String]] {
        get throws {
            let readme = try String(contentsOfFile: SourceTree.root + "/README.md", encoding: .utf8)
            let page = readme.components(separatedBy: "\n## ").first { $0.hasPrefix("Security\n") } ?? ""
            return page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.dropFirst().map {
                let column = $0.split(separator: "|").last(where: { !$0.allSatisfy(\.isWhitespace) }) ?? ""
                return column.matches(of: /`([^`]+)`/).map { String($0.1) }
            }
        }
    }

    @Test("each attack names its tests, and these exist")
    func tests() throws {
        let rows = try Self.named
        #expect(rows.count > 10)
        for names in rows {
            #expect(!names.isEmpty)
            var suite = ""
            for name in names {
                let parts = name.split(separator: ".").map(String.init)
                if parts[0].hasSuffix("Tests") { suite = parts[0] }
                let file = SourceTree.swift.first { $0.path.hasSuffix("/\(suite).swift") }
                let text = file?.lines.joined(separator: "\n") ?? ""
                #expect(!text.isEmpty, "there is no \(suite)")
                guard let function = parts.last, !function.hasSuffix("Tests") else { continue }
                #expect(text.contains("func \(function)("), "\(suite) has no \(function)")
            }
        }
    }
}
