// This process's standard error: a command may wait for whoever reads it, a service must not.
// Must not know what is said.

import Audit
import Foundation
import Glibc
import Synchronization
import SystemPackage

/// Text that can't be written is lost: nothing may fail because nobody reads what it says.
enum StandardError {
    /// Nil as long as whoever writes may be kept waiting.
    private static let service = Mutex<LineBacklog?>(nil)

    /// From now on nobody waits: lines that are not read wait in memory, up to a bound, and are counted when they are lost.
    ///
    /// - Parameter lossLine: says how many are missing, with its line end
    static func becomesService(lossLine: @escaping @Sendable (_ lost: Int) -> String) {
        guard let descriptor = try? Descriptor(borrowing: STDERR_FILENO) else { return }
        var backlog: LineBacklog? = LineBacklog(.descriptor(descriptor), limit: LogLimits.backlog) { lost, _ in
            Array(lossLine(lost).utf8)
        }
        service.withLock { service in
            if service == nil { service = backlog.take() }
        }
    }

    /// - Parameter text: whole lines
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        let isWritten = service.withLock { service in
            guard service != nil else { return false }
            _ = service?.write(bytes, count: bytes.count { $0 == 0x0A }, at: AuditTime(seconds: 0, microseconds: 0))
            return true
        }
        if !isWritten { try? FileHandle.standardError.write(contentsOf: Data(bytes)) }
    }

    /// Tries again to write what waits; true if nothing does.
    @discardableResult
    static func flush() -> Bool {
        service.withLock { service in
            _ = service?.flush()
            return service?.isEmpty ?? true
        }
    }

    /// For the service's end: gives a reader that is only slow a moment.
    static func finish() {
        for _ in 0..<LogLimits.lastTries where !flush() { usleep(20_000) }
    }
}
