// Connections that wait to be used again.
// Must not know what is said on them.

import Synchronization

/// What can be kept open between two messages.
protocol Reusable: Sendable {
    static func open(_ dialer: Dialer) async throws(UnscannedReason) -> Self
    /// The peer is there and has said nothing unasked.
    var isIdle: Bool { get }
    func close()
}

/// The last one used first, so that those beyond need grow old and are closed by the scanner.
final class Pool<Connection: Reusable>: Sendable {
    private let idle = Mutex<[Connection]>([])
    private let dialer: Dialer
    private let limit: Int

    init(_ dialer: Dialer, limit: Int) {
        self.dialer = dialer
        self.limit = limit
    }

    deinit { for connection in idle.withLock({ $0 }) { connection.close() } }

    /// One that is still good, or a new one.
    ///
    /// - Parameter isNew: one that was used before is not good enough.
    func take(isNew: Bool) async throws(UnscannedReason) -> Connection {
        if !isNew, let connection = takeIdle() { return connection }
        return try await .open(dialer)
    }

    private func takeIdle() -> Connection? {
        idle.withLock { idle in
            while let last = idle.popLast() {
                if last.isIdle { return last }
                last.close()
            }
            return nil
        }
    }

    /// Keeps it, unless it is no good or there are enough.
    func give(_ connection: Connection) {
        let isKept =
            connection.isIdle
            && idle.withLock { idle in
                guard idle.count < limit else { return false }
                idle.append(connection)
                return true
            }
        if !isKept { connection.close() }
    }
}
