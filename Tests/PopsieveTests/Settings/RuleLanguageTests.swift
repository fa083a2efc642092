// Settings of the rule language: what they mean, what is wrong with them, what rules make of them.
// Must not test the rule language.

import Filtering
import Foundation
import Sieve
import Testing

@testable import popsieve

@Suite struct RuleLanguageTests {
    private static let full = """
        upstream: a.example
        lists: { friends: friends.txt, "tag:example.com,2026:foes": /foes, bosses: [Anna, "b,c"] }
        spamtest: { header: X-Spam-Score, pattern: "score=([0-9.]+)", maximum: 10.5 }
        virustest: { header: X-Virus, type: text, words: { 1: "Clean", 5: "Infected" } }
        address-separator: "-"
        editheader: { forbid-add: [Received, "X-A"], forbid-delete: [Date], value-length: 4 KiB }

        """

    @Test func everyValueHasItsPlace() {
        let (settings, findings) = SettingsTests.read(Self.full)
        let language = settings.language
        #expect(findings == [])
        #expect(language.lists.map(\.name) == ["friends", "tag:example.com,2026:foes", "bosses"])
        #expect(
            language.lists.map(\.source) == [.file("/etc/friends.txt"), .file("/foes"), .values(["Anna", "b,c"])]
        )
        #expect(language.spamtest?.field == "X-Spam-Score")
        #expect(language.spamtest?.pattern == "score=([0-9.]+)")
        #expect(language.spamtest?.maximum == 10.5)
        #expect(language.virustest?.kind == .text)
        #expect(language.virustest?.words == [1: "Clean", 5: "Infected"])
        #expect(language.addressSeparator == "-")
        #expect(language.forbidAdd == ["Received", "X-A"])
        #expect(language.forbidDelete == ["Date"])
        #expect(language.valueLength == 4096)
    }

    @Test func whatIsShownMeansTheSame() {
        let text = SettingsTests.read(Self.full).settings.text
        let (again, findings) = SettingsTests.read(text)
        #expect(findings == [])
        #expect(again.text == text)
        #expect(again.language.virustest?.words == [1: "Clean", 5: "Infected"])
    }

    private static let faults: [(String, String)] = [
        ("spamtest: { maximum: 1 }", "2:11: error: the score needs a \"header\"; write for example header: X-"),
        ("spamtest: { header: \"a b\", maximum: 1 }", "2:21: error: \"a b\" can't be the name of a header field"),
        ("spamtest: { header: a }", "2:11: error: the score needs a \"maximum\""),
        ("spamtest: { header: a, maximum: 0 }", "2:33: error: \"0\" is not a number above 0; write for example 10"),
        ("spamtest: { header: a, maximum: 1, pattern: \"(\" }", "2:45: error: this is no regular expression: missing"),
        ("spamtest: { header: a, maximum: 1, type: word }", "2:42: error: \"type\" can't be \"word\""),
        ("spamtest: { header: a, type: text }", "2:11: error: type: text needs \"words\""),
        ("virustest: { header: a, type: text, words: { 6: x } }", "2:49: error: a result is a number from 0 to 5"),
        ("spamtest: { header: a, maximum: 1, max: 1 }", "2:36: error: unknown key \"max\""),
        ("editheader: { value-length: 100 }", "2:29: error: 100 is too small for \"value-length\""),
        (
            "editheader: { forbid-add: [X-A, Subject] }",
            "2:33: error: rules can always add and delete Subject (RFC 5293 section 6)"
        ),
        (
            "editheader: { forbid-delete: [subject] }",
            "2:31: error: rules can always add and delete subject (RFC 5293 section 6)"
        ),
        ("editheader: { forbid-add: [\"a:\"] }", "2:28: error: \"a:\" can't be the name of a header field"),
        ("lists: { a: [b, { c: d }] }", "2:17: error: a value of a list is a text"),
        ("lists: friends.txt", "2:8: error: \"lists\" must have keys and values"),
    ]

    @Test(arguments: faults)
    func faultsAreTold(_ line: String, _ expected: String) {
        let findings = SettingsTests.read("upstream: a.example\n\(line)\n", file: "f").findings
        #expect(findings.count == 1)
        #expect(findings.first?.hasPrefix("f:" + expected) == true, "\(findings)")
    }

    @Test func listsAreRead() throws {
        let folder = try TemporaryFolder()
        try folder.write("friends.txt", "# mine\nanna@example.com\n\n")
        try folder.write("open.txt", "x\n", mode: 0o666)
        let list = FindingList()
        var language = Settings.Language()
        for name in ["friends.txt", "open.txt", "none.txt"] {
            let place = Place(file: "f", line: 1, column: 1)
            language.lists.append(.init(name: name, source: .file("\(folder.path)/\(name)"), place: place))
        }
        language.lists.append(.init(name: "values", source: .values(["A@b"]), place: Place(file: "f")))
        let settings = RuleLanguageLoader(findings: list).settings(language)
        #expect(settings.lists.keys.sorted() == ["friends.txt", "values"])
        #expect(settings.lists["values"]?.contains(Array("a@B".utf8)) == true)
        #expect(settings.lists["friends.txt"]?.count == 1)
        let found = list.findings.map { $0.description.replacing(folder.path, with: "D") }
        #expect(
            found == [
                "f:1:1: error: anybody may write the list \"open.txt\"; chmod o-w D/open.txt",
                "f:1:1: error: the list \"none.txt\" can't be read: there is no such file; name a file with one value a line",
            ]
        )
    }

    /// What `serve` loads.
    @Test func rulesGetThem() throws {
        let folder = try TemporaryFolder()
        try folder.write("friends.txt", "anna@example.com\n")
        try folder.write(
            "Rules/a.sieve",
            "require [\"extlists\", \"spamtest\"]; if anyof (address :list \"from\" \"friends\", spamtest \"1\") { discard; }"
        )
        let yaml = "upstream: a.example\nrules: Rules\nlists: { friends: friends.txt }\n"
        try folder.write("bad.yaml", yaml)
        try folder.write("good.yaml", yaml + "spamtest: { header: X, maximum: 5 }\n")
        #expect(throws: SettingsLoader.Failure.self) {
            try SettingsLoader(flags: SettingsFlags(config: folder.path + "/bad.yaml")).load()
        }
        let loaded = try SettingsLoader(flags: SettingsFlags(config: folder.path + "/good.yaml")).load().loaded
        let header = Array("From: anna@example.com\r\n\r\n".utf8)
        let filter = Filter(ruleSet: loaded.ruleSet, header: header, facts: Facts())
        guard case .finished(let verdict) = filter.run() else {
            Issue.record("it asks for more")
            return
        }
        #expect(verdict.outcome == .discard)
    }
}
