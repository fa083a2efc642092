// Rule files that are not run, because nothing in the header could make them do anything.
// Must not differ from running them: each is judged both ways.

import Testing

@testable import Filtering
@testable import Sieve

@Suite("Rule files without anything to do") struct IdleFilesTests {
    /// Conditions, and whether a header without their fields settles that nothing is done.
    private static let conditions: [(text: String, isSettled: Bool)] = [
        (#"header :is "X-A" "1""#, true), (#"header :contains ["X-A", "X-B"] "1""#, true),
        (#"header :matches "X-A" "*""#, true), (#"header :regex "X-A" "^[0-9]$""#, true),
        (#"exists "X-A""#, true), (#"exists ["X-A", "Subject"]"#, true),
        (#"address :domain "Delivered-To" "example.com""#, true),
        (#"address :count "eq" "Delivered-To" "0""#, false),
        (#"header :count "eq" "X-A" "0""#, false), (#"header :count "ge" "X-A" "1""#, false),
        (#"header :index 1 "X-A" "1""#, true),
        (#"not header :is "X-A" "1""#, false), (#"not exists "X-A""#, false),
        (#"not not exists "X-A""#, true), (#"not anyof (not exists "X-A", exists "X-B")"#, true),
        (#"anyof (exists "X-A", header :is "X-B" "1")"#, true), (#"allof (exists "X-A", size :over 1)"#, true),
        (#"anyof (exists "X-A", size :over 1)"#, true), (#"allof (not exists "X-A", exists "X-B")"#, true),
        (#"header "X-${x}A" "1""#, false), (#"header "X-A" "1${x}""#, true), ("true", false), ("false", true),
        (#"environment :is "vnd.popsieve.user" "anna""#, false),
        (#"environment :matches "vnd.popsieve.spam-score" "*""#, true),
        (#"environment :matches "VND.popsieve.virus_unscanned" "*""#, true), (#"string "${x}" """#, false),
        ("size :over 5", true), ("size :under 5", true), ("not size :over 5", false), ("size :over 0", true),
        (#"anyof (size :over 8, size :under 2)"#, true), (#"anyof (size :under 8, size :over 2)"#, false),
        (#"allof (size :over 2, not exists "X-A")"#, true), (#"allof (not exists "X-A", size :over 9)"#, true),
    ]

    private static let headers = [
        "", "X-A: 1\r\n", "X-A: 2\r\nSubject: 1\r\n", "x-b: 1\r\n", "X-A: 1\r\nX-B: 1\r\n", "Subject: 1\r\n",
        "Delivered-To: a@example.com\r\n", "X-Ab: 1\r\nX-A : 1\r\n", "Delivered-To: a@example.com\r\nX-A:\r\n",
    ]

    private static let require =
        #"require ["editheader", "environment", "index", "regex", "relational", "variables"]; "#

    private static func ruleSet(_ sources: [String]) throws -> RuleSet {
        let files = sources.enumerated().map { RuleFile(name: "\($0.offset).sieve", source: Array($0.element.utf8)) }
        return try RuleSet(files: files)
    }

    /// Word, edited header, matches, failure.
    private static func judged(_ ruleSet: RuleSet, _ header: String, size: Int? = 9, isTraced: Bool) throws -> [String]
    {
        let octets = Array((header + "\r\n").utf8)
        let facts = Facts(size: size, user: "anna")
        let filter = Filter(ruleSet: ruleSet, header: octets, facts: facts, isTraced: isTraced)
        if size == nil, case .needs(.size) = filter.run() { filter.provide(size: nil) }
        guard case .finished(let verdict) = filter.run() else { return ["unfinished"] }
        let edited = verdict.header.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let failure = verdict.failure ?? ""
        return [verdict.word, edited, "\(verdict.matches)", "\(verdict.edits)", failure, "\(filter.depth)"]
    }

    @Test("it is known what settles that nothing is done", arguments: conditions)
    func settled(_ condition: (text: String, isSettled: Bool)) throws {
        let rule = "\(Self.require) if \(condition.text) { discard; }"
        let script = try #require(try Self.ruleSet([rule]).scripts.first)
        #expect((script.idle != nil) == condition.isSettled, "\(condition.text)")
    }

    @Test("a verdict is the same whether such files are run or not", arguments: conditions)
    func same(_ condition: (text: String, isSettled: Bool)) throws {
        for command in [#"addheader "X-B" "1";"#, "discard;", #"deleteheader "Subject";"#, "keep;", "stop;"] {
            let rules = try Self.ruleSet([
                "\(Self.require) if \(condition.text) { \(command) } elsif exists \"X-B\" { deleteheader \"X-A\"; }",
                "\(Self.require) if exists \"X-B\" { addheader \"X-C\" \"1\"; } else { deleteheader \"X-A\"; }",
                "\(Self.require) if allof (exists \"X-C\", not \(condition.text)) { addheader \"X-D\" \"1\"; }",
            ])
            for header in Self.headers {
                for size in [nil, 1, 2, 5, 9] {
                    let run = try Self.judged(rules, header, size: size, isTraced: true)
                    let judged = try Self.judged(rules, header, size: size, isTraced: false)
                    #expect(judged == run, "\(condition.text) \(command) \(header) \(size ?? -1)")
                }
            }
        }
    }

    @Test("what an earlier file adds wakes a later one")
    func woken() throws {
        let rules = try Self.ruleSet([
            "\(Self.require) addheader \"X-A\" \"1\";",
            "\(Self.require) if exists \"X-A\" { addheader \"X-B\" \"1\"; }",
        ])
        #expect(rules.scripts.map { $0.idle != nil } == [false, true])
        #expect(try Self.judged(rules, "", isTraced: false)[1].contains("X-B: 1"))
    }

    /// Shipped rules that put mail into the quarantine where there is a scanner made everybody's mail be kept without one.
    @Test(
        "what is known never to be run asks for nothing",
        arguments: [
            "fileinto \"x\";", "reject \"x\";", "discard;", "if size :over 1 { keep; }",
            "if body \"x\" { keep; }", "if environment \"vnd.popsieve.user\" \"x\" { keep; }",
        ]
    )
    func unasked(_ command: String) throws {
        let require = #"require ["body", "environment", "fileinto", "ihave", "reject"]; "#
        for (condition, isRun) in [("ihave \"unheard-of\"", false), ("exists \"Subject\"", true)] {
            let source = "\(require) if \(condition) { \(command) } else { keep; }"
            let file = RuleFile(name: "a.sieve", source: Array(source.utf8))
            let rules = try RuleSet(files: [file], reach: [.body, .quarantine])
            let asks = rules.mayQuarantine || rules.mayReject || rules.mayWithhold || rules.needsSize
            #expect((asks || rules.mayWantBody || rules.asksEnvironment) == isRun, "\(condition) \(command)")
        }
    }
}
