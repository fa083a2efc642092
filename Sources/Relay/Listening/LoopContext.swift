// What the sessions of one event loop share: settings, rules, the audit lines of this moment, and the clock that ends them.
// Must not be touched from another thread: everything here belongs to one event loop.

import Audit
import Filtering
import Logging
import NIOCore
import POP3
import TLS

/// The sessions of one event loop and what they have in common.
final class LoopContext {
    let eventLoop: any EventLoop
    let shared: RelayState
    /// A copy: what all threads count references of, they wait for.
    let limits: RelayLimits
    /// Replaced as a whole by a reload; a session asks for it when it needs it.
    var configuration: RelayConfiguration
    var ruleSet: RuleSet
    /// What the sessions had to say since the last write.
    var auditLines = AuditLines()
    let log: Logger
    var identifiers = SessionIdentifiers()
    /// The listeners' addresses, in the order of the settings; with the ports that the system chose once they are bound.
    var listenerNames: [String]
    private var sessions: [ObjectIdentifier: Session] = [:]
    private var sweep: RepeatedTask?
    /// The relay is about to end.
    private(set) var isDraining = false

    init(eventLoop: any EventLoop, shared: RelayState, configuration: RelayConfiguration, ruleSet: RuleSet, log: Logger)
    {
        self.eventLoop = eventLoop
        self.shared = shared
        limits = shared.limits
        self.configuration = configuration
        self.ruleSet = ruleSet
        self.log = log
        listenerNames = configuration.listeners.map(\.description)
    }

    /// Looks at every session once a second: a timer for each would cost more than all of them together.
    func start() {
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            let now = NIODeadline.now()
            for session in Array(this.value.sessions.values) { session.checkDeadlines(now) }
            // Lines that the disk did not take wait in memory; nobody may say anything for long.
            this.value.shared.audit.flush()
        }
    }

    func stop() {
        sweep?.cancel()
        sweep = nil
    }

    func add(_ session: Session) {
        sessions[ObjectIdentifier(session)] = session
    }

    func remove(_ session: Session) {
        guard sessions.removeValue(forKey: ObjectIdentifier(session)) != nil else { return }
        shared.sessionEnded()
    }

    /// Sessions to which nothing is owed end now, the others when they get there.
    func beginDraining() {
        isDraining = true
        for session in Array(sessions.values) where !session.machine.awaitsUpstream { session.shutDown() }
    }

    func shutDownSessions() {
        for session in Array(sessions.values) { session.shutDown() }
    }

    /// Hands what was said to the kernel, before anybody can see its effects.
    func writeAudit() {
        guard !auditLines.isEmpty else { return }
        shared.audit.write(&auditLines)
    }
}
