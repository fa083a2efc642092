// A log that grows, is rotated, truncated, or comes late.

import Foundation
import Testing

@testable import AuditReading

@Suite final class LogFollowerTests {
    private let folder: URL
    private var path: String { folder.appendingPathComponent("audit").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("popsieve-tail-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Appends as the log's writer does.
    private func append(_ text: String, to name: String = "audit") throws {
        let url = folder.appendingPathComponent(name)
        if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
        let handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(
            at: folder.appendingPathComponent(name),
            to: folder.appendingPathComponent(other)
        )
    }

    private func bytes(_ text: String) -> LogFollower.Step { .bytes(Array(text.utf8)) }

    @Test func growth() throws {
        var follower = LogFollower(path: path)
        #expect(try follower.step() == .missing)
        try append("a\n")
        #expect(try follower.step() == bytes("a\n"))
        #expect(try follower.step() == .nothing)
        try append("b")
        try append("c\n")
        #expect(try follower.step() == bytes("bc\n"))
        #expect(try follower.step() == .nothing)
    }

    @Test func renameLosesNothingThatIsStillWrittenToTheOldFile() throws {
        var follower = LogFollower(path: path)
        try append("a\n")
        #expect(try follower.step() == bytes("a\n"))
        try move("audit", to: "audit.1")
        #expect(try follower.step() == .nothing)
        try append("b\n", to: "audit.1")
        #expect(try follower.step() == bytes("b\n"))
        try append("")
        try append("c\n", to: "audit.1")
        #expect(try follower.step() == bytes("c\n"))
        #expect(try follower.step() == .nothing)
        try append("d\n", to: "audit.1")
        try append("e\n")
        #expect(try follower.step() == bytes("d\n"))
        #expect(try follower.step() == .ended)
        #expect(try follower.step() == bytes("e\n"))
        #expect(try follower.step() == .nothing)
    }

    /// It skipped the files between when a log was rotated more than once between two looks.
    @Test func severalRotationsLoseNothing() throws {
        var follower = LogFollower(path: path)
        try append("a\n")
        #expect(try follower.step() == bytes("a\n"))
        for (number, text) in ["b\n", "c\n", "d\n"].enumerated() {
            for old in stride(from: number, to: 0, by: -1) { try move("audit.\(old)", to: "audit.\(old + 1)") }
            try move("audit", to: "audit.1")
            try append(text)
        }
        var all: [UInt8] = []
        var ends = 0
        loop: while true {
            switch try follower.step() {
            case .bytes(let bytes): all += bytes
            case .ended: ends += 1
            case .nothing, .missing: break loop
            }
        }
        #expect(all == Array("b\nc\nd\n".utf8) && ends == 3)
    }

    @Test func truncation() throws {
        var follower = LogFollower(path: path)
        try append("aaaa\n")
        #expect(try follower.step() == bytes("aaaa\n"))
        try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 0)
        try append("b\n")
        #expect(try follower.step() == .ended)
        #expect(try follower.step() == bytes("b\n"))
    }

    @Test(arguments: [(0, ""), (2, "c\n"), (3, "\nc\n"), (6, "a\nb\nc\n"), (100, "a\nb\nc\n")])
    func beginning(distance: Int, expected: String) throws {
        var follower = LogFollower(path: path)
        #expect(try follower.begin(beforeEnd: distance) == nil)
        try append("a\nb\nc\n")
        #expect(try follower.begin(beforeEnd: distance) == max(0, 6 - distance))
        #expect(try follower.step() == (expected.isEmpty ? .nothing : bytes(expected)))
    }

    @Test func folderCannotBeRead() {
        var follower = LogFollower(path: folder.path)
        #expect(throws: (any Error).self) { try follower.step() }
    }
}
