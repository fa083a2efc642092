// `try` and size limits: what the relay would do, and which setting says so.
// Must not test what the relay does: the end-to-end tests do.

import Audit
import Foundation
import Testing

struct TrialLimitTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("rules/0.sieve", "require \"body\"; if body :contains \"x\" { discard; }")
        try folder.write("m.eml", "Subject: a\r\n\r\n" + String(repeating: "x\r\n", count: 1_000))
    }

    private static let one = "upstream: a.example\n"
    private static let several = """
        upstreams:
          a: { host: a.example, size-limit: { octets: 1 KiB, outcome: pass } }
          b: b.example
        routes: [{ user: "a*", upstream: a }, { user: "*", upstream: b }]
        size-limit: { octets: 2 KiB, outcome: error }

        """
    private static let limited = "size-limit: { octets: 1 KiB"

    @Test(
        arguments: [
            (one + limited + " }", "", "rejected", "2:13  size-limit: more than 1024 octets", "a notice in place of"),
            (one + limited + ", outcome: error }", "", "rejected", "2:13  size-limit", "an error"),
            (
                one + limited + ", outcome: truncate, lines: 7 }", "", "truncated", "2:13  size-limit",
                "the header, 7 lines of the body and a note"
            ),
            (one + limited + ", outcome: pass }", "", "unjudged", "2:13  size-limit", "the message, with X-Popsieve-"),
            (one + "holding: { message: 1 KiB }", "", "rejected", "2:21  holding.message", "a notice in place of"),
            (several, "anna", "unjudged", "2:37  size-limit: more than 1024", "the message, with"),
            (several, "bob", "rejected", "5:13  size-limit: more than 2048", "an error"),
            (
                several + "users: [{ user: \"b*\", size-limit: { octets: 3 KiB } }]", "bob", "discarded", nil,
                "a notice in place of"
            ),
            (
                several + "users: [{ user: \"b*\", size-limit: { octets: 1 KiB } }]", "bob", "rejected",
                "6:35  size-limit: more than 1024", "a notice in place of"
            ),
            (one + "size-limit: { outcome: pass }", "", "discarded", nil, "a notice in place of"),
            (one, "", "discarded", nil, "a notice in place of"),
        ] as [(String, String, String, String?, String)]
    )
    func whatTheRelayDoesToALargeMessageIsToldWithItsSetting(
        settings: String,
        user: String,
        word: String,
        cause: String?,
        delivery: String
    ) async throws {
        try folder.write("popsieve.yaml", settings + "\n")
        let ended = try await folder.popsieve(["try", "--brief", "--user", user, "rules", "m.eml"])
        #expect(ended.output.hasPrefix("m.eml: \(word) (3014 octets"), "\(ended)")
        #expect(ended.output.contains("  popsieve.yaml:") == (cause != nil), "\(ended)")
        #expect(ended.output.contains("  popsieve.yaml:\(cause ?? "")") == (cause != nil), "\(ended)")
        #expect(ended.output.contains("  the client gets  \(delivery)"), "\(ended)")
        #expect(ended.output.contains("  without this limit it is discarded:\n") == (cause != nil), "\(ended)")
    }

    @Test func thatListenersHaveLimitsOfTheirOwnIsTold() async throws {
        let listener = "listeners: [{ address: \"127.0.0.1:1\", size-limit: { octets: 1 MiB } }]\n"
        try folder.write("popsieve.yaml", Self.one + listener + Self.limited + " }\n")
        let ended = try await folder.popsieve(["try", "--brief", "rules", "m.eml"])
        #expect(ended.output.contains("listeners have limits of their own"), "\(ended)")
    }

    @Test func theLimitIsInTheJSON() async throws {
        try folder.write("popsieve.yaml", Self.one + Self.limited + ", outcome: truncate }\n")
        let ended = try await folder.popsieve(["try", "--json", "--brief", "rules", "m.eml"])
        let value = try #require(AuditValue(parsing: Array(ended.output.utf8)))
        #expect(value["verdict"] == .text("truncated"))
        let limit: [String: AuditValue] = [
            "setting": .text("size-limit"), "place": .text("popsieve.yaml:2:13"), "octets": .number(1_024),
            "outcome": .text("truncate"), "verdict": .text("discarded"),
        ]
        #expect(value["size_limit"] == .object(limit), "\(ended)")
    }
}
