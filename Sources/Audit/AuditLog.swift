// The audit log: takes lines in order and has them in the kernel before it returns.
// Must not lose a line silently, tear one apart, or wait for anything but the kernel.

import Synchronization

/// Why an audit log can't be opened.
package struct AuditLogError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// The system's words.
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

/// Where audit lines go.
///
/// Any thread may write; each batch stays together, and the batches of one writer stay in order. What the kernel
/// doesn't take waits in memory up to ``AuditLimits/backlog`` and goes before all later lines; beyond that bound the
/// newest lines are lost, counted, and told by a line `audit_lost` as soon as lines can be written again.
///
/// The process must ignore SIGPIPE where the destination may be a pipe.
package final class AuditLog: Sendable {
    /// What a log writes to.
    package enum Destination: Sendable, Equatable {
        /// Appended to; made with mode 0640 where it does not exist.
        case file(path: String)
        case standardOutput
        /// Open for writing; stays its owner's.
        case descriptor(Int32)
    }

    /// What the operator has to be told by other means than the log itself.
    package enum Trouble: Sendable, Equatable {
        /// The kernel takes no lines, for this reason; they wait in memory.
        case delayed(reason: String)
        /// No more lines can wait: they are lost from here on.
        case losing
        /// All lines that waited are written; so many were lost.
        case recovered(lost: Int)
    }

    private let destination: Destination
    private let backlog: Mutex<AuditBacklog>
    private let onTrouble: @Sendable (Trouble) -> Void

    /// Opens the destination. `onTrouble` is called once per change, on the writer's thread, and may write to the
    /// operator's log.
    package init(
        _ destination: Destination,
        limits: AuditLimits = AuditLimits(),
        onTrouble: @escaping @Sendable (Trouble) -> Void = { _ in }
    ) throws(AuditLogError) {
        self.destination = destination
        self.onTrouble = onTrouble
        let descriptor =
            switch destination {
            case .file(let path): try Descriptor(appendingTo: path)
            case .standardOutput: Descriptor(borrowing: 1)
            case .descriptor(let number): Descriptor(borrowing: number)
            }
        backlog = Mutex(AuditBacklog(descriptor, limit: limits.backlog, endsHalfLine: Self.endsWithinLine(destination)))
    }

    /// Hands the lines to the kernel and empties the buffer. When it returns, a kill of the process loses none of them.
    package func write(_ lines: inout AuditLines) {
        guard !lines.isEmpty else { return }
        let troubles = backlog.withLock { backlog in backlog.write(lines) }
        lines.removeAll()
        for trouble in troubles { onTrouble(trouble) }
    }

    /// Tries again to write what waits; true if nothing waits any more. For the service's end, and for a timer.
    @discardableResult
    package func flush() -> Bool {
        let (isDone, troubles) = backlog.withLock { backlog in
            let troubles = backlog.flush()
            return (backlog.isEmpty, troubles)
        }
        for trouble in troubles { onTrouble(trouble) }
        return isDone
    }

    /// Opens the file's path again, between two batches, so that logrotate can move the old file away. Other
    /// destinations stay. Throws if the path can't be opened; lines go on to the old file then.
    package func reopen() throws(AuditLogError) {
        guard case .file(let path) = destination else { return }
        let endsHalfLine = Self.endsWithinLine(destination)
        var fresh: Descriptor? = try Descriptor(appendingTo: path)
        let troubles = backlog.withLock { backlog in
            guard let descriptor = fresh.take() else { return [Trouble]() }
            return backlog.move(to: descriptor, endsHalfLine: endsHalfLine)
        }
        for trouble in troubles { onTrouble(trouble) }
    }

    private static func endsWithinLine(_ destination: Destination) -> Bool {
        guard case .file(let path) = destination else { return false }
        return Descriptor.endsWithinLine(path)
    }
}
