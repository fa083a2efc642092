// The log against the kernel: order and whole lines, rotation, a full disk, a kill.
// Must not wait for time to pass, nor leave files behind.

import Audit
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct AuditLogTests {
    @Test func linesAreInTheFileWhenWriteReturns() throws {
        let folder = try TemporaryFolder()
        let log = try AuditLog(.file(path: folder.file("audit")))
        var lines = lines([event(1), event(2)])
        log.write(&lines)
        #expect(lines.isEmpty)
        #expect(try objects(at: folder.file("audit")).map { $0["number"] as? Int } == [1, 2])
        var more = Audit.AuditLines()
        log.write(&more)
        #expect(try objects(at: folder.file("audit")).count == 2)
    }

    @Test func fileIsAppendedToAndNotForEverybody() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("audit")
        for number in 1...2 {
            var lines = lines([event(number)])
            try AuditLog(.file(path: path)).write(&lines)
        }
        #expect(try objects(at: path).map { $0["number"] as? Int } == [1, 2])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o137 } == 0)
    }

    @Test func pathThatCannotBeOpenedIsNamed() {
        #expect(throws: AuditLogError(path: "/nonexistent/audit", reason: "No such file or directory")) {
            try AuditLog(.file(path: "/nonexistent/audit"))
        }
    }

    @Test func writersAtTheSameTimeKeepLinesWholeAndTheirOrder() async throws {
        let folder = try TemporaryFolder()
        let log = try AuditLog(.file(path: folder.file("audit")))
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var batch = AuditLines()
                    for number in 0..<500 {
                        batch.append(event(number, writer: "w\(writer)"), at: moment)
                        if number % (writer + 1) == writer || number == 499 { log.write(&batch) }
                    }
                }
            }
        }
        let written = try objects(at: folder.file("audit"))
        for writer in 0..<8 {
            let own = written.filter { $0["session"] as? String == "w\(writer)" }
            #expect(own.map { $0["number"] as? Int } == Array(0..<500))
        }
        #expect(written.count == 4000)
    }

    @Test func rotationUnderTrafficLosesNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("audit")
        let log = try AuditLog(.file(path: path))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    var batch = AuditLines()
                    for number in 0..<2000 {
                        batch.append(event(number, writer: "w\(writer)"), at: moment)
                        log.write(&batch)
                    }
                }
            }
            group.addTask {
                for turn in 0..<20 {
                    try FileManager.default.moveItem(atPath: path, toPath: path + ".\(turn)")
                    try log.reopen()
                }
            }
            try await group.waitForAll()
        }
        var written: [[String: Any]] = []
        for turn in 0..<20 { written += try objects(at: path + ".\(turn)") }
        written += try objects(at: path)
        for writer in 0..<2 {
            let own = written.filter { $0["session"] as? String == "w\(writer)" }
            #expect(own.map { $0["number"] as? Int } == Array(0..<2000))
        }
    }

    @Test func reopeningInVainKeepsTheOldFile() throws {
        let folder = try TemporaryFolder()
        let inner = folder.file("inner")
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
        let log = try AuditLog(.file(path: inner + "/audit"))
        try FileManager.default.moveItem(atPath: inner, toPath: folder.file("moved"))
        #expect(throws: AuditLogError.self) { try log.reopen() }
        var lines = lines([event(1)])
        log.write(&lines)
        #expect(try objects(at: folder.file("moved") + "/audit").count == 1)
    }

    @Test func halfLineOfAnEarlierProcessDoesNotSpoilTheNext() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("audit")
        try Data(#"{"v":1,"ti"#.utf8).write(to: URL(fileURLWithPath: path))
        var lines = lines([event(1)])
        try AuditLog(.file(path: path)).write(&lines)
        let written = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(written.count == 2)
        #expect(written[0] == #"{"v":1,"ti"#)
        #expect(written[1].hasPrefix(#"{"v":1,"time""#))
    }

    @Test func killRightAfterWriteLosesNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("audit")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let log = try AuditLog(.file(path: path))
            var batch = AuditLines()
            for number in 0..<1000 {
                batch.append(event(number), at: moment)
                log.write(&batch)
            }
            kill(getpid(), SIGKILL)
        }
        #expect(try objects(at: path).map { $0["number"] as? Int } == Array(0..<1000))
    }

    @Test func fullDiskIsToldOnceAndTheLinesWait() throws {
        let told = Mutex<[AuditLog.Trouble]>([])
        let log = try AuditLog(.file(path: "/dev/full")) { trouble in told.withLock { $0.append(trouble) } }
        for number in 1...3 {
            var lines = lines([event(number)])
            log.write(&lines)
        }
        #expect(!log.flush())
        #expect(told.withLock { $0 } == [.delayed(reason: "No space left on device")])
    }
}
