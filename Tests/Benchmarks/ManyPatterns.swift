// How the price of regular expressions grows with their number, on header fields and on decoded text.
// Must not be of use to anybody: the patterns and the texts are made up, so that few match.

import Filtering
import Foundation
import Mail

/// Scripts of many regular expressions of one form.
struct ManyPatterns {
    /// Titles and names, so that the patterns begin in more than one way.
    private static let titles = [
        "prince", "doctor", "notary", "colonel", "widow", "minister", "director", "captain", "heir", "agent",
    ]
    private static let things = [
        "bank", "fund", "vault", "trust", "estate", "lottery", "transfer", "deposit", "claim", "award",
    ]

    /// The source of each pattern, all different. Those without literals match nothing either, but nothing can be told
    /// from a scan: they are what the others would cost without it.
    private static func pattern(_ number: Int, hasLiterals: Bool) -> String {
        let title = titles[number / 10 % 10]
        let thing = "\(things[number % 10])\(17 + number / 100)"
        let pattern = #"(?i)\\b\#(title)[a-z]{0,3}\\W+\#(thing)\\b"#
        return hasLiterals ? pattern : "(*UCP)\(pattern)"
    }

    static func header(_ count: Int, hasLiterals: Bool = true) -> Script {
        script(
            "\(count) on the header\(hasLiterals ? "" : ", no scan")",
            capabilities: #""regex", "editheader""#,
            count
        ) {
            #"if header :regex ["Subject", "From", "To"] "\#(pattern($0, hasLiterals: hasLiterals))""#
        }
    }

    static func body(_ count: Int, hasLiterals: Bool = true) -> Script {
        script(
            "\(count) on the text\(hasLiterals ? "" : ", no scan")",
            capabilities: #""regex", "editheader", "body""#,
            count
        ) {
            #"if body :regex "\#(pattern($0, hasLiterals: hasLiterals))""#
        }
    }

    private static func script(_ name: String, capabilities: String, _ count: Int, _ test: (Int) -> String) -> Script {
        let tests = (0..<count).map { "\(test($0)) { addheader \"X-Pattern\" \"\($0)\"; }" }
        return Script(name: name, source: "require [\(capabilities)];\n" + tests.joined(separator: "\n"))
    }
}

/// Each number of patterns beside the least.
struct ManyPatternsBenchmark {
    let messages: Messages
    let rounds: Int

    func run() throws {
        try show([0, 1, 3, 10, 100, 1_000].map { ManyPatterns.header($0) })
        try show([10, 100, 1_000].map { ManyPatterns.header($0, hasLiterals: false) })
        try show([1, 3, 10, 100, 1_000].map { ManyPatterns.body($0) })
        try show([10, 100].map { ManyPatterns.body($0, hasLiterals: false) })
    }

    private func show(_ scripts: [Script]) throws {
        for script in scripts {
            try FilteringBenchmark(messages: messages, script: script, rounds: rounds).run(beside: nil)
        }
    }
}
