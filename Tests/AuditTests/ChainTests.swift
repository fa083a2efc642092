// The hash in each line: computed anew by other code, through restarts, rotations, half lines and other writers.
// Must not use the verifier, which is of another target.

import Audit
import Foundation
import TLS
import Testing

private let method = ChainMethod(name: []) { SHA256.digest(of: $0) }

@Suite struct ChainTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("audit")
    }

    private func log(rotation: FileRotation? = nil, followsPath: Bool = false) throws -> AuditLog {
        let upkeep = FileUpkeep(rotation: rotation, chain: method, followsPath: followsPath)
        return try AuditLog(.file(path: path, upkeep: upkeep))
    }

    private func write(_ numbers: Range<Int>, to log: AuditLog) {
        for number in numbers {
            var lines = lines([event(number)])
            log.write(&lines)
        }
    }

    private func text(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Each line's `after`, or the hash before it, leads to its hash. Half lines count as lines.
    private func check(_ lines: [String]) {
        var last: [UInt8]?
        for line in lines {
            guard line.hasSuffix("\"}"), let end = line.firstRange(of: ",\"chain\":\"") else {
                last = last.flatMap { SHA256.digest(of: $0 + line.utf8) }
                continue
            }
            let content = line[..<end.lowerBound] + "}"
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if object?["event"] as? String == "chain_started" {
                let after = (object?["after"] as? String).map(Self.octets)
                if let last, let after { #expect(last == after, "\(line)") }
                last = after ?? [UInt8](repeating: 0, count: 32)
            }
            last = SHA256.digest(of: (last ?? []) + content.utf8)
            #expect(last == Self.octets(object?["chain"] as? String ?? ""), "\(line)")
        }
    }

    private static func octets(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }

    private func reasons(_ lines: [String]) throws -> [String] {
        try objects(in: Data(lines.joined(separator: "\n").utf8)).filter { $0["event"] as? String == "chain_started" }
            .compactMap { $0["reason"] as? String }
    }

    @Test func aChainBeginsAndGoesOnOverARestart() throws {
        write(0..<3, to: try log())
        write(3..<5, to: try log())
        let lines = try text(path)
        check(lines)
        #expect(try reasons(lines) == ["nothing-before"])
        #expect(try objects(at: path).compactMap { $0["number"] as? Int } == Array(0..<5))
        #expect(lines.allSatisfy { $0.hasPrefix(#"{"v":1,"time":"2026-11-23T08:15:04.123456Z","event":"#) })
    }

    @Test func aNewFileGoesOnFromTheOldOne() throws {
        let log = try log(rotation: FileRotation(octets: 2_000, keep: 100))
        write(0..<100, to: log)
        var names = (1...50).map { FileRotation.name(path, $0) }.filter { FileManager.default.fileExists(atPath: $0) }
        names = names.reversed() + [path]
        #expect(names.count > 5)
        let files = try names.map(text)
        check(files.flatMap { $0 })
        #expect(try reasons(files.flatMap { $0 }) == ["nothing-before"] + names.dropFirst().map { _ in "new-file" })
        for name in names { #expect(try Data(contentsOf: URL(fileURLWithPath: name)).count <= 2_400) }
    }

    @Test func aFileThatLogrotateHasMovedIsGoneOnFrom() throws {
        let log = try log()
        write(0..<3, to: log)
        try FileManager.default.moveItem(atPath: path, toPath: path + "-20261128")
        try log.reopen()
        write(3..<5, to: log)
        let lines = try text(path + "-20261128") + text(path)
        check(lines)
        #expect(try reasons(lines) == ["nothing-before", "new-file"])
    }

    @Test func aStartAfterARotationFindsTheOldFile() throws {
        write(0..<3, to: try log())
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        write(3..<5, to: try log())
        let lines = try text(path + ".1") + text(path)
        check(lines)
        #expect(try reasons(lines) == ["nothing-before", "new-file"])
    }

    @Test(arguments: [1, 40, 150])
    func aHalfLineIsPartOfTheChainAndTold(octets: Int) throws {
        write(0..<3, to: try log())
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try (whole + whole.prefix(octets)).write(to: URL(fileURLWithPath: path))
        write(3..<5, to: try log())
        let lines = try text(path)
        check(lines)
        let objects = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        #expect(objects.compactMap { $0["reason"] as? String } == ["nothing-before", "half-line"])
        #expect(objects.compactMap { $0["number"] as? Int } == Array(0..<5))
    }

    /// A disk was full in front of a line's last octet: the line is whole, and its own hash counts.
    @Test func aLineThatMissesItsEndOnlyIsNoHalfOne() throws {
        write(0..<3, to: try log())
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast().write(to: URL(fileURLWithPath: path))
        write(3..<5, to: try log())
        let lines = try text(path)
        check(lines)
        #expect(try reasons(lines) == ["nothing-before", "half-line"])
        #expect(try objects(at: path).compactMap { $0["number"] as? Int } == Array(0..<5))
    }

    @Test func aLogThatHadNoChainGetsOne() throws {
        write(0..<2, to: try AuditLog(.file(path: path)))
        write(2..<4, to: try log())
        let lines = try text(path)
        check(Array(lines.dropFirst(2)))
        #expect(try reasons(lines) == ["no-chain-before"])
    }

    /// `popsieve quarantine` writes to a relay's log.
    @Test func twoWritersHaveOneChain() throws {
        let (relay, command) = (try log(), try log(followsPath: true))
        for number in 0..<10 { write(number..<number + 1, to: number % 3 == 0 ? command : relay) }
        check(try text(path))
        #expect(try objects(at: path).compactMap { $0["number"] as? Int } == Array(0..<10))
        #expect(try reasons(text(path)) == ["nothing-before"])
    }

    @Test func aCommandGoesWhereTheRelayHasRotatedTo() throws {
        let relay = try log(rotation: FileRotation(octets: 2_000, keep: 100))
        write(0..<1, to: relay)
        let command = try log(followsPath: true)
        write(1..<30, to: relay)
        write(30..<31, to: command)
        write(31..<33, to: relay)
        let names = (1...20).map { FileRotation.name(path, $0) }.filter { FileManager.default.fileExists(atPath: $0) }
        let lines = try (names.reversed() + [path]).flatMap(text)
        check(lines)
        let objects = try objects(in: Data(lines.joined(separator: "\n").utf8))
        #expect(objects.compactMap { $0["number"] as? Int } == Array(0..<33))
    }

    @Test func aLineThatSomebodyInsertsBreaksNothingButIsTold() throws {
        let log = try log()
        write(0..<2, to: log)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"event\":\"x\"}\n".utf8))
        write(2..<4, to: log)
        #expect(try reasons(text(path)) == ["nothing-before", "no-chain-before"])
    }

    /// A clock that is set back changes nothing: the chain knows no time.
    @Test func aClockThatJumpsBackBreaksNothing() throws {
        let log = try log()
        for seconds in [2_000_000_000, 1_000_000_000, 2_000_000_000] as [Int64] {
            var lines = AuditLines()
            lines.append(event(1), at: AuditTime(seconds: seconds, microseconds: 0))
            log.write(&lines)
        }
        check(try text(path))
    }

    @Test func aLockThatSomebodyHoldsKeepsNobodyWaiting() throws {
        let log = try log()
        write(0..<1, to: log)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        #expect(holdLock(handle.fileDescriptor))
        write(1..<3, to: log)
        #expect(try objects(at: path).count == 2)
        try handle.close()
        #expect(log.flush())
        check(try text(path))
        #expect(try objects(at: path).compactMap { $0["number"] as? Int } == [0, 1, 2])
    }

    /// The line that tells of lost ones is in the chain, too.
    @Test func lostLinesAreToldInTheChain() throws {
        var limits = AuditLimits()
        limits.backlog = 600
        let log = try AuditLog(.file(path: path, upkeep: FileUpkeep(chain: method)), limits: limits)
        write(0..<1, to: log)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        #expect(holdLock(handle.fileDescriptor))
        write(1..<20, to: log)
        try handle.close()
        #expect(log.flush())
        check(try text(path))
        #expect(try objects(at: path).contains { $0["event"] as? String == "audit_lost" })
    }
}
