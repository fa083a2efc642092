// `popsieve audit verify` on files: what it says, and its exit status.
// Must not test the chain itself: AuditReadingTests do.

import Audit
import Foundation
import Testing

@testable import popsieve

@Suite struct VerifyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// `audit` and its rotated files, eight lines of events in all.
    private func write(_ chain: ChainMethod = .plain) throws {
        let upkeep = FileUpkeep(rotation: FileRotation(octets: 1_000, keep: 20), chain: chain)
        let log = try AuditLog(.file(path: "\(folder.path)/audit", upkeep: upkeep))
        for number in 1...8 {
            var lines = AuditLines()
            let session = AuditSession(id: "s", client: "192.0.2.7")
            let event = AuditEvent.deleted(.init(session: session, number: number, side: .relay))
            lines.append(event, at: AuditTime(seconds: 1_795_421_704, microseconds: 0))
            log.write(&lines)
        }
    }

    private var files: [String] {
        ["audit"]
            + (1...20).map { "audit.\($0)" }.filter { FileManager.default.fileExists(atPath: "\(folder.path)/\($0)") }
    }

    @Test func aLogInTheOrderOfAShellIsUnbroken() async throws {
        try write()
        #expect(files.count > 2)
        let ended = try await folder.popsieve(["audit", "verify"] + files)
        #expect(ended.status == 0 && ended.errors == "")
        #expect(ended.output.firstMatch(of: /^unbroken: \d+ lines\nlast hash: [0-9a-f]{64}\n$/) != nil)
    }

    @Test func aFileByItselfSaysWhatItFollows() async throws {
        try write()
        let ended = try await folder.popsieve(["audit", "verify", "audit"])
        #expect(ended.status == 0)
        #expect(ended.output.contains("begins behind: "))
    }

    @Test func theFirstBreakIsNamed() async throws {
        try write()
        let path = "\(folder.path)/audit.1"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("192.0.2.7", with: "192.0.2.8").write(toFile: path, atomically: false, encoding: .utf8)
        let ended = try await folder.popsieve(["audit", "verify"] + files)
        #expect(ended.status == 1 && ended.output == "")
        #expect(ended.errors.hasPrefix("audit.1:2:1: error: the chain breaks here"))
    }

    @Test func aMissingFileIsAGap() async throws {
        try write()
        let ended = try await folder.popsieve(["audit", "verify"] + files.filter { $0 != "audit.1" })
        #expect(ended.status == 1)
        #expect(ended.errors.hasPrefix("audit:1:1: error: the chain breaks here: this was written behind another line"))
    }

    @Test func aKeyIsNeeded() async throws {
        try folder.write("key", "0123456789abcdef0123456789abcdef\n")
        try write(ChainMethod(keyAt: "\(folder.path)/key"))
        #expect(try await folder.popsieve(["audit", "verify"] + files).status == 1)
        #expect(try await folder.popsieve(["audit", "verify", "--key", "key"] + files).status == 0)
        #expect(try await folder.popsieve(["audit", "verify", "--key", "none"] + files).status == 66)
    }

    @Test func aForgottenKeyWasTakenForABreakIn() async throws {
        try folder.write("key", "0123456789abcdef0123456789abcdef\n")
        try folder.write("other", "fedcba9876543210fedcba9876543210\n")
        try write(ChainMethod(keyAt: "\(folder.path)/key"))
        let without = try await folder.popsieve(["audit", "verify"] + files)
        #expect(without.errors.contains(":1:1: error: the first line does not fit a chain without a key; "))
        #expect(without.errors.contains("--key"))
        let wrong = try await folder.popsieve(["audit", "verify", "--key", "other"] + files)
        #expect(wrong.status == 1 && wrong.errors.contains(":1:1: error: the first line does not fit this key; "))
    }

    @Test(arguments: [[0x1F, 0x8B, 8, 0], [0x28, 0xB5, 0x2F, 0xFD, 0], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0]])
    func aCompressedFileWasTakenForTampering(octets: [UInt8]) async throws {
        try write()
        try Data(octets).write(to: URL(fileURLWithPath: "\(folder.path)/audit.21.gz"))
        let ended = try await folder.popsieve(["audit", "verify"] + files + ["audit.21.gz"])
        #expect(ended.status == 65 && ended.output == "")
        #expect(ended.errors.hasPrefix("audit.21.gz: error: this file is compressed; "))
        #expect(ended.errors.contains("cat -f FILE... | popsieve audit verify -"))
    }

    @Test func aBlankLineWasUnbroken() async throws {
        try write()
        let path = "\(folder.path)/audit"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "\n").write(toFile: path, atomically: false, encoding: .utf8)
        let ended = try await folder.popsieve(["audit", "verify"] + files)
        #expect(ended.status == 1 && ended.output == "")
        let line = text.split(separator: "\n").count + 1
        #expect(ended.errors.hasPrefix("audit:\(line):1: error: this line is not in the chain"))
    }

    @Test func whatIsNoChainOrCannotBeReadHasItsStatus() async throws {
        try folder.write("plain", "{\"v\":1,\"event\":\"x\"}\n")
        #expect(try await folder.popsieve("audit", "verify", "plain") == 65)
        #expect(try await folder.popsieve("audit", "verify", "nowhere") == 66)
        #expect(try await folder.popsieve("audit", "verify", ".") == 66)
        #expect(try await folder.popsieve("audit", "verify") == 64)
    }

    @Test func aHalfLineAtTheEndIsNoBreak() async throws {
        try write()
        let whole = try await folder.popsieve(["audit", "verify"] + files)
        let handle = try #require(FileHandle(forWritingAtPath: "\(folder.path)/audit"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"v\":1".utf8))
        let ended = try await folder.popsieve(["audit", "verify"] + files)
        #expect(ended.status == 0)
        // The last hash was not told.
        #expect(ended.output.hasPrefix(whole.output) && whole.output.contains("last hash: "))
        #expect(ended.output.contains("the last line has no end and is half"))
    }
}
