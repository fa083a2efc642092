// A program's standard input, as a pipe of ours. Must not wait on a thread for a program that does not read.
// Says `unsafe`, because the system's calls take pointers.

import Glibc
import Synchronization
import SystemPackage

/// Both ends of a pipe; what is still open when it goes is closed.
///
/// That it can't be opened is an error here. The library that starts programs ends the process when it has opened a pipe
/// of its own for one stream and can't for the next.
final class InputPipe: Sendable {
    /// The program's.
    let readEnd: FileDescriptor
    /// What is written to goes nowhere, as what the program says to nobody.
    let nowhere: FileDescriptor
    private let writeEnd: FileDescriptor
    private let open: Mutex<(reading: Bool, writing: Bool)>

    init() throws(UnscannedReason) {
        do {
            nowhere = try FileDescriptor.open(FilePath("/dev/null"), .writeOnly, options: .closeOnExec)
        } catch {
            throw .failed("it can't be started: \(error)")
        }
        do {
            (readEnd, writeEnd) = try FileDescriptor.pipe()
        } catch {
            try? nowhere.close()
            throw .failed("it can't be started: \(error)")
        }
        open = Mutex((true, true))
        for end in [readEnd, writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(writeEnd.rawValue, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeReadEnd()
        finish()
        try? nowhere.close()
    }

    /// The program has its own.
    func closeReadEnd() { close(\.reading, readEnd) }

    /// It gets no more.
    func finish() { close(\.writing, writeEnd) }

    private func close(_ end: WritableKeyPath<(reading: Bool, writing: Bool), Bool>, _ file: FileDescriptor) {
        let isOpen = open.withLock { open in
            defer { open[keyPath: end] = false }
            return open[keyPath: end]
        }
        if isOpen { try? file.close() }
    }

    /// Returns when the pipe has all of it.
    func write(_ octets: [UInt8]) async throws {
        var written = 0
        while written < octets.count {
            do {
                written += try unsafe octets[written...].withUnsafeBytes { try unsafe writeEnd.write($0) }
            } catch Errno.resourceTemporarilyUnavailable {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }
}
