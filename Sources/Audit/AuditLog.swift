// The audit log: takes lines in order and has them in the kernel before it returns.
// Must not lose a line silently, tear one apart, or wait for anything but the kernel.

import Synchronization
import SystemPackage

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
/// newest lines are lost, counted, and told by a line `audit_lost` as soon as lines can be written again. A pipe, a
/// terminal or a socket that nobody reads is such a case: no writer waits for a reader.
///
/// The process must ignore SIGPIPE where the destination may be a pipe.
package final class AuditLog: Sendable {
    /// What a log writes to.
    package enum Destination: Sendable, Equatable, CustomStringConvertible {
        /// Appended to; made with mode 0640 where it does not exist. A named pipe or a device is written as a pipe is.
        case file(path: String, upkeep: FileUpkeep? = nil)
        case standardOutput
        /// Open for writing; stays its owner's.
        case descriptor(Int32)
        case syslog(Syslog)
        /// systemd's journal, by its native protocol.
        case journal(path: String)

        package var description: String {
            switch self {
            case .file(let path, _): path
            case .standardOutput: "standard output"
            case .descriptor(let number): "descriptor \(number)"
            case .syslog(let syslog): "\(syslog)"
            case .journal(let path): "the journal at \(path)"
            }
        }
    }

    /// What the operator has to be told by other means than the log itself.
    package typealias Trouble = LineBacklog.Trouble

    /// A destination that is open already, for ``move(to:)``.
    package struct Opened: ~Copyable {
        fileprivate let destination: Destination
        fileprivate let outlet: LineOutlet

        /// May wait for DNS, and for a server to answer.
        package init(_ destination: Destination, limits: AuditLimits = AuditLimits()) throws(AuditLogError) {
            self.destination = destination
            switch destination {
            case .file(let path, let upkeep): outlet = try Self.file(path, upkeep)
            case .standardOutput: outlet = try Self.borrowed(1, destination)
            case .descriptor(let number): outlet = try Self.borrowed(number, destination)
            case .syslog(let syslog): outlet = .syslog(try Self.sender(syslog, limits))
            case .journal(let path): outlet = .journal(JournalSender(path: path, limits: limits))
            }
        }

        private static func borrowed(_ number: Int32, _ named: Destination) throws(AuditLogError) -> LineOutlet {
            do throws(Errno) {
                return .descriptor(try Descriptor(borrowing: number))
            } catch {
                throw AuditLogError(named, error)
            }
        }

        private static func sender(_ syslog: Syslog, _ limits: AuditLimits) throws(AuditLogError) -> SyslogSender {
            do throws(SocketAddress.LookupError) {
                return try SyslogSender(syslog, limits: limits)
            } catch {
                throw AuditLogError(path: "\(syslog)", reason: error.description)
            }
        }

        /// A pipe or a device needs no upkeep.
        private static func file(_ path: String, _ upkeep: FileUpkeep?) throws(AuditLogError) -> LineOutlet {
            do throws(Errno) {
                let descriptor = try Descriptor(appendingTo: path)
                guard let upkeep, descriptor.isRegular else { return .descriptor(descriptor) }
                return .file(LogFile(descriptor, path: path, upkeep))
            } catch {
                throw AuditLogError(.file(path: path), error)
            }
        }
    }

    private struct State: ~Copyable {
        var destination: Destination
        var backlog: LineBacklog
    }

    private let state: Mutex<State>
    private let onTrouble: @Sendable (Trouble) -> Void

    /// Opens the destination. `onTrouble` is called once per change, on the writer's thread, and may write to the
    /// operator's log.
    package init(
        _ destination: Destination,
        limits: AuditLimits = AuditLimits(),
        onTrouble: @escaping @Sendable (Trouble) -> Void = { _ in }
    ) throws(AuditLogError) {
        self.onTrouble = onTrouble
        let opened = try Opened(destination, limits: limits)
        let backlog = LineBacklog(opened.outlet, limit: limits.backlog, lossLine: Self.lossLine)
        state = Mutex(State(destination: destination, backlog: backlog))
    }

    package var destination: Destination { state.withLock { $0.destination } }

    /// Hands the lines to the kernel and empties the buffer. When it returns, a kill of the process loses none of them.
    package func write(_ lines: inout AuditLines) {
        guard !lines.isEmpty else { return }
        let troubles = state.withLock { $0.backlog.write(lines.bytes, count: lines.count, at: lines.latest) }
        lines.removeAll()
        for trouble in troubles { onTrouble(trouble) }
    }

    /// Tries again to write what waits; true if nothing waits any more. For a timer.
    @discardableResult
    package func flush() -> Bool {
        let (isDone, troubles) = state.withLock { state in
            let troubles = state.backlog.flush()
            return (state.backlog.isEmpty, troubles)
        }
        for trouble in troubles { onTrouble(trouble) }
        return isDone
    }

    /// Opens the file's path again, between two batches, so that logrotate can move the old file away. Other
    /// destinations stay. Throws if the path can't be opened; lines go on to the old file then.
    package func reopen() throws(AuditLogError) {
        let destination = destination
        guard case .file = destination else { return }
        move(to: try Opened(destination))
    }

    /// Goes on elsewhere, between two batches; what waits goes there.
    package func move(to opened: consuming Opened) {
        var fresh: Opened? = opened
        let troubles = state.withLock { state in
            guard var opened = fresh.take() else { return [Trouble]() }
            // A file may have been rotated since it was opened: its path leads to the one to go on with.
            if state.destination.rotates(opened.destination), let again = try? Opened(opened.destination) {
                opened = again
            }
            state.destination = opened.destination
            return state.backlog.move(to: opened.outlet)
        }
        for trouble in troubles { onTrouble(trouble) }
    }

    /// For the service's end: tries to write what waits until `patience` is over.
    ///
    /// - Returns: how many lines were lost since the start, or wait in vain.
    package func finish(patience: Duration, clock: some Clock<Duration>) async -> Int {
        let deadline = clock.now.advanced(by: patience)
        while !flush(), clock.now < deadline {
            guard (try? await clock.sleep(until: clock.now.advanced(by: .milliseconds(50)), tolerance: nil)) != nil
            else { break }
        }
        return state.withLock { $0.backlog.missing }
    }

    private static func lossLine(_ lost: Int, at time: AuditTime) -> [UInt8] {
        var line = AuditLines()
        line.open(event: "audit_lost", at: time)
        line.field("lines", lost)
        line.close()
        return line.bytes
    }
}

extension AuditLog.Destination {
    /// Whether lines go to the same file or program, however they are kept or sent there.
    package func isSamePlace(_ other: Self) -> Bool { description == other.description }

    /// Whether it is a file with rotation of its own, and the other is the same file.
    fileprivate func rotates(_ other: Self) -> Bool {
        guard case .file(let path, let upkeep?) = self, upkeep.rotation != nil else { return false }
        if case .file(path, _) = other { return true }
        return false
    }
}

extension AuditLogError {
    fileprivate init(_ destination: AuditLog.Destination, _ error: Errno) {
        let reason =
            switch (destination, error) {
            case (.file, .noSuchAddressOrDevice): "it is a socket, or a device that is not there; name a file"
            case (.standardOutput, .badFileDescriptor): "it is closed; leave it open, or name a file"
            default: error.description
            }
        self.init(path: destination.description, reason: reason)
    }
}
