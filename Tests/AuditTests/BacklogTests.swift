// A pipe that takes little, as a disk that is full: order, the bound, the loss that is told, the move to another file.
// Must not depend on a real disk; says `unsafe` for the one read(2) that empties a pipe without waiting.

import Audit
import Foundation
import Glibc
import Synchronization
import Testing

/// Linux's F_SETPIPE_SZ, which the module map leaves out.
private let setPipeSize: Int32 = 1031

/// A pipe of one page that takes what fits and no more; what comes out is collected.
private final class NarrowPipe {
    let pipe = Pipe()
    private(set) var read = Data()

    init() {
        let writing = pipe.fileHandleForWriting.fileDescriptor
        _ = fcntl(writing, setPipeSize, 4096)
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        _ = fcntl(pipe.fileHandleForReading.fileDescriptor, F_SETFL, O_NONBLOCK)
    }

    var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    /// Makes room.
    func drain() {
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(pipe.fileHandleForReading.fileDescriptor, &part, part.count)
            guard count > 0 else { return }
            read += part[..<count]
        }
    }
}

@Suite struct BacklogTests {
    private let told = Told()

    private final class Told: Sendable {
        let troubles = Mutex<[AuditLog.Trouble]>([])
        var all: [AuditLog.Trouble] { troubles.withLock { $0 } }
    }

    private func log(_ destination: AuditLog.Destination, backlog: Int) throws -> AuditLog {
        var limits = AuditLimits()
        limits.backlog = backlog
        return try AuditLog(destination, limits: limits) { [told] trouble in
            told.troubles.withLock { $0.append(trouble) }
        }
    }

    private func write(_ numbers: Range<Int>, batch: Int, to log: AuditLog) {
        var batched = AuditLines()
        for number in numbers {
            batched.append(event(number), at: moment)
            if batched.count == batch { log.write(&batched) }
        }
        log.write(&batched)
    }

    @Test(arguments: [1, 3, 200])
    func whatTheKernelDoesNotTakeIsWrittenLaterInOrder(batch: Int) throws {
        let pipe = NarrowPipe()
        let log = try log(.descriptor(pipe.descriptor), backlog: 1 << 20)
        for start in stride(from: 0, to: 600, by: 200) {
            write(start..<start + 200, batch: batch, to: log)
            pipe.drain()
        }
        while !log.flush() { pipe.drain() }
        pipe.drain()
        #expect(try objects(in: pipe.read).map { $0["number"] as? Int } == Array(0..<600))
        #expect(told.all == [.delayed(reason: "whoever reads it is too slow"), .recovered(lost: 0)])
    }

    @Test(arguments: [1, 7, 100])
    func beyondTheBoundLinesAreCountedAndTheLossIsALine(batch: Int) throws {
        let pipe = NarrowPipe()
        let log = try log(.descriptor(pipe.descriptor), backlog: 8192)
        write(0..<200, batch: batch, to: log)
        while !log.flush() { pipe.drain() }
        write(200..<203, batch: batch, to: log)
        pipe.drain()

        let written = try objects(in: pipe.read)
        let kept = written.prefix { $0["event"] as? String == "deleted" }
        let loss = try #require(written.dropFirst(kept.count).first)
        #expect(kept.map { $0["number"] as? Int } == Array(0..<kept.count))
        #expect(loss["event"] as? String == "audit_lost")
        #expect(loss["lines"] as? Int == 200 - kept.count)
        #expect(written.dropFirst(kept.count + 1).map { $0["number"] as? Int } == [200, 201, 202])
        #expect(kept.count < 200 && kept.count > 50)
        let reason = "whoever reads it is too slow"
        #expect(told.all == [.delayed(reason: reason), .losing, .recovered(lost: 200 - kept.count)])
    }

    @Test func backlogHoldsItsLimitAndNotOneLineMore() throws {
        let one = lines([event(1)]).bytes.count
        for (limit, lost) in [(one * 3, 0), (one * 3 - 1, 1), (one, 2), (1, 2)] {
            let pipe = NarrowPipe()
            try pipe.pipe.fileHandleForWriting.write(contentsOf: Data(repeating: UInt8(ascii: "\n"), count: 4096))
            let log = try log(.descriptor(pipe.descriptor), backlog: limit)
            write(1..<4, batch: 1, to: log)
            pipe.drain()
            #expect(log.flush())
            pipe.drain()
            let written = try objects(in: pipe.read.drop { $0 == UInt8(ascii: "\n") })
            #expect(written.last?["lines"] as? Int == (lost == 0 ? nil : lost))
            #expect(written.count { $0["event"] as? String == "deleted" } == 3 - lost)
        }
    }

    /// A line that is longer than a pipe takes at once.
    private func writeLongLine(to log: AuditLog) {
        var lines = AuditLines()
        let files = (0..<30).map { "\($0)-" + String(repeating: "x", count: 400) }
        lines.append(.rulesLoaded(.init(files: files, depth: "header")), at: moment)
        log.write(&lines)
    }

    @Test func lineThatIsHalfWrittenGoesWholeIntoTheNextFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("audit")
        let pipe = NarrowPipe()
        let target = "/proc/self/fd/\(pipe.descriptor)"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        let log = try log(.file(path: path), backlog: 1 << 20)
        writeLongLine(to: log)
        try FileManager.default.removeItem(atPath: path)
        try log.reopen()
        write(100..<110, batch: 1, to: log)

        pipe.drain()
        #expect(!pipe.read.isEmpty && pipe.read.last != UInt8(ascii: "\n"))
        let written = try objects(at: path)
        #expect(written.first?["event"] as? String == "rules_loaded")
        #expect(written.dropFirst().map { $0["number"] as? Int } == Array(100..<110))
        #expect(told.all.last == .recovered(lost: 0))
    }

    @Test func pipeThatOthersWriteToGetsWholeLinesOnly() throws {
        let pipe = NarrowPipe()
        let log = try log(.descriptor(pipe.descriptor), backlog: 1 << 20)
        write(0..<100, batch: 100, to: log)
        pipe.drain()
        #expect(!pipe.read.isEmpty && pipe.read.last == UInt8(ascii: "\n"))
    }
}
