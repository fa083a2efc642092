// The shortest run of `benchmark --relay`: whether its load sees what a relay does to replies.
// Must not look at figures: those are for people.

import Foundation
import Testing

@Suite("Benchmark of the relay", .timeLimit(.minutes(2)))
struct RelayBenchmarkTests {
    private func run(_ rule: String, _ arguments: [String], _ check: (Ended) throws -> Void) async throws {
        try await Folder.temporary { folder in
            try folder.folder("rules").write("10-test.sieve", rule)
            let short = ["--relay", "--rules", folder["rules"], "--rounds", "1", "--seconds", "0.1"]
            try check(await Child.run(path: Built.folder + "/benchmark", short + arguments, in: folder))
        }
    }

    private func lines(_ ended: Ended) -> [Substring] {
        String(decoding: ended.output, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("| ") }
    }

    @Test("whatever is whole has figures", arguments: ["plain", "tls", "tls-to-tls"])
    func figures(path: String) async throws {
        let cells = ["--cells", "logins", "4k-pipelined", "--paths", path]
        try await run("keep;", cells + ["--only", "popsieve"]) { ended in
            #expect(ended.status == 0, "\(ended)")
            // A head of two lines, a line for each cell, and one for the processor time of logins.
            #expect(lines(ended).count == 2 + 2 + 1, "\(ended)")
            #expect(!ended.output.contains("failed".utf8), "\(ended)")
        }
    }

    @Test(
        "a reply that is not what the upstream said has failed, and is no figure",
        arguments: [
            ("a short notice for a message", "discard;", "4k"),
            ("short notices, sent ahead", "discard;", "4k-pipelined"),
            ("a header field more", #"require "editheader"; addheader "X-More" "1";"#, "4k"),
        ]
    )
    func failures(name: String, rule: String, cell: String) async throws {
        try await run(rule, ["--cells", cell, "--paths", "plain", "--only", "popsieve"]) { ended in
            #expect(ended.status == 1, "\(ended)")
            for line in lines(ended).dropFirst(2) { #expect(line.hasSuffix(" failed |"), "\(ended)") }
            #expect(ended.errors.contains("a message of another length"), "\(ended)")
        }
    }

    @Test("a relay that does not start has failed, and is no figure")
    func notStarted() async throws {
        try await run("keep;", ["--cells", "logins", "--only", "popsieve", "--popsieve", "/bin/false"]) { ended in
            #expect(ended.status == 1, "\(ended)")
            #expect(lines(ended).count == 2 + 3 + 3)
            for line in lines(ended).dropFirst(2) { #expect(line.hasSuffix(" failed |"), "\(ended)") }
        }
    }
}
