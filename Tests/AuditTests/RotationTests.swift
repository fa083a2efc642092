// A log that rotates its own file: whole lines, their order, the bound, and what fails or dies in the middle.
// Must not wait for time to pass.

import Audit
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct RotationTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("audit")
    }

    private func destination(octets: Int, keep: Int) -> AuditLog.Destination {
        .file(path: path, upkeep: FileUpkeep(rotation: FileRotation(octets: octets, keep: keep)))
    }

    private func write(_ numbers: Range<Int>, to log: AuditLog, batch: Int = 1) {
        var batched = AuditLines()
        for number in numbers {
            batched.append(event(number), at: moment)
            if batched.count == batch { log.write(&batched) }
        }
        log.write(&batched)
    }

    /// What is in all files, from the oldest on.
    private func numbers() throws -> [Int] {
        let names = (1...500).map { FileRotation.name(path, $0) }.filter { FileManager.default.fileExists(atPath: $0) }
        return try (names.reversed() + [path]).flatMap { try objects(at: $0) }.compactMap { $0["number"] as? Int }
    }

    private func exists(_ number: Int) -> Bool {
        FileManager.default.fileExists(atPath: FileRotation.name(path, number))
    }

    @Test(arguments: [1, 7, 1000])
    func filesAreFullAndHaveWholeLinesInOrder(batch: Int) throws {
        let log = try AuditLog(destination(octets: 2_000, keep: 400))
        write(0..<1_000, to: log, batch: batch)
        #expect(try numbers() == Array(0..<1_000))
        for number in 1...50 {
            let size = try Data(contentsOf: URL(fileURLWithPath: FileRotation.name(path, number))).count
            #expect(size <= 2_000 && size > 1_500)
        }
    }

    @Test func soManyFilesAreKeptAndNoMore() throws {
        let log = try AuditLog(destination(octets: 2_000, keep: 3))
        write(0..<1_000, to: log)
        #expect([1, 2, 3].allSatisfy(exists) && !exists(4))
        let kept = try numbers()
        #expect(kept == Array(1_000 - kept.count..<1_000))
    }

    @Test func whatAnEarlierBoundHasKeptGoes() throws {
        write(0..<500, to: try AuditLog(destination(octets: 2_000, keep: 20)))
        #expect(exists(8))
        write(500..<600, to: try AuditLog(destination(octets: 2_000, keep: 2)))
        #expect(exists(1) && exists(2) && !exists(3))
    }

    /// A line longer than a file may be goes whole into one of its own.
    @Test func aLineIsNeverBroken() throws {
        let log = try AuditLog(destination(octets: 100, keep: 50))
        write(0..<20, to: log, batch: 5)
        #expect(try numbers() == Array(0..<20))
    }

    /// A rotation that was cut short has left a number out; the oldest file must not go for it.
    @Test func aGapIsFilledFirst() throws {
        for (number, text) in [(1, "one"), (2, "two"), (4, "four")] {
            try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: FileRotation.name(path, number)))
        }
        let log = try AuditLog(destination(octets: 200, keep: 4))
        write(0..<2, to: log)
        func text(_ number: Int) throws -> String {
            try String(contentsOfFile: FileRotation.name(path, number), encoding: .utf8)
        }
        #expect(try [text(2), text(3), text(4)] == ["one\n", "two\n", "four\n"])
    }

    @Test func permissionsGoOn() throws {
        let log = try AuditLog(destination(octets: 2_000, keep: 3))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        write(0..<50, to: log)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(exists(1) && mode == 0o600)
    }

    @Test func whatCannotBeRotatedGrowsAndIsToldOnce() throws {
        let told = Mutex<[AuditLog.Trouble]>([])
        let log = try AuditLog(destination(octets: 2_000, keep: 30)) { trouble in told.withLock { $0.append(trouble) } }
        // What stands in the way, also for root.
        try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
        write(0..<100, to: log)
        #expect(try numbers() == Array(0..<100) && !exists(1))
        try FileManager.default.removeItem(atPath: path + ".new")
        write(100..<200, to: log)
        #expect(try numbers().suffix(100) == Array(100..<200) && exists(1))
        #expect(told.withLock { $0 } == [.growing(reason: "Is a directory"), .rotated])
    }

    @Test func aFileThatSomebodyElseHasMovedIsNotRotated() throws {
        let log = try AuditLog(destination(octets: 2_000, keep: 3))
        write(0..<5, to: log)
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("elsewhere"))
        try Data().write(to: URL(fileURLWithPath: path))
        write(5..<40, to: log)
        let moved = try objects(at: folder.file("elsewhere")).compactMap { $0["number"] as? Int }
        #expect(try moved + numbers() == Array(0..<40))
    }

    /// A reload opens the file, and before it goes there, the one that is written is rotated.
    @Test func aReloadGoesOnInTheFileThatThePathLeadsTo() throws {
        let log = try AuditLog(destination(octets: 2_000, keep: 30))
        write(0..<10, to: log)
        let plain = try AuditLog.Opened(.file(path: path))
        write(10..<50, to: log)
        log.move(to: plain)
        write(50..<100, to: log)
        #expect(try numbers() == Array(0..<100))
        #expect(try objects(at: path).count > 50)
    }

    @Test func writersAtTheSameTimeLoseNothing() async throws {
        let log = try AuditLog(destination(octets: 20_000, keep: 400))
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    var batch = AuditLines()
                    for number in 0..<1_000 {
                        batch.append(event(number, writer: "w\(writer)"), at: moment)
                        log.write(&batch)
                    }
                }
            }
        }
        #expect(try numbers().count == 4_000)
    }

    /// The process dies at one moment or another of a rotation; the next one goes on, and no line is missing.
    @Test(arguments: [0, 1, 2, 3, 4, 5])
    func aKillInTheMiddleLosesNothing(turn: Int) async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, turn = turn as Int] in
            let upkeep = FileUpkeep(rotation: FileRotation(octets: 150, keep: 400))
            let log = try AuditLog(.file(path: path, upkeep: upkeep))
            let written = Atomic(0)
            Thread.detachNewThread {
                while written.load(ordering: .relaxed) < 50 + turn {}
                kill(getpid(), SIGKILL)
            }
            var batch = AuditLines()
            for number in 0..<300 {
                batch.append(event(number), at: moment)
                log.write(&batch)
                written.store(number, ordering: .relaxed)
            }
        }
        let before = try numbers()
        #expect(before == Array(0..<before.count) && before.count >= 50)
        let upkeep = FileUpkeep(rotation: FileRotation(octets: 150, keep: 400))
        write(before.count..<before.count + 20, to: try AuditLog(.file(path: path, upkeep: upkeep)))
        #expect(try numbers() == Array(0..<before.count + 20))
    }
}
