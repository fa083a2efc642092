// What the sessions of one event loop share: settings, rules, the audit lines of this moment, and the clock that ends them.
// Must not be touched from another thread: everything here belongs to one event loop.

import Audit
import Filtering
import Logging
import NIOCore
import POP3
import Scanning
import TLS
import Transport

/// The sessions of one event loop and what they have in common.
final class LoopContext {
    /// A listener as sessions see it.
    struct OpenListener: Sendable {
        /// Its address, with the port that the system chose.
        var address: String
        var setting: RelayConfiguration.Listener
    }

    let eventLoop: Loop
    let shared: RelayState
    /// Settings and rules, replaced as a whole by a reload: a request takes them once and holds them to its end.
    private(set) var inForce: InForce
    /// Who sends what is held.
    let turns: Turns
    /// A copy of what is in force: it is asked for more often than anything else.
    private(set) var limits: RelayLimits
    /// By number; a number is never used for another listener.
    private var listeners: [Int: OpenListener] = [:]
    /// What the sessions had to say since the last write.
    var auditLines = AuditLines()
    let log: Logger
    let operatorLog: OperatorLog
    var identifiers = SessionIdentifiers()
    private(set) var sessions: [ObjectIdentifier: Session] = [:]
    /// As the other loops see them.
    private(set) var newcomers: Newcomers.OfLoop?
    /// Proxies that have not said whose connection they pass on.
    var proxies: [ObjectIdentifier: ProxiedClient] = [:]
    /// The oldest sessions that had not logged in when somebody last looked.
    var evictable: ArraySlice<Session> = []
    /// The same of those whose client takes nothing.
    var stalled: ArraySlice<Session> = []
    private var sweep: RepeatedTask?
    /// The relay is about to end.
    private(set) var isDraining = false
    /// What the sessions of this loop come to, for metrics.
    var counts = LoopCounts()
    /// When the next look at all sessions is due.
    private var nextLook: NIODeadline?

    init(
        eventLoop: Loop,
        shared: RelayState,
        inForce: InForce,
        operatorLog: OperatorLog? = nil,
        log: Logger
    ) {
        self.eventLoop = eventLoop
        self.shared = shared
        turns = Turns(eventLoop, most: inForce.limits.holding.turn)
        self.inForce = inForce
        limits = inForce.limits
        self.log = log
        self.operatorLog = operatorLog ?? OperatorLog(log: log, limits: inForce.limits)
        for (number, listener) in inForce.configuration.listeners.enumerated() {
            listeners[number] = OpenListener(address: listener.description, setting: listener)
        }
    }

    convenience init(
        eventLoop: Loop,
        shared: RelayState,
        configuration: RelayConfiguration,
        ruleSet: RuleSet,
        log: Logger
    ) {
        let first = InForce(configuration: configuration, ruleSet: ruleSet, limits: shared.limits, version: 1)
        self.init(eventLoop: eventLoop, shared: shared, inForce: first, log: log)
    }

    /// What sessions measure time with.
    var now: NIODeadline { shared.now() }

    var configuration: RelayConfiguration { inForce.configuration }
    var ruleSet: RuleSet { inForce.ruleSet }

    /// For what is asked for from now on.
    func put(inForce: InForce) {
        self.inForce = inForce
        limits = inForce.limits
    }

    /// For clients that are accepted from now on.
    func put(listeners: [Int: OpenListener]) {
        self.listeners = listeners
    }

    func listener(_ number: Int) -> OpenListener? { listeners[number] }

    /// Looks at every session once a second: a timer for each would cost more than all of them together.
    func start() {
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        let newcomers = Newcomers.OfLoop { [eventLoop] eviction in
            eventLoop.execute { this.value.evict(eviction) }
        }
        self.newcomers = newcomers
        shared.newcomers.add(newcomers)
        let interval = Self.lookInterval
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in this.value.look() }
    }

    /// At every session, whether somebody in it is late.
    func look() {
        let now = now
        if let nextLook { counts.lag.record(.nanoseconds(max(0, (now - nextLook).nanoseconds))) }
        for session in Array(sessions.values) { session.take(.timePassed(now)) }
        countNewcomers(now)
        tellDue(now)
        nextLook = self.now + Self.lookInterval
    }

    private static let lookInterval = TimeAmount.seconds(1)

    /// What was counted or had to wait; nobody may say anything for long.
    private func tellDue(_ now: NIODeadline) {
        for event in shared.refusalsDue(at: now) { auditLines.append(event, at: WallClock.now()) }
        writeAudit()
        // Lines that the disk did not take wait in memory.
        shared.audit.flush()
        operatorLog.tellDue(at: now)
        operatorLog.look(at: configuration.scanners.scanners)
        if inForce.loginObstacle == nil { operatorLog.loginsGoOn() }
    }

    func stop() {
        sweep?.cancel()
        sweep = nil
    }

    /// Sessions that are looked at in one turn of the loop, for whoever looks on: a tenth of a millisecond's work.
    static let sessionsInATurn = 512

    var allSessions: [Session] { Array(sessions.values) }

    /// By its name in the audit log.
    func session(_ id: String) -> Session? { sessions.values.first { $0.origin.id == id } }

    func add(_ session: Session) {
        counts.sessionsOpened += 1
        sessions[ObjectIdentifier(session)] = session
        shared.newcomers.cameIn()
    }

    /// It has logged in.
    func welcome(_ session: Session) {
        guard session.isNewcomer else { return }
        session.isNewcomer = false
        shared.newcomers.isNoneAnyMore()
    }

    func remove(_ session: Session) {
        guard sessions.removeValue(forKey: ObjectIdentifier(session)) != nil else { return }
        welcome(session)
        // With the last session the log may end.
        writeAudit()
        shared.sessionEnded(session.origin.addressBlock)
    }

    /// Sessions to which nothing is owed end now, the others when they get there.
    func beginDraining() {
        isDraining = true
        for proxy in Array(proxies.values) { proxy.leave() }
        for session in Array(sessions.values) { session.take(.shutdownRequested(isFinal: false)) }
    }

    func shutDownSessions() {
        for session in Array(sessions.values) { session.take(.shutdownRequested(isFinal: true)) }
    }

    /// Hands what was said to the kernel, before anybody can see its effects.
    func writeAudit() {
        guard !auditLines.isEmpty else { return }
        shared.audit.write(&auditLines)
    }
}
