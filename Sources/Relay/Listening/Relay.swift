// The relay as a service: binds the listeners, gives each client a session, reloads, and ends without losing anything.
// Must not speak POP3 or read settings.

package import Audit
package import Filtering
package import Logging
package import NIOCore
package import Quarantine
import ServiceLifecycle
import Synchronization
package import Transport

/// Listeners and the sessions behind them.
package final class Relay: Service {
    /// The listeners can't be what the settings say.
    package enum ListenError: Error, CustomStringConvertible {
        /// An address, as the settings have it, can't be bound. `code` is the system's error number, where it is its error.
        case refused(address: String, reason: String, code: CInt?)
        /// A socket was inherited, and no listener has its address.
        case unclaimed(address: String, name: String?)

        package var description: String {
            switch self {
            case .refused(let address, let reason, _): "can't listen on \(address): \(reason)"
            case .unclaimed(let address, let name):
                "the socket \(name.map { "\"\($0)\" " } ?? "")on \(address), which was passed on to Popsieve, has no listener"
            }
        }
    }

    /// The relay is about to end: nothing is reloaded any more.
    package struct EndingError: Error, CustomStringConvertible {
        package var description: String { "the relay is about to end" }
    }

    /// What a reload does to the listeners.
    package struct ListenerChanges: Sendable, Equatable {
        /// With the ports that the system chose.
        package var opened: [String] = []
        package var closed: [String] = []
    }

    private let group: LoopGroup
    let state: RelayState
    private let log: Logger
    private let operatorLog: OperatorLog
    private let clock: any Clock<Duration>
    let listeners: Listeners
    let loops: LoopContexts
    private let current: Mutex<InForce>
    private let started: @Sendable ([String]) -> Void
    private let openFiles = Mutex<OpenFiles?>(nil)
    private let ending = Atomic<Bool>(false)
    private let hasStarted = Atomic<Bool>(false)
    private let endsNow = Atomic<Bool>(false)
    private let cut = Atomic<Int>(0)

    /// - Parameters:
    ///   - clock: what draining is measured with
    ///   - now: what the times of sessions are measured with
    ///   - inherited: sockets that listen already
    ///   - started: called once with the addresses that the listeners have got, in the order of the settings, before
    ///     anybody is accepted
    package init(
        configuration: RelayConfiguration,
        ruleSet: RuleSet,
        audit: AuditLog,
        limits: RelayLimits = RelayLimits(),
        group: LoopGroup,
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> NIODeadline = { .now() },
        inherited: InheritedSockets? = nil,
        started: @escaping @Sendable ([String]) -> Void = { _ in }
    ) {
        self.group = group
        self.log = log
        self.clock = clock
        self.started = started
        let state = RelayState(audit: audit, limits: limits, now: now)
        let operatorLog = OperatorLog(log: log, limits: limits)
        let loops = LoopContexts()
        self.state = state
        self.operatorLog = operatorLog
        self.loops = loops
        current = Mutex(InForce(configuration: configuration, ruleSet: ruleSet, limits: limits, version: 1))
        let pause = Duration.nanoseconds(limits.acceptPause.nanoseconds)
        listeners = Listeners(pause: pause, clock: clock, inherited: inherited, log: log) { number, setting, failed in
            let settings = Listener.Settings(listening: number, state, operatorLog, loops, failed)
            return try await Listener.bind(setting, inherited: inherited, on: group, settings)
        }
    }

    /// Serves until a graceful shutdown is asked for, then until the sessions have come to a point where they can end.
    package func run() async throws {
        let first = current.withLock { $0 }
        let plan = try await listeners.plan(first.configuration.listeners)
        try await loops.make(on: group, shared: state, inForce: first, operatorLog: operatorLog, log: log)
        try await putInForce(first, plan)
        measure(first.limits)
        hasStarted.store(true, ordering: .relaxed)
        started(plan.all.map(\.address))
        await listeners.carryOut(plan)
        try? await gracefulShutdown()
        ending.store(true, ordering: .relaxed)
        await listeners.end()
        await drain()
        await loops.stop()
        state.answers.end()
        await state.holding.stop()
        recordLast()
    }

    /// New settings, rules and certificates, for what comes from now on; no session is dropped. Listeners that are new are
    /// bound, those that are gone are closed.
    ///
    /// - Parameter record: called when everything has succeeded that can fail, before anything of it can be seen
    /// - Throws: ``ListenError`` or ``EndingError``; everything is as it was then
    package func reload(
        configuration: RelayConfiguration,
        ruleSet: RuleSet,
        limits: RelayLimits? = nil,
        record: (ListenerChanges) -> Void = { _ in }
    ) async throws {
        guard !isEnding else { throw EndingError() }
        let before = current.withLock { $0 }
        let next = InForce(
            configuration: configuration,
            ruleSet: ruleSet,
            limits: limits ?? before.limits,
            version: before.version + 1
        )
        let plan = try await listeners.plan(configuration.listeners)
        record(ListenerChanges(opened: plan.fresh.map(\.address), closed: plan.gone.map(\.address)))
        current.withLock { $0 = next }
        try await putInForce(next, plan)
        measure(next.limits)
        await listeners.carryOut(plan)
    }

    /// Its listening sockets by other numbers, which are the caller's to close.
    package func duplicateListeners() async -> [CInt] { await listeners.duplicates() }

    /// Another relay accepts in its place; sessions go on until a shutdown is asked for.
    package func stopAccepting() async {
        ending.store(true, ordering: .relaxed)
        await listeners.end()
    }

    /// Ends a shutdown that drains: sessions are cut off now. Without one there is nothing to be done.
    package func endNow() {
        endsNow.store(true, ordering: .relaxed)
    }

    /// Whether it accepts nobody any more.
    package var isEnding: Bool { ending.load(ordering: .relaxed) }
    /// Whether it has ever accepted clients.
    package var hasServed: Bool { hasStarted.load(ordering: .relaxed) }
    /// What is in force.
    package var configuration: RelayConfiguration { current.withLock { $0.configuration } }
    /// The quarantine in use.
    package var quarantine: MessageQuarantine? { current.withLock { $0.configuration.quarantine } }
    /// Sessions since the start.
    package var sessionsServed: Int { state.sessionsServed }
    /// Sessions at this moment.
    package var sessions: Int { state.sessions }
    /// Sessions that had to be cut off at the end, because what was owed to them took too long.
    package var sessionsCut: Int { cut.load(ordering: .relaxed) }

    // MARK: Steps

    private func putInForce(_ next: InForce, _ plan: Listeners.Plan) async throws {
        var open: [Int: LoopContext.OpenListener] = [:]
        // Those that are gone, too: a client of theirs may be on its way.
        for bound in plan.gone + plan.all {
            open[bound.number] = LoopContext.OpenListener(address: bound.address, setting: bound.setting)
        }
        state.listens(on: plan.all.compactMap(\.localAddress))
        try await loops.put(next, open)
    }

    /// Sees to it that there are open files for as many sessions as are allowed, and says where there can't be.
    private func measure(_ limits: RelayLimits) {
        let (files, wasTold) = openFiles.withLock { files in
            let before = files
            // What the relay uses by itself is known only as long as there are no sessions.
            var now = files ?? .now()
            now.raise(for: limits)
            files = now
            return (now, before == now && state.limits.sessions == limits.sessions)
        }
        let fitting = files.sessions(limits)
        state.allow(limits, descriptors: fitting)
        guard fitting < limits.sessions, !wasTold else { return }
        guard limits.areSessionsChosen else {
            let figures: Logger.Metadata = ["sessions": "\(fitting)", "open-files": "\(files.limit)"]
            return log.info("as many sessions as open files allow", metadata: figures)
        }
        log.warning(
            "fewer sessions than limits.sessions fit: raise the limit of open files (LimitNOFILE=, ulimit -Hn)",
            metadata: [
                "sessions": "\(limits.sessions)", "fitting": "\(fitting)", "open-files": "\(files.limit)",
                "needed": "\(files.needed(for: limits))",
            ]
        )
    }

    /// Sessions end as soon as nothing is owed to them, and after a while anyway.
    private func drain() async {
        await loops.each { $0.beginDraining() }
        let patience = Task { [clock, drainTime = state.limits.drainTime] in
            try await clock.sleep(for: drainTime)
            endNow()
        }
        while state.sessions > 0, !endsNow.load(ordering: .relaxed), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        patience.cancel()
        cut.store(state.sessions, ordering: .relaxed)
        await loops.each { $0.shutDownSessions() }
    }

    /// What was only counted so far.
    private func recordLast() {
        var lines = AuditLines()
        for event in state.refusalsDue(at: .now(), isLast: true) { lines.append(event, at: WallClock.now()) }
        state.audit.write(&lines)
        operatorLog.tellDue(isLast: true)
    }
}

extension Listener.Settings {
    /// Clients of a listener become sessions.
    fileprivate init(
        listening number: Int,
        _ state: RelayState,
        _ operatorLog: OperatorLog,
        _ loops: LoopContexts,
        _ failed: @escaping @Sendable () -> Void
    ) {
        let gate = AcceptGate(shared: state, operatorLog: operatorLog)
        self.init(
            pause: state.limits.acceptPause,
            hasRoom: { gate.hasRoom() },
            taken: { gate.clientTaken() },
            isShort: { gate.isShort($0) },
            failed: { _ in failed() },
            accepted: { connection in
                guard let context = loops.context(of: connection.loop) else {
                    state.connectionClosed()
                    return connection.abort()
                }
                context.accept(connection, listener: number) { state.connectionClosed() }
            }
        )
    }
}
