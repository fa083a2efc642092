// The example of the library's documentation, with its public interface only: it compiles, works, and is what is shown.

import Foundation
import Sieve
import Testing

struct LibraryExampleTests {
    func actions(of rules: [UInt8], on message: [UInt8]) -> [Action] {
        guard let script = Compiler().compile(rules, name: "rules.sieve").script else { return [] }
        var evaluation = Evaluation(script, header: message)
        while true {
            switch evaluation.run() {
            case .needs(.size): evaluation.provide(size: message.count)
            case .needs(.message): evaluation.provide(message: message)
            case .needs(let question): evaluation.provide(false, to: question)
            case .finished(let outcome): return outcome.actions
            }
        }
    }

    @Test func itWorks() {
        let rules = Array("if header \"subject\" \"x\" { discard; }".utf8)
        #expect(actions(of: rules, on: Array("Subject: x\r\n\r\n".utf8)).map(\.kind) == [.discard])
        #expect(actions(of: rules, on: []).map(\.kind) == [.keep])
    }

    @Test func isWhatTheDocumentationShows() throws {
        let here = URL(filePath: #filePath).resolvingSymlinksInPath()
        let page = here.deletingLastPathComponent().appending(path: "../../Sources/Sieve/Sieve.docc/Sieve.md")
            .standardized
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { String($0) }
        }
        let shown = try lines(page).drop { $0 != "```swift" }.dropFirst().prefix { $0 != "```" }
        let source = Set(try lines(here).map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : $0 })
        #expect(shown.count > 8)
        #expect(shown.filter { !source.contains($0) } == [])
    }
}
