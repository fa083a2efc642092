// What all event loops of a relay share: the audit log, who listens where, how many clients there are and may be.
// Must not hold what belongs to one session or one loop.

import Audit
import NIOCore
import Synchronization
import Transport

/// Safe to use from every event loop.
final class RelayState: Sendable {
    let audit: AuditLog
    let holding: Holding
    let answers = Answers()
    let admission = Admission()
    /// Proofs for servers, which choose how long they take: passwords that are checked here don't wait for them.
    let slowProofs = SlowHashes()
    let checkedPasswords: CheckedPasswords
    let newcomers = Newcomers()
    let upstreams = UpstreamQueues()
    let reachability = Reachability()
    private let limitsInForce: Mutex<RelayLimits>
    private let mostSessions: Atomic<Int>
    private let mostConnections = Atomic<Int>(.max)
    private let mostNewcomers: Atomic<Int>
    /// Sessions that make room at once where there are no open files.
    private static let madeRoom = 16
    private let ripeAge: TimeAmount
    private let grace: TimeAmount
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
        checkedPasswords = CheckedPasswords(by: SlowHashes())
        limitsInForce = Mutex(limits)
        mostSessions = Atomic(limits.sessions)
        mostNewcomers = Atomic(limits.newcomers(of: limits.sessions))
        ripeAge = limits.loginTime
        grace = limits.newcomerGrace
        refusals = Mutex(Repetitions(interval: limits.refusalInterval, most: limits.repetitions))
    }

    /// Not for what happens often: event loops have copies.
    var limits: RelayLimits { limitsInForce.withLock { $0 } }

    /// - Parameter descriptors: how many sessions there are open files for
    func allow(_ limits: RelayLimits, descriptors: Int) {
        limitsInForce.withLock { $0 = limits }
        mostSessions.store(limits.sessions, ordering: .relaxed)
        mostConnections.store(descriptors, ordering: .relaxed)
        mostNewcomers.store(limits.newcomers(of: min(limits.sessions, descriptors)), ordering: .relaxed)
    }

    // MARK: Sessions

    /// Why a client is turned away.
    enum RefusalReason: String, Sendable {
        case sessions = "too many sessions"
        case ofAddress = "too many sessions from its address"
        case untrustedProxy = "it is no trusted proxy"
        case noProxyHeader = "no PROXY header"
        case lateProxyHeader = "no PROXY header in time"
    }

    /// Counts one more session, unless there are too many; nil: there are not. Where somebody is there who has not logged in, he
    /// makes room.
    ///
    /// - Parameter address: nil: of somebody who is trusted
    func admitSession(_ address: AddressBlock?, perAddress most: Int) -> RefusalReason? {
        if let address, !admission.enter(address, most: most) { return .ofAddress }
        let before = sessionCount.add(1, ordering: .relaxed).oldValue
        guard hasRoom(before) else {
            sessionEnded(address)
            return .sessions
        }
        served.add(1, ordering: .relaxed)
        return nil
    }

    /// - Parameter sessions: how many there are
    private func hasRoom(_ sessions: Int) -> Bool {
        let isFull = sessions >= mostSessions.load(ordering: .relaxed)
        guard isFull || newcomers.count >= mostNewcomers.load(ordering: .relaxed) else { return true }
        let makesRoom = newcomers.evictOne(age: ripeAge)
        // A crowd that came together and is about to log in is no flood.
        return makesRoom || !isFull || newcomers.evictStalled()
    }

    func sessionEnded(_ address: AddressBlock?) {
        sessionCount.subtract(1, ordering: .relaxed)
        if let address { admission.leave(address) }
    }

    /// Sessions since the start.
    var sessionsServed: Int { served.load(ordering: .relaxed) }

    var sessions: Int { sessionCount.load(ordering: .relaxed) }

    /// How many there may be, by the settings and by the open files that there are.
    var sessionsAllowed: Int { min(mostSessions.load(ordering: .relaxed), mostConnections.load(ordering: .relaxed)) }

    // MARK: Connections of clients, refused ones too

    /// Whether there are open files for one more client and its upstream. If not, it waits in the kernel, and those make room
    /// that have not logged in for a while.
    func hasDescriptors() -> Bool {
        if connectionCount.load(ordering: .relaxed) < mostConnections.load(ordering: .relaxed) { return true }
        newcomers.evict(Self.madeRoom, age: grace)
        return false
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
        var reason: RefusalReason
    }

    /// Counts a refused client; nil where no line is due yet.
    func refused(
        client: String,
        port: Int,
        listener: String,
        _ reason: RefusalReason,
        at now: NIODeadline
    ) -> AuditEvent? {
        let news = refusals.withLock { $0.happened(Refusal(listener: listener, reason: reason), at: now) }
        guard let news else { return nil }
        let told = news.kind ?? Refusal(listener: listener, reason: reason)
        return .sessionRefused(
            .init(
                client: client,
                port: port,
                listener: told.listener,
                reason: told.reason.rawValue,
                refusals: news.count
            )
        )
    }

    /// What was counted and is due by now.
    func refusalsDue(at now: NIODeadline, isLast: Bool = false) -> [AuditEvent] {
        refusals.withLock { $0.due(at: now, isLast: isLast) }.map { news in
            .sessionRefused(
                .init(
                    listener: news.kind?.listener ?? "",
                    reason: (news.kind?.reason ?? .sessions).rawValue,
                    refusals: news.count
                )
            )
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
        guard let remote else { return false }
        if let path = remote.pathname { return listenerAddresses.withLock { $0.contains { $0.pathname == path } } }
        guard let port = remote.port else { return false }
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

extension RelayLimits {
    /// How many of so many sessions may be of clients that have not logged in.
    func newcomers(of sessions: Int) -> Int { max(1, min(sessionsBeforeLogin, sessions / 2)) }
}

extension SocketAddress {
    /// Whether this is an address that stands for all of the machine's.
    var isWildcard: Bool { ipAddress == "0.0.0.0" || ipAddress == "::" }

    /// The address as text; an IPv4 address written as IPv6 as the former.
    var plainAddress: Substring? {
        ipAddress.map { $0.hasPrefix("::ffff:") ? $0.dropFirst(7) : $0[...] }
    }

    /// 127.0.0.0/8, ::1, and the former written as IPv6.
    package var isLoopback: Bool {
        switch self {
        case .v4, .v6:
            guard let plainAddress else { return false }
            return plainAddress.hasPrefix("127.") || plainAddress == "::1"
        case .unixDomainSocket: return true
        }
    }
}
