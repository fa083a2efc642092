// Which files are rule files, in which order, and which are refused.
// Must not run a rule.

import Filtering
import Foundation
import Testing

@testable import popsieve

@Suite struct RuleDirectoryTests {
    private let folder: TemporaryFolder
    private let list = FindingList()

    init() throws {
        folder = try TemporaryFolder()
    }

    private var found: [String] { list.findings.map { $0.description.replacing(folder.path, with: "D") } }

    private func names(_ path: String = "") -> [String] {
        RuleDirectory(findings: list).read(folder.path + path).map(\.file.name)
    }

    @Test func lexicalOrderOfOctets() throws {
        for name in ["b.sieve", "10.sieve", "9.sieve", "B.sieve", "é.sieve", ".hidden.sieve", "a.sieve~", "c.svtest"] {
            try folder.write(name, "keep;")
        }
        #expect(names() == ["10.sieve", "9.sieve", "B.sieve", "b.sieve", "é.sieve"])
        #expect(found == [])
    }

    @Test func whatIsMeantAndNotReadIsTold() throws {
        let names = [
            "a.sieve", "b.Sieve", "c.seive", "d.sieve.txt", "e.sieve.off", "README.md", "notes.txt", "sieve", "g.save",
        ]
        for name in names { try folder.write(name, "keep;") }
        #expect(self.names() == ["a.sieve"])
        let expected = ["b.Sieve", "c.seive", "d.sieve.txt"].map {
            "D: warning: \"\($0)\" in \"D\" is not read: names of rule files end in .sieve; rename it, to .off where it is "
                + "not meant to run"
        }
        #expect(found == expected)
    }

    @Test func aFileByItself() throws {
        try folder.write("x.txt", "keep;")
        #expect(names("/x.txt") == ["x.txt"])
    }

    @Test func whatAnybodyMayWriteIsRefused() throws {
        try folder.write("a.sieve", "keep;", mode: 0o666)
        try folder.write("b.sieve", "keep;", mode: 0o664)
        #expect(names() == ["b.sieve"])
        #expect(found == ["D/a.sieve:1:1: error: anybody may write this rule file; chmod o-w D/a.sieve"])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        #expect(names() == [])
        #expect(found.last == "D: error: anybody may write the rule directory \"D\"; chmod o-w D")
    }

    @Test func whatIsNoFileIsRefused() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder.path + "/a.sieve", withIntermediateDirectories: false)
        try manager.createSymbolicLink(atPath: folder.path + "/b.sieve", withDestinationPath: "none")
        try folder.write("c.sieve", String(repeating: "#", count: 1_048_577))
        try manager.createSymbolicLink(atPath: folder.path + "/d.sieve", withDestinationPath: "/dev/null")
        #expect(names() == [])
        #expect(
            found == [
                "D/a.sieve: error: can't be read: it is a directory; name a file in it",
                "D/b.sieve: error: can't be read: it is a link to nothing; remove it, or put the file there",
                "D/c.sieve: error: can't be read: it is larger than 1048576 octets; is it the right one?",
                "D/d.sieve: error: can't be read: it is no regular file; name a file",
            ]
        )
    }

    @Test func symbolicLinksAreFollowed() throws {
        try folder.write("else/real", "keep;")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/a.sieve",
            withDestinationPath: folder.path + "/else/real"
        )
        #expect(names() == ["a.sieve"])
    }

    @Test func noRules() {
        #expect(names() == [])
        #expect(found == ["D: warning: there is no *.sieve in \"D\"; put rule files there, or name another directory"])
        #expect(names("/none") == [])
        #expect(
            found.last == "D/none: error: there are no rules at \"D/none\"; make the directory, or name another"
        )
    }

    @Test func everyFaultOfEveryFile() throws {
        try folder.write("a.sieve", "kepe;\nkeep\n")
        try folder.write("b.sieve", "if true {\n  blah;\n}\n")
        let (ruleSet, files) = RuleDirectory(findings: list).compile([folder.path])
        #expect(ruleSet.isEmpty)
        #expect(files.isEmpty)
        let places = found.map { String($0.prefix { $0 != " " }) }
        #expect(places.first == "D/a.sieve:1:1:")
        #expect(places.last == "D/b.sieve:2:3:")
    }
}
