// What all event loops of a relay share: the audit log, the limits, who listens where, how many sessions there are.
// Must not hold what belongs to one session or one loop.

import Audit
import NIOCore
import Synchronization

/// Safe to use from every event loop.
final class RelayState: Sendable {
    let audit: AuditLog
    let limits: RelayLimits
    private let listenerAddresses = Mutex<[SocketAddress]>([])
    private let sessionCount = Atomic<Int>(0)
    private let served = Atomic<Int>(0)

    init(audit: AuditLog, limits: RelayLimits) {
        self.audit = audit
        self.limits = limits
    }

    /// Counts one more session, unless there are too many.
    func admitSession() -> Bool {
        let before = sessionCount.add(1, ordering: .relaxed).oldValue
        guard before >= limits.sessions else {
            served.add(1, ordering: .relaxed)
            return true
        }
        sessionCount.subtract(1, ordering: .relaxed)
        return false
    }

    func sessionEnded() {
        sessionCount.subtract(1, ordering: .relaxed)
    }

    /// Sessions since the start.
    var sessionsServed: Int { served.load(ordering: .relaxed) }

    var sessions: Int { sessionCount.load(ordering: .relaxed) }

    func listens(on addresses: [SocketAddress]) {
        listenerAddresses.withLock { $0 = addresses }
    }

    /// Whether a connection that was just opened leads back to one of our listeners.
    func isOwnListener(remote: SocketAddress?, local: SocketAddress?) -> Bool {
        guard let remote else { return false }
        return listenerAddresses.withLock { addresses in
            addresses.contains { listener in
                guard listener.port == remote.port else { return false }
                // A listener on all addresses is reached by any address of this machine: such a connection has the same
                // address at both ends.
                return listener.ipAddress == remote.ipAddress
                    || (listener.isWildcard && (remote.ipAddress == local?.ipAddress || remote.isLoopback))
            }
        }
    }
}

extension SocketAddress {
    /// Whether this is an address that stands for all of the machine's.
    var isWildcard: Bool { ipAddress == "0.0.0.0" || ipAddress == "::" }

    /// 127.0.0.0/8, ::1, and the former written as IPv6.
    var isLoopback: Bool {
        switch self {
        case .v4, .v6:
            guard let ipAddress else { return false }
            let plain = ipAddress.hasPrefix("::ffff:") ? ipAddress.dropFirst(7) : ipAddress[...]
            return plain.hasPrefix("127.") || plain == "::1"
        case .unixDomainSocket: return true
        }
    }
}
