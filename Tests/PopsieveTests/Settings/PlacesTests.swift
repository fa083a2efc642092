// Places where the relay would keep something and can't: told by a check as by a start, and nothing is made.
// Must not test what each of them is for.

import Foundation
import Testing

@testable import popsieve

struct PlacesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("file", "text")
        let rule = "require [\"fileinto\", \"body\"]; if body :contains \"x\" { fileinto \"Spam\"; }"
        try folder.write("Rules/0.sieve", rule)
        try folder.write("Q/released", "")
        try folder.write("open/file", "")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: "\(folder.path)/open")
    }

    private func settings(_ line: String) throws {
        let all = ["quarantine: new", "store: none", "audit: \"-\""].filter { !line.hasPrefix($0.prefix(5)) }
        try folder.write(
            "popsieve.yaml",
            (["upstream: \"127.0.0.1:1\"", "rules: Rules", "listeners: [\"127.0.0.1:0\"]"] + all + [line]).joined(
                separator: "\n"
            )
        )
    }

    /// All that is there.
    private var files: [String] { FileManager.default.subpaths(atPath: folder.path)?.sorted() ?? [] }

    /// `popsieve check` was content where `popsieve serve` could not make a folder or a file.
    @Test(arguments: [
        ("quarantine: /proc/x", "quarantine: nothing can be made in /proc: "),
        ("quarantine: /proc/x/y", "quarantine: nothing can be made in /proc: "),
        ("quarantine: file", "quarantine: file: it is no folder"),
        ("quarantine: file/x/y", "quarantine: file/x: it is no folder"),
        ("quarantine: Q", "quarantine: Q/released: it is no folder"),
        ("quarantine: open", "quarantine: open: anybody may write into it"),
        ("audit: /proc/x", "no file can be made in \"/proc\": "),
        ("audit: file/x", "there is no folder \"file\" for the audit log"),
        ("holding: { folder: /proc }", "no message can be held in /proc: "),
        ("holding: { folder: file }", "no message can be held in file: "),
    ])
    func aPlaceThatCanNotBeUsedIsAnErrorBeforeAStart(_ line: String, _ words: String) async throws {
        try settings(line)
        let before = files
        let checked = try await folder.popsieve(["check"])
        #expect(checked.status == 78 && checked.errors.contains("error: \(words)"), "\(checked)")
        #expect(files == before)
        let served = try await folder.popsieve(["serve"])
        #expect(served.status == 78 && served.errors.contains("error: \(words)"), "\(served)")
    }

    /// The relay starts without its store, and says so.
    @Test(arguments: [
        ("store: /proc/x", "store: nothing can be made in /proc: "), ("store: file/x", "file is no folder"),
        ("store: file/x/y", "file/x cannot be made"), ("store: file", "it is another program's file"),
        ("store: open/new", "anybody may write to open"), ("store: Q", "it is no file"),
    ])
    func aStoreThatCanNotBeUsedIsAWarning(_ line: String, _ words: String) async throws {
        try settings(line)
        let before = files
        let checked = try await folder.popsieve(["check"])
        #expect(checked.status == 0, "\(checked)")
        #expect(checked.errors.contains("warning: store: ") && checked.errors.contains(words), "\(checked)")
        #expect(files == before)
    }

    @Test(arguments: ["quarantine: a/b/c", "store: a/b/c", "audit: log", "holding: { folder: . }"])
    func whatIsNotThereYetIsNoFault(_ line: String) async throws {
        try settings(line)
        let before = files
        let checked = try await folder.popsieve(["check"])
        #expect(checked.status == 0 && checked.errors == "", "\(checked)")
        #expect(files == before)
    }

    /// Found where files without names can't be made, too: what has no room is nobody's place.
    @Test(arguments: [("/proc", false), ("/sys", false), ("/dev/shm", true), ("/var/tmp", true)])
    func filesCanBeMade(_ folder: String, _ can: Bool) {
        #expect((NewFiles.obstacle(in: folder) == nil) == can)
    }
}
