// What all event loops of a relay share: the audit log, who listens where, how many clients there are and may be.
// Must not hold what belongs to one session or one loop.

import Audit
import NIOCore
import Synchronization

/// Safe to use from every event loop.
final class RelayState: Sendable {
    let audit: AuditLog
    let holding: Holding
    let answers = Answers()
    private let limitsInForce: Mutex<RelayLimits>
    private let mostSessions: Atomic<Int>
    private let mostConnections = Atomic<Int>(.max)
    private let listenerAddresses = Mutex<[SocketAddress]>([])
    private let sessionCount = Atomic<Int>(0)
    private let connectionCount = Atomic<Int>(0)
    private let served = Atomic<Int>(0)
    let now: @Sendable () -> NIODeadline
    private let refusals: Mutex<Repetitions<Refusal>>
    private let refusalHandshakes = Atomic<Int>(0)

    /// - Parameter now: what sessions measure time with
    init(
        audit: AuditLog,
        limits: RelayLimits,
        holding: Holding = Holding(),
        now: @escaping @Sendable () -> NIODeadline = { .now() }
    ) {
        self.audit = audit
        self.holding = holding
        self.now = now
        limitsInForce = Mutex(limits)
        mostSessions = Atomic(limits.sessions)
        refusals = Mutex(Repetitions(interval: limits.refusalInterval, most: limits.repetitions))
    }

    /// Not for what happens often: event loops have copies.
    var limits: RelayLimits { limitsInForce.withLock { $0 } }

    /// - Parameter descriptors: how many sessions there are open files for
    func allow(_ limits: RelayLimits, descriptors: Int) {
        limitsInForce.withLock { $0 = limits }
        mostSessions.store(limits.sessions, ordering: .relaxed)
        mostConnections.store(descriptors, ordering: .relaxed)
    }

    // MARK: Sessions

    /// Counts one more session, unless there are too many.
    func admitSession() -> Bool {
        let before = sessionCount.add(1, ordering: .relaxed).oldValue
        guard before >= mostSessions.load(ordering: .relaxed) else {
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

    // MARK: Connections of clients, refused ones too

    /// Whether there are open files for one more client and its upstream.
    var hasDescriptors: Bool {
        connectionCount.load(ordering: .relaxed) < mostConnections.load(ordering: .relaxed)
    }

    func connectionOpened() {
        connectionCount.add(1, ordering: .relaxed)
    }

    func connectionClosed() {
        connectionCount.subtract(1, ordering: .relaxed)
    }

    // MARK: Refusals

    /// What the audit log tells apart.
    struct Refusal: Hashable, Sendable {
        var listener: String
    }

    /// Counts a refused client; nil where no line is due yet.
    func refused(client: String, port: Int, listener: String, at now: NIODeadline) -> AuditEvent? {
        refusals.withLock { $0.happened(Refusal(listener: listener), at: now) }.map { news in
            .sessionRefused(
                .init(client: client, port: port, listener: news.kind?.listener ?? listener, refusals: news.count)
            )
        }
    }

    /// What was counted and is due by now.
    func refusalsDue(at now: NIODeadline, isLast: Bool = false) -> [AuditEvent] {
        refusals.withLock { $0.due(at: now, isLast: isLast) }.map { news in
            .sessionRefused(.init(listener: news.kind?.listener ?? "", refusals: news.count))
        }
    }

    /// Counts one more client that is told so within TLS, unless there are too many.
    func admitRefusalHandshake(_ limits: RelayLimits) -> Bool {
        let before = refusalHandshakes.add(1, ordering: .relaxed).oldValue
        guard before >= limits.refusalHandshakes else { return true }
        refusalHandshakeEnded()
        return false
    }

    func refusalHandshakeEnded() {
        refusalHandshakes.subtract(1, ordering: .relaxed)
    }

    // MARK: Listeners

    func listens(on addresses: [SocketAddress]) {
        listenerAddresses.withLock { $0 = addresses }
    }

    /// Whether a connection leads back to one of our listeners.
    ///
    /// - Parameter local: its own end, asked for only where the other one does not tell; nil before it is opened
    func isOwnListener(remote: SocketAddress?, local: @autoclosure () -> SocketAddress? = nil) -> Bool {
        guard let remote, let port = remote.port else { return false }
        return listenerAddresses.withLock { listeners in
            listeners.contains { listener in
                // Nearly always the end of it: addresses are made text only where the ports are the same.
                guard listener.port == port, let address = remote.plainAddress else { return false }
                if listener.plainAddress == address { return true }
                // Connecting to all addresses means connecting to the loopback one.
                if remote.isWildcard, listener.isLoopback { return true }
                // A listener on all addresses is reached by any address of this machine: such a connection has the same
                // address at both ends.
                return listener.isWildcard
                    && (address == local()?.plainAddress || remote.isLoopback || remote.isWildcard)
            }
        }
    }
}

extension SocketAddress {
    /// Whether this is an address that stands for all of the machine's.
    var isWildcard: Bool { ipAddress == "0.0.0.0" || ipAddress == "::" }

    /// The address as text; an IPv4 address written as IPv6 as the former.
    var plainAddress: Substring? {
        ipAddress.map { $0.hasPrefix("::ffff:") ? $0.dropFirst(7) : $0[...] }
    }

    /// 127.0.0.0/8, ::1, and the former written as IPv6.
    var isLoopback: Bool {
        switch self {
        case .v4, .v6:
            guard let plainAddress else { return false }
            return plainAddress.hasPrefix("127.") || plainAddress == "::1"
        case .unixDomainSocket: return true
        }
    }
}
