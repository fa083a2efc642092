// The demo's messages and rules: each message shows what it says it shows.
// Must not start servers.

import ChildProcess
import Filtering
import Foundation
import Glibc
import Mail
import Relay
import Sieve
import Testing

@testable import popsieve

@Suite struct DemoTests {
    /// The block up to the empty line and with it.
    private func header(_ message: SampleMessage) throws -> [UInt8] {
        let start = message.bytes.prefix(16_384)
        let end = try #require(start.firstRange(of: Array("\r\n\r\n".utf8)))
        return Array(start[..<end.upperBound])
    }

    private func verdict(_ uidl: String) throws -> Verdict {
        let message = try #require(SampleMessage.all.first { $0.uidl.contains(uidl) })
        let file = RuleFile(name: DemoRules.fileName, source: Array(DemoRules.source.utf8))
        var settings = RuleSettings()
        settings.scores.scans = [.virus]
        let filter = Filter(
            ruleSet: try RuleSet(files: [file], settings: settings, reach: .relay),
            header: try header(message),
            facts: Facts(size: message.bytes.count),
            message: MessageOctets(message.bytes)
        )
        while true {
            switch filter.run() {
            case .finished(let verdict): return verdict
            case .needs(.scan): filter.provide(scan: Self.scan(message))
            default: throw ExpectationFailure()
            }
        }
    }

    /// What the demo's scanner says.
    private static func scan(_ message: SampleMessage) -> ScanReport {
        let isFound = message.bytes.firstRange(of: Array(DemoScanner.word.utf8)) != nil
        return .virus(isFound ? .infected : .clean, names: isFound ? ["Demo.Virus"] : [])
    }

    private struct ExpectationFailure: Error {}

    @Test func messagesAreWhole() throws {
        let all = SampleMessage.all
        #expect(Set(all.map(\.uidl)).count == all.count)
        for message in all {
            #expect((1...70).contains(message.uidl.utf8.count))
            #expect(message.bytes.suffix(2) == [0x0D, 0x0A])
            #expect(try !header(message).isEmpty)
        }
    }

    @Test(
        arguments: [
            ("welcome", "passed"), ("newsletter", "tagged"), ("forged", "tagged"), ("encoded", "passed"),
            ("8bit", "passed"), ("dots", "passed"), ("bare-lf", "passed"), ("big", "passed"), ("virus", "tagged"),
            ("program", "rejected"), ("junk", "discarded"), ("no-body", "passed"), ("long-header", "passed"),
            ("utf8", "passed"), ("invoice", "quarantined"), ("attachment", "rewritten"), ("money", "tagged"),
        ]
    )
    func verdicts(uidl: String, expected: String) throws {
        #expect(try verdict(uidl).word == expected)
    }

    @Test func newsletterIsMarkedInItsSubject() throws {
        let header = String(decoding: try #require(try verdict("newsletter").header), as: UTF8.self)
        #expect(header.contains("Subject: [spam] 90 % off, only today\r\n"))
        #expect(!header.contains("\nSubject: 90"))
    }

    @Test func forgedVerdictIsGone() throws {
        let header = String(decoding: try #require(try verdict("forged").header), as: UTF8.self)
        #expect(!header.lowercased().contains("x-popsieve"))
    }

    @Test func introductionNamesWhatIsThere() throws {
        let folder = try DemoFolder(rules: nil)
        defer { folder.remove() }
        let text = DemoIntroduction(folder: folder, terminal: Terminal(hasColours: false)).text(
            address: "127.0.0.1:4711"
        )
        #expect(text.contains("pop3://127.0.0.1:4711/2 "))
        #expect(text.contains("port 4711"))
        #expect(text.contains(folder.rules.path) && text.contains(folder.scanner.path))
        #expect(text.contains("--rules"))
        for message in SampleMessage.all { #expect(text.contains(message.about)) }
        #expect(!text.contains("\u{1B}"))
    }

    @Test func savedRulesAreNoticed() throws {
        let folder = try DemoFolder(rules: nil)
        defer { folder.remove() }
        let before = folder.fingerprint()
        #expect(before.keys.sorted() == [DemoRules.fileName])
        #expect(folder.fingerprint() == before)
        try Data("keep;\n".utf8).write(to: folder.rules.appendingPathComponent("20-own.sieve"))
        #expect(folder.fingerprint().keys.sorted() == [DemoRules.fileName, "20-own.sieve"])
    }

    @Test func folderHoldsAllThatTheRelayNeeds() throws {
        let folder = try DemoFolder(rules: nil)
        defer { folder.remove() }
        try folder.writeSettings(maildropPort: 4711)
        let flags = SettingsFlags(config: folder.settings.path, listen: ["127.0.0.1:0"], rules: folder.rules.path)
        let outcome = try SettingsLoader(flags: flags).load()
        #expect(outcome.loaded.ruleFiles == [DemoRules.fileName])
        #expect(outcome.loaded.configuration.upstreams.map(\.port) == [4711])
        #expect(!outcome.loaded.ruleSet.isEmpty)
    }

    @Test func folderGoesAway() throws {
        let folder = try DemoFolder(rules: nil)
        #expect(folder.remove() == nil)
        #expect(!FileManager.default.fileExists(atPath: folder.rules.path))
        #expect(!FileManager.default.fileExists(atPath: folder.settings.deletingLastPathComponent().path))
    }

    @Test(arguments: ["10-demo.sieve", "20-own.sieve", "personal.txt"])
    func rulesThatAPersonHasWrittenAreKept(name: String) throws {
        let folder = try DemoFolder(rules: nil)
        defer { try? FileManager.default.removeItem(at: folder.settings.deletingLastPathComponent()) }
        try folder.writeSettings(maildropPort: 1)
        let file = folder.rules.appendingPathComponent(name)
        try Data("keep;\n".utf8).write(to: file)
        let kept = folder.remove()
        #expect(kept == folder.rules)
        #expect(try Data(contentsOf: file) == Data("keep;\n".utf8))
        #expect(!FileManager.default.fileExists(atPath: folder.settings.path))
        let words = DemoIntroduction(folder: folder, terminal: Terminal(hasColours: false)).farewell(keptRules: kept)
        #expect(words?.contains("popsieve demo --rules \(folder.rules.path)") == true)
    }

    /// Ctrl-C, with a rule edited before and the words that say where it is.
    @Test(.timeLimit(.minutes(2))) func theDemoKeepsWhatWasEditedAndSaysWhere() async throws {
        let folder = try TemporaryFolder()
        let output = try folder.write("output", "")
        let errors = try folder.write("errors", "")
        let demo = try ChildProcess(
            path: BuiltProgram.path,
            ["demo", "--port", "0"],
            environment: ["TMPDIR": folder.path],
            output: FileHandle(forWritingTo: URL(fileURLWithPath: output)),
            errors: FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        )
        var rules: String?
        while rules == nil {
            try await Task.sleep(for: .milliseconds(20))
            let said = try String(contentsOfFile: output, encoding: .utf8)
            guard said.contains("Ctrl-C ends the demo") else { continue }
            rules = try #require(said.firstMatch(of: /\S*popsieve-demo-\w+\/rules/)).0.description
        }
        let kept = try #require(rules)
        try Data("keep;\n".utf8).write(to: URL(fileURLWithPath: kept + "/20-own.sieve"))
        demo.signal(SIGINT)
        #expect(await demo.end() == 0)
        #expect(FileManager.default.fileExists(atPath: kept + "/20-own.sieve"))
        #expect(try String(contentsOfFile: errors, encoding: .utf8).contains("popsieve demo --rules \(kept)"))
    }

    @Test func aScannerThatAPersonHasChangedIsKept() throws {
        let folder = try DemoFolder(rules: nil)
        defer { try? FileManager.default.removeItem(at: folder.settings.deletingLastPathComponent()) }
        try folder.writeSettings(maildropPort: 1)
        try Data("#!/bin/sh\n".utf8).write(to: folder.scanner)
        #expect(folder.remove() == nil)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.scanner.deletingLastPathComponent().path)
        #expect(left == [DemoScanner.fileName])
    }

    @Test func rulesOfOnesOwnAreNotTheDemosToRemove() throws {
        let own = try TemporaryFolder()
        try own.write("a.sieve", "keep;\n")
        let folder = try DemoFolder(rules: own.path)
        #expect(folder.remove() == nil)
        #expect(FileManager.default.fileExists(atPath: own.path + "/a.sieve"))
    }
}
