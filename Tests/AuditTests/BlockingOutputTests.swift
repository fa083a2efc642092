// Outputs that make whoever writes to them wait: pipes, terminals and sockets that nobody reads, and no output at all.
// Must not set a flag on a descriptor: whether its owner has set O_NONBLOCK is what this is about.

import Audit
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct BlockingOutputTests {
    /// What may stand behind standard output, or behind the path of a log.
    enum Kind: String, CaseIterable {
        case pipe
        case socket
        case terminal
        case namedPipe
        case namedPipeWithoutReader
    }

    /// Keeps the ends open; `reading` is nil where nobody could read.
    private final class Output {
        let destination: AuditLog.Destination
        let reading: FileHandle?
        private let writing: FileHandle?

        init(_ destination: AuditLog.Destination, reading: FileHandle?, writing: FileHandle? = nil) {
            (self.destination, self.reading, self.writing) = (destination, reading, writing)
        }
    }

    private func output(_ kind: Kind, in folder: TemporaryFolder) throws -> Output {
        switch kind {
        case .pipe:
            let pipe = Pipe()
            let number = pipe.fileHandleForWriting.fileDescriptor
            return Output(
                .descriptor(number),
                reading: pipe.fileHandleForReading,
                writing: pipe.fileHandleForWriting
            )
        case .socket:
            var ends: [Int32] = [0, 0]
            // Invariant: there is room for two numbers.
            let isOpen = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0
            try #require(isOpen)
            return Output(
                .descriptor(ends[0]),
                reading: FileHandle(fileDescriptor: ends[1], closeOnDealloc: true),
                writing: FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
            )
        case .terminal:
            var (master, terminal): (Int32, Int32) = (-1, -1)
            // Invariant: both numbers live to the end of the call, the rest is not asked for.
            let isOpen = unsafe openpty(&master, &terminal, nil, nil, nil) == 0
            try #require(isOpen)
            return Output(
                .descriptor(terminal),
                reading: FileHandle(fileDescriptor: master, closeOnDealloc: true),
                writing: FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
            )
        case .namedPipe, .namedPipeWithoutReader:
            let path = folder.file("fifo")
            // Invariant: the path lives to the end of the call.
            let isMade = unsafe mkfifo(path, 0o600) == 0
            try #require(isMade)
            let descriptor = kind == .namedPipe ? unsafe open(path, O_RDONLY | O_NONBLOCK) : -1
            let reading = descriptor >= 0 ? FileHandle(fileDescriptor: descriptor, closeOnDealloc: true) : nil
            return Output(.file(path: path), reading: reading)
        }
    }

    @Test("an output that nobody reads keeps no writer waiting; what does not fit is counted", arguments: Kind.allCases)
    func stuck(_ kind: Kind) async throws {
        let folder = try TemporaryFolder()
        let output = try output(kind, in: folder)
        var limits = AuditLimits()
        limits.backlog = 64 * 1_024
        let log = try AuditLog(output.destination, limits: limits)
        var lines = AuditLines()
        for number in 0..<20_000 {
            lines.append(event(number), at: moment)
            log.write(&lines)
        }
        #expect(!log.flush())
        let missing = await log.finish(patience: .zero, clock: ContinuousClock())
        #expect(missing > 10_000 && missing < 20_000)
        // Still open: who closes the reading end changes what is asked.
        _ = output.reading
    }

    @Test("flags of a descriptor that others share stay as they are")
    func sharedFlags() throws {
        let pipe = Pipe()
        let number = pipe.fileHandleForWriting.fileDescriptor
        let before = fcntl(number, F_GETFL)
        let log = try AuditLog(.descriptor(number))
        var written = lines([event(1)])
        log.write(&written)
        #expect(fcntl(number, F_GETFL) == before && before & O_NONBLOCK == 0)
        #expect(try objects(in: pipe.fileHandleForReading.availableData).count == 1)
    }

    @Test("a descriptor that can't be written is an error at once")
    func notForWriting() throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/null"))
        #expect(throws: AuditLogError.self) { try AuditLog(.descriptor(file.fileDescriptor)) }
        #expect(throws: AuditLogError.self) { try AuditLog(.descriptor(999_999)) }
    }

    @Test("lines that a full disk did not take are counted at the end", arguments: [0, 1, 7])
    func missingAtTheEnd(_ count: Int) async throws {
        let log = try AuditLog(.file(path: "/dev/full"))
        var written = lines((0..<count).map { event($0) })
        log.write(&written)
        #expect(await log.finish(patience: .zero, clock: ContinuousClock()) == count)
    }

    @Test("a log that moves goes on in the other file, with what waited first")
    func moves() throws {
        let folder = try TemporaryFolder()
        let log = try AuditLog(.file(path: "/dev/full"))
        for number in 0..<3 {
            var written = lines([event(number)])
            log.write(&written)
        }
        log.move(to: try AuditLog.Opened(.file(path: folder.file("audit"))))
        var more = lines([event(3)])
        log.write(&more)
        #expect(try objects(at: folder.file("audit")).map { $0["number"] as? Int } == [0, 1, 2, 3])
        #expect(log.destination == .file(path: folder.file("audit")))
    }
}
