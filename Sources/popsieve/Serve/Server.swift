// The composition root: audit log, relay, reload and signals, put together and run until the end.
// Must not read settings or rules: it is given a way to load them.

import Audit
import Filtering
import Glibc
import Logging
import NIOCore
import NIOPosix
import Relay
import ServiceLifecycle
import Sieve
import Synchronization
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
    /// Told the addresses of the listeners once they accept clients.
    var started: @Sendable ([String]) -> Void = { _ in }

    func run() async throws {
        // A reader of standard output that goes away must not end the relay.
        signal(SIGPIPE, SIG_IGN)
        // Nor must a reload that is asked for before anybody listens for it.
        signal(SIGHUP, SIG_IGN)
        let log = log
        let audit = try AuditLog(loaded.audit, onTrouble: { Self.report($0, log) })
        let group = MultiThreadedEventLoopGroup(numberOfThreads: Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let begin = ContinuousClock.now
        let relay = Relay(
            configuration: loaded.configuration,
            ruleSet: loaded.ruleSet,
            audit: audit,
            limits: loaded.limits,
            group: group,
            log: log,
            started: { addresses in
                recordStart(audit, addresses)
                started(addresses)
            }
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: Reloader(relay: relay, audit: audit, load: load, log: log)),
                    .init(service: relay, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: log
            )
        )
        let outcome: Result<Void, any Error>
        do {
            try await services.run()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        record(
            .serviceStopped(
                .init(
                    reason: (try? outcome.get()) == nil ? "failure" : "signal",
                    sessions: relay.sessionsServed,
                    cut: relay.sessionsCut,
                    milliseconds: Int((ContinuousClock.now - begin) / .milliseconds(1))
                )
            ),
            audit
        )
        _ = audit.flush()
        try? await group.shutdownGracefully()
        try outcome.get()
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

    private static func report(_ trouble: AuditLog.Trouble, _ log: Logger) {
        switch trouble {
        case .delayed(let reason):
            log.error("audit log can't be written; lines wait", metadata: ["reason": "\(reason)"])
        case .losing: log.critical("audit log can't be written; lines are lost")
        case .recovered(let lost): log.notice("audit log is written again", metadata: ["lost": "\(lost)"])
        }
    }
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
            message: diagnostic.mend.map { "\(diagnostic.message); \($0)" } ?? diagnostic.message
        )
    }
}
