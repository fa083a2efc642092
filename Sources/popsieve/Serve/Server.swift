// The composition root: audit log, relay, reload and signals, put together and run until the end.
// Must not read settings or rules: it is given a way to load them.

import Audit
import AuditReading
import Filtering
import Glibc
import Logging
import NIOCore
import NIOPosix
import Quarantine
import Relay
import Scanning
import ServiceLifecycle
import Sieve
import Store
import Transport
import UnixSignals

/// Everything that a run needs, checked and ready.
struct Loaded: Sendable {
    var configuration: RelayConfiguration
    var limits = RelayLimits()
    var ruleSet = RuleSet.empty
    /// Names of the rule files, in the order in which they run.
    var ruleFiles: [String] = []
    /// The certificate files of the listeners.
    var certificateFiles: [String] = []
    var audit = AuditLog.Destination.standardOutput
    /// The settings file; nil where flags say everything.
    var settingsFile: String?
    /// The file with the texts of notices; nil: the standard ones.
    var noticesFile: String?
    var scanners: [Settings.Scanner] = []
    /// The quarantine's folder; nil where rules put nothing there.
    var quarantine: String?
    var quarantineLimits = QuarantineLimits()
    var keepsDiscarded = false
    /// The file that remembers verdicts; nil where there are none.
    var store: String?
    var fingerprint: Fingerprint?
    var sizeReserve = 0
    var log = Settings.Log()
    /// Where the settings say what a reload may not be able to carry out.
    var auditPlace = Place.program
    var listenerPlaces: [Place] = []
    var quarantinePlace = Place.program
    /// Where the control socket can be, the best first; none: nobody steers.
    var controlPaths: [String] = []
    /// Where metrics are served; nil: nowhere.
    var metrics: Settings.Metrics?
    var metricsPlace = Place.program
    /// With passwords and secrets of accounts and of a directory.
    var secretFiles: [String] = []
    /// Who is asked by HTTP about logins; nil: nobody.
    var directory: DirectorySettings?
    /// What logins with tokens need; nil where there are none.
    var tokens: TokenSettings?
    /// Of all that was read; nil: nobody asks.
    var digest: String?
    /// What was odd, and no reason not to go on.
    var warnings: [Finding] = []
}

extension Loaded {
    /// What the audit log calls settings when it changes.
    var settingsFiles: [String] { [settingsFile, noticesFile].compactMap(\.self) + secretFiles }

    /// With quarantine and store open, which are made where they are missing; those in use stay open if they are the same.
    func opened(
        in used: RelayConfiguration?,
        _ inUse: ScannersInUse,
        onStoreNews: @escaping @Sendable (StoreNews) -> Void
    ) async throws(LoadError) -> Loaded {
        var opened = try withQuarantine(used?.quarantine)
        opened.configuration.scanners = inUse.take(scanners)
        opened.configuration.unscanned = scanners.unscanned
        opened.configuration.keepsDiscarded = keepsDiscarded
        opened.configuration.scannerVersions = ScannerVersions(opened.configuration.scanners)
        opened.configuration.fingerprint = fingerprint
        opened.configuration.sizeReserve = sizeReserve
        guard let store else { return opened }
        if let before = used?.store as? SQLiteStore, before.path == store {
            opened.configuration.store = before
        } else {
            opened.configuration.store = await SQLiteStore.open(
                path: store,
                now: WallClock.now().microsecondsSinceEpoch,
                onNews: onStoreNews
            )
        }
        return opened
    }

    private func withQuarantine(_ used: MessageQuarantine?) throws(LoadError) -> Loaded {
        var opened = self
        guard let quarantine else { return opened }
        do throws(QuarantineError) {
            let isSame = used?.path == quarantine && used?.limits == quarantineLimits && used?.isInPlace == true
            opened.configuration.quarantine =
                isSame ? used : try MessageQuarantine(root: quarantine, limits: quarantineLimits)
        } catch {
            throw LoadError(
                quarantinePlace,
                "the quarantine can't be opened: \(error)",
                "see to it, or name another folder"
            )
        }
        return opened
    }
}

/// The end of a run whose audit log is not whole.
struct AuditLinesLost: Error, CustomStringConvertible {
    let count: Int
    let destination: AuditLog.Destination

    var description: String {
        "\(count.of("audit line")) could not be written to \(destination): \(count == 1 ? "it is" : "they are") lost"
    }
}

/// What is wrong with settings, certificates or rules; nothing was started or changed.
struct LoadError: Error, Sendable {
    enum Subject: Sendable {
        case settings
        case certificates
        case rules
    }

    var subject: Subject
    var findings: [Finding]
}

/// Runs a relay until SIGTERM or SIGINT; SIGHUP loads everything again.
struct Server: Sendable {
    static let version = "0.1.0"

    let loaded: Loaded
    let load: @Sendable () throws -> Loaded
    let log: Logger
    /// Told the addresses of the listeners before they accept clients.
    var started: @Sendable ([String]) -> Void = { _ in }
    /// SIGHUP, from the moment on in which it is not to be missed; nil: from the start of the run.
    var hangups: UnixSignalsSequence?
    /// What a reload changes of the log; nil: nothing.
    var logSettings: LogSettings?
    /// Who is told how the service is; nil: nobody.
    var supervisor: Supervisor?
    /// Sockets that listen already.
    var inherited: InheritedSockets?
    /// Whose place this one takes; nil: nobody's.
    var predecessor: Predecessor?

    func run() async throws {
        Self.setSignals()
        let termination = await Termination(log: log, supervisor)
        let health = Health(loaded, at: WallClock.now().seconds)
        let audit = try AuditLog(loaded.audit, onTrouble: { [log] in Self.report($0, log, health) })
        try prepareOpenFiles(loops: Self.threads + 1)
        let group = try LoopGroup(count: Self.threads)
        // Made now: later there may be no open files for it.
        let scannerGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let scanners = ScannersInUse(on: scannerGroup)
        let tokens = TokensInUse(on: scannerGroup, audit, settingsFile: self.loaded.settingsFile)
        let loaded = try await loaded.opened(in: nil, scanners) { Self.report($0, audit, log, health) }.with(tokens)
        let begin = ContinuousClock.now
        let (isServing, serves) = AsyncStream<Void>.makeStream()
        let (isOpen, opens) = AsyncStream<Void>.makeStream()
        let relay = relay(loaded, audit, group) {
            serves.finish()
            opens.finish()
        }
        let windows = Windows(on: scannerGroup, MetricsSource(relay, health), log)
        // The one before has the address until it is told to end.
        let metrics = predecessor == nil ? try await windows.prepareMetrics(loaded) : nil
        let keeper = QuarantineKeeper(relay: relay, audit: audit, log: log)
        let asking = asking(relay, scanners, group.loops + [scannerGroup.next()])
        let others = [
            Task { await termination.listen(relay) }, Task { await Self.retryLog() }, Task { await keeper.run() },
        ]
        defer { for task in asking + others { task.cancel() } }
        let reloads = reloads(relay, scanners, tokens, audit, keeper, health, windows)
        let desk = ControlDesk(
            relay: relay,
            reloads: reloads,
            termination: termination,
            health: health,
            windows: windows,
            ending: Ending(),
            begin: begin
        )
        let opening = Task {
            for await _ in isOpen {}
            guard relay.hasServed else { return }
            await windows.open(loaded, await takePlace(windows) ?? metrics) { try await desk.perform($0, $1) }
        }
        let outcome = await serve(relay, reloads, termination, isServing)
        opens.finish()
        await opening.value
        // What never started has nothing to say in a log that may be another relay's.
        if relay.hasServed {
            let reason = outcome.isFailure ? "failure" : termination.reason ?? "ended"
            recordStop(audit, relay, reason: reason, since: begin)
        }
        await end(asking, scanners, tokens)
        let lost = await finish(audit, gaveWay: termination.reason == Termination.takeover)
        desk.ending.outcome = StoppedLine(served: relay.sessionsServed, cut: relay.sessionsCut, lost: lost)
        await windows.close()
        try? await group.shutdownGracefully()
        try? await scannerGroup.shutdownGracefully()
        try outcome.get()
        if lost > 0 { throw AuditLinesLost(count: lost, destination: audit.destination) }
    }

    /// - Returns: lines that are lost
    private func finish(_ audit: AuditLog, gaveWay: Bool) async -> Int {
        // Where another relay serves meanwhile, nobody waits for this one.
        let patience = gaveWay ? ControlLimits.lastLines : AuditLimits().finish
        return await audit.finish(patience: patience, clock: ContinuousClock())
    }

    /// One for each core.
    private static var threads: Int { Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    private func prepareOpenFiles(loops: Int) throws {
        try OpenFiles.prepare(loops: loops, listeners: loaded.configuration.listeners.count, limits: loaded.limits)
    }

    /// - Parameter serves: called when its listeners are open, before they accept clients
    private func relay(
        _ loaded: Loaded,
        _ audit: AuditLog,
        _ group: LoopGroup,
        _ serves: @escaping @Sendable () -> Void
    ) -> Relay {
        Relay(
            configuration: loaded.configuration,
            ruleSet: loaded.ruleSet,
            audit: audit,
            limits: loaded.limits,
            group: group,
            log: log,
            inherited: predecessor?.sockets ?? inherited,
            started: { addresses in
                recordStart(audit, addresses)
                // From here on clients wait to be accepted, and are.
                supervisor?.tell(.ready(status: "listening on \(addresses.joined(separator: ", "))"))
                started(addresses)
                serves()
            }
        )
    }

    /// Has the relay before this one end, now that this one serves.
    ///
    /// - Returns: metrics, at the address that it had
    private func takePlace(_ windows: Windows) async -> MetricsServer? {
        guard let predecessor else { return nil }
        await predecessor.end()
        // Those that the settings do not have any more.
        predecessor.sockets.giveUp()
        do throws(LoadError) {
            return try await windows.prepareMetrics(loaded)
        } catch {
            for finding in error.findings { log.error("\(finding)") }
            return nil
        }
    }

    /// What is done on the event loops beside the sessions.
    private func asking(_ relay: Relay, _ scanners: ScannersInUse, _ loops: [any EventLoop]) -> [Task<Void, Never>] {
        var tasks = [Task { await Self.refreshVersions(relay) }, Task { [log] in await scanners.check(log) }]
        if let supervisor {
            let heartbeat = Heartbeat(
                loops: loops,
                watchdog: supervisor.watchdog,
                status: { supervisor.status(sessions: relay.sessions) },
                tell: { supervisor.tell($0) }
            )
            tasks.append(Task { await heartbeat.run() })
        }
        return tasks
    }

    private static func setSignals() {
        // A reader of standard output that goes away must not end the relay, nor must a limit of file sizes.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        // Whoever has started us may ignore it: the system would reap scanners' programs before they are waited for.
        signal(SIGCHLD, SIG_DFL)
    }

    /// Whoever asks scanners does it on the event loops, which end next.
    private func end(_ tasks: [Task<Void, Never>], _ scanners: ScannersInUse, _ tokens: TokensInUse) async {
        await tokens.finish()
        for task in tasks {
            task.cancel()
            await task.value
        }
        await scanners.end()
    }

    private func reloads(
        _ relay: Relay,
        _ scanners: ScannersInUse,
        _ tokens: TokensInUse,
        _ audit: AuditLog,
        _ keeper: QuarantineKeeper,
        _ health: Health,
        _ windows: Windows
    ) -> Reloads {
        let subjects = Reloads.Subjects(
            relay: relay,
            scanners: scanners,
            tokens: tokens,
            audit: audit,
            log: log,
            logSettings: logSettings,
            keeper: keeper,
            known: KnownFiles(loaded),
            health: health,
            windows: windows,
            supervisor: supervisor
        )
        return Reloads(subjects, load: load)
    }

    /// Until the relay has ended.
    private func serve(
        _ relay: Relay,
        _ reloads: Reloads,
        _ termination: Termination,
        _ isServing: AsyncStream<Void>
    ) async -> Result<Void, any Error> {
        var hangups = hangups
        if hangups == nil { hangups = await UnixSignalsSequence(trapping: .sighup) }
        guard let hangups else { return .success(()) }
        let reloader = Reloader(reloads: reloads, hangups: hangups, isServing: isServing)
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: reloader),
                    .init(service: relay, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: termination, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                logger: log
            )
        )
        do {
            return .success(try await services.run())
        } catch {
            return .failure(error)
        }
    }

    /// What standard error did not take is tried again now and then.
    private static func retryLog() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { StandardError.flush() }
    }

    /// A scanner that has learnt something new is asked again about what it has seen.
    private static func refreshVersions(_ relay: Relay) async {
        while !Task.isCancelled {
            let areKnown = await relay.configuration.scannerVersions.refresh()
            try? await Task.sleep(for: .seconds(areKnown ? 60 : 5))
        }
    }

    /// What keeps the store from working is told once, and once that it works again.
    static func report(_ news: StoreNews, _ audit: AuditLog, _ log: Logger, _ health: Health) {
        health.store(news)
        switch news {
        case .trouble(let trouble):
            log.error("store: \(trouble)")
            record(.storeFailed(.init(reason: Array("\(trouble)".utf8))), audit)
        case .working(let trouble, let dropped):
            log.notice("store works again", metadata: ["file": "\(trouble.path)", "forgotten": "\(dropped)"])
            record(.storeRecovered(.init(forgotten: dropped)), audit)
        }
    }

    private func recordStop(_ audit: AuditLog, _ relay: Relay, reason: String, since begin: ContinuousClock.Instant) {
        record(
            .serviceStopped(
                .init(
                    reason: reason,
                    sessions: relay.sessionsServed,
                    cut: relay.sessionsCut,
                    milliseconds: Int((ContinuousClock.now - begin) / .milliseconds(1))
                )
            ),
            audit
        )
    }

    private func recordStart(_ audit: AuditLog, _ addresses: [String]) {
        record(
            .serviceStarted(
                .init(
                    version: Self.version,
                    process: Int(getpid()),
                    listeners: addresses,
                    upstreams: loaded.configuration.upstreams.map(\.name)
                )
            ),
            audit
        )
        record(.rulesLoaded(.init(loaded)), audit)
        for (address, listener) in zip(addresses, loaded.configuration.listeners) {
            log.notice("listening", metadata: ["address": "\(address)", "tls": "\(listener.encryption.rawValue)"])
        }
    }

    private static func report(_ trouble: AuditLog.Trouble, _ log: Logger, _ health: Health) {
        health.audit(trouble)
        switch trouble {
        case .delayed(let reason):
            log.error("audit log can't be written; lines wait", metadata: ["reason": "\(reason)"])
        case .losing: log.critical("audit log can't be written; lines are lost")
        case .recovered(let lost): log.notice("audit log is written again", metadata: ["lost": "\(lost)"])
        case .growing(let reason): log.error("audit log can't be rotated; it grows", metadata: ["reason": "\(reason)"])
        case .rotated: log.notice("audit log is rotated again")
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}

/// One event of the service itself, at once.
func record(_ event: AuditEvent, _ audit: AuditLog) {
    var lines = AuditLines()
    lines.append(event, at: WallClock.now())
    audit.write(&lines)
}

extension AuditEvent.RulesLoaded {
    init(_ loaded: Loaded) {
        self.init(
            files: loaded.ruleFiles,
            depth: "\(loaded.ruleSet.depth)",
            warnings: loaded.ruleSet.warnings.map { AuditDiagnostic($0) }
        )
    }
}

extension AuditDiagnostic {
    init(_ diagnostic: Diagnostic) {
        self.init(
            file: diagnostic.file,
            line: diagnostic.position.line,
            column: diagnostic.position.column,
            message: "\(diagnostic.message); \(diagnostic.fix)"
        )
    }
}
