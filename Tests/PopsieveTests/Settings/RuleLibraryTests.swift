// Scripts that rule files include: where they lie, and what is refused.
// Must not test the language's include.

import Filtering
import Foundation
import Testing

@testable import popsieve

@Suite struct RuleLibraryTests {
    private let folder: TemporaryFolder
    private let list = FindingList()

    init() throws {
        folder = try TemporaryFolder()
    }

    private var found: [String] { list.findings.map { $0.description.replacing(folder.path, with: "D") } }

    private func compile(_ path: String = "/Rules") -> Bool {
        !RuleDirectory(findings: list).compile([folder.path + path]).ruleSet.isEmpty
    }

    private static let main = "require \"include\"; include :personal \"a\"; include :global \"b\";"

    @Test func foldersOfTheRuleDirectory() throws {
        try folder.write("Rules/main.sieve", Self.main)
        try folder.write("Rules/personal/a.sieve", "keep;")
        try folder.write("Rules/global/b.sieve", "require \"include\"; include :personal :once \"a\";")
        #expect(compile())
        #expect(compile("/Rules/main.sieve"))
        #expect(found == [])
    }

    @Test func faultsOfIncludedFilesAreToldOnceWithTheirPaths() throws {
        try folder.write("Rules/main.sieve", Self.main)
        try folder.write("Rules/other.sieve", Self.main)
        try folder.write("Rules/personal/a.sieve", "kepe;")
        try folder.write("Rules/global/b.sieve", "require \"imap4flags\";")
        #expect(!compile())
        #expect(
            found.map { String($0.prefix(41)) } == [
                "D/Rules/personal/a.sieve:1:1: error: unkn", "D/Rules/main.sieve:1:20: error: failed to",
                "D/Rules/global/b.sieve:1:9: error: requir", "D/Rules/main.sieve:1:43: error: failed to",
                "D/Rules/other.sieve:1:20: error: failed t", "D/Rules/other.sieve:1:43: error: failed t",
            ]
        )
    }

    /// Each message would make the rule file fail.
    @Test func whatIsMissingIsAnError() throws {
        try folder.write("Rules/main.sieve", Self.main)
        #expect(!compile())
        #expect(
            found == [
                "D/Rules/main.sieve:1:38: error: included personal script 'a' does not exist; "
                    + "make it, or write :optional",
                "D/Rules/main.sieve:1:59: error: included global script 'b' does not exist; "
                    + "make it, or write :optional",
            ]
        )
    }

    @Test(arguments: ["../a", "a/b", "..", "/etc/passwd", "a\u{1}b"])
    func namesThatArePaths(_ name: String) throws {
        try folder.write("Rules/a.sieve", "keep;")
        try folder.write("Rules/main.sieve", "require \"include\"; include \"\(name)\";")
        #expect(!compile())
        #expect(found.first?.contains("include: invalid script name") == true, "\(found)")
    }

    @Test func linksThatLeadOut() throws {
        let manager = FileManager.default
        try folder.write("Rules/main.sieve", Self.main)
        try folder.write("outside.sieve", "keep;")
        try folder.write("Rules/global/b.sieve", "keep;")
        try manager.createDirectory(atPath: folder.path + "/Rules/personal", withIntermediateDirectories: false)
        let link = folder.path + "/Rules/personal/a.sieve"
        try manager.createSymbolicLink(atPath: link, withDestinationPath: "../../outside.sieve")
        #expect(compile())
        let message = "the included file is a link that leads out of the rule directory; put the file itself here"
        #expect(found.first == "D/Rules/personal/a.sieve:1:1: error: \(message)")
        try manager.removeItem(atPath: link)
        try manager.createSymbolicLink(atPath: link, withDestinationPath: "../global/b.sieve")
        let count = found.count
        #expect(compile())
        #expect(found.count == count)
    }

    @Test func whatAnybodyMayWriteIsRefused() throws {
        try folder.write("Rules/main.sieve", Self.main)
        try folder.write("Rules/personal/a.sieve", "keep;", mode: 0o666)
        try folder.write("Rules/global/b.sieve", "keep;")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777],
            ofItemAtPath: folder.path + "/Rules/global"
        )
        _ = compile()
        #expect(
            found.filter { $0.contains("error") } == [
                "D/Rules/personal/a.sieve:1:1: error: anybody may write this rule file; "
                    + "chmod o-w D/Rules/personal/a.sieve",
                "D/Rules/global: error: anybody may write the rule directory \"D/Rules/global\"; chmod o-w D/Rules/global",
                "D/Rules/main.sieve:1:59: error: included global script 'b' does not exist; "
                    + "make it, or write :optional",
            ]
        )
    }

    @Test func foldersThatNobodyIncludesAreNotLookedAt() throws {
        try folder.write("Rules/main.sieve", "keep; # not included")
        try folder.write("Rules/personal/a.sieve", "keep;", mode: 0o666)
        #expect(compile())
        #expect(found == [])
    }
}
