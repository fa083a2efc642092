// The example of the library's documentation, with its public interface only: it compiles, works, and is what is shown.

import Foundation
import Mail
import Sieve
import Testing

struct LibraryExampleTests {
    enum Filtered {
        /// The rules are wrong: where, what it is, and how to fix it.
        case faulty([String])
        /// The rules could not be run to their end, for this reason: the message is to be kept as it came.
        case failed(String)
        /// What is to be done, and the message as the rules have edited it.
        case decided([Action], message: [UInt8])
    }

    func filter(_ message: [UInt8], by rules: [UInt8]) -> Filtered {
        let compilation = Compiler().compile(rules, name: "rules.sieve")
        guard let script = compilation.script else { return .faulty(compilation.diagnostics.map(\.description)) }
        var evaluation = Evaluation(script, header: message)
        while true {
            switch evaluation.run() {
            case .needs(.size): evaluation.provide(size: message.count)
            case .needs(.message): evaluation.provide(message: message)
            case .needs(let question): evaluation.provide(false, to: question)
            case .finished(let outcome):
                if let failure = outcome.failure { return .failed(failure.description) }
                let edited = outcome.header.rendered() + message[outcome.header.range.upperBound...]
                return .decided(outcome.actions, message: outcome.message?.joined() ?? edited)
            }
        }
    }

    private func filtered(_ rules: String, _ message: String = "Subject: x\r\n\r\nbody\r\n") -> Filtered {
        filter(Array(message.utf8), by: Array(rules.utf8))
    }

    @Test func theActionsAndTheEditedMessage() {
        let rules = "require \"editheader\"; addheader \"X-A\" \"1\"; if header \"subject\" \"x\" { discard; }"
        guard case .decided(let actions, let message) = filtered(rules) else {
            Issue.record("not decided")
            return
        }
        #expect(actions.map(\.description) == ["addheader X-A", "discard"])
        #expect(String(decoding: message, as: UTF8.self) == "X-A: 1\r\nSubject: x\r\n\r\nbody\r\n")
        guard case .decided(let kept, let same) = filtered("keep;", "") else {
            Issue.record("not decided")
            return
        }
        #expect(kept.map(\.kind) == [.keep])
        #expect(same == [])
    }

    @Test func theMessageWithOtherContents() {
        let rules = "require [\"editheader\", \"replace\"]; replace \"gone\"; addheader \"X-A\" \"1\";"
        guard case .decided(let actions, let message) = filtered(rules) else {
            Issue.record("not decided")
            return
        }
        #expect(actions.map(\.kind) == [.replace, .addHeader(name: "X-A"), .keep])
        let text = String(decoding: message, as: UTF8.self)
        #expect(text.hasPrefix("X-A: 1\r\nSubject: x\r\n"))
        #expect(text.hasSuffix("\r\n\r\ngone"))
    }

    @Test func theFailureAndTheErrors() {
        guard case .failed(let reason) = filtered("require \"reject\"; keep;\nreject \"no\";") else {
            Issue.record("not failed")
            return
        }
        #expect(reason.hasPrefix("rules.sieve:2:1: reject/ereject action conflicts"))
        guard case .faulty(let errors) = filtered("kepe;\nstop") else {
            Issue.record("not faulty")
            return
        }
        #expect(errors.count == 2)
        #expect(errors.first?.hasSuffix("did you mean 'keep'?") == true)
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
        #expect(shown.count > 20)
        #expect(shown.filter { !source.contains($0) } == [])
    }
}
