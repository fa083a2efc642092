// SIGHUP: the audit log is opened again, and settings, certificates and rules are read again.
// Must not let anything broken replace what works.

import Audit
import Filtering
import Logging
import NIOCore
import Relay
import ServiceLifecycle
import UnixSignals

/// Waits for SIGHUP.
struct Reloader: Service {
    let relay: Relay
    let scanners: ScannersInUse
    let audit: AuditLog
    let load: @Sendable () throws -> Loaded
    let log: Logger
    let logSettings: LogSettings?
    let keeper: QuarantineKeeper
    let known: KnownFiles
    let hangups: UnixSignalsSequence
    /// Ends when the relay serves: what is asked for before is done then.
    let isServing: AsyncStream<Void>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in isServing {}
        }
        for await _ in hangups.cancelOnGracefulShutdown() {
            reopenAudit()
            await reload()
        }
    }

    private func reopenAudit() {
        do {
            try audit.reopen()
        } catch {
            log.error("audit log can't be opened again", metadata: ["reason": "\(error)"])
        }
    }

    private func reload() async {
        do {
            let loaded = try await load().opened(in: relay.configuration, scanners) { [audit, log] news in
                Server.report(news, audit, log)
            }
            let before = audit.destination
            var opened: AuditLog.Opened?
            if loaded.audit != before { opened = try open(loaded) }
            try await putInForce(loaded)
            if let next = opened.take() {
                audit.move(to: next)
                let changes = ["audit log: goes on from \(before)"]
                record(.settingsReloaded(.init(file: loaded.settingsFile, changes: changes)), audit)
            }
            logSettings?.settings = loaded.log
            Task { await loaded.configuration.scannerVersions.refresh() }
            keeper.looksAgain()
            log.notice("reloaded", metadata: ["rules": "\(loaded.ruleFiles.count)"])
            // What comes of it takes a while, and another reload may be wanted.
            Task { [log] in await scanners.check(log) }
        } catch let error as LoadError {
            reject(error)
        } catch {
            log.error("reload failed; everything stays as it was", metadata: ["reason": "\(error)"])
        }
    }

    /// What a reload does has its line before anybody can see it.
    private func putInForce(_ loaded: Loaded) async throws {
        do {
            try await relay.reload(
                configuration: loaded.configuration,
                ruleSet: loaded.ruleSet,
                limits: loaded.limits
            ) { listeners in
                var changes = listeners.opened.map { "listener opened: \($0)" }
                changes += listeners.closed.map { "listener closed: \($0)" }
                if loaded.audit != audit.destination { changes.append("audit log: goes on in \(loaded.audit)") }
                // Who saves a rule wants to hear of rules only.
                if known.changed(loaded.settingsFiles) || !changes.isEmpty {
                    record(.settingsReloaded(.init(file: loaded.settingsFile, changes: changes)), audit)
                }
                if known.changed(loaded.certificateFiles) {
                    record(.certificatesReloaded(.init(files: loaded.certificateFiles)), audit)
                }
                record(.rulesLoaded(.init(loaded)), audit)
                for change in changes { log.notice("\(change)") }
            }
        } catch let error as Relay.ListenError {
            throw LoadError(subject: .settings, findings: [Finding(error, loaded)])
        }
    }

    private func open(_ loaded: Loaded) throws(LoadError) -> AuditLog.Opened {
        do {
            return try AuditLog.Opened(loaded.audit)
        } catch {
            throw LoadError(loaded.auditPlace, "the audit log can't be opened: \(error)", "lines go where they went")
        }
    }

    private func reject(_ error: LoadError) {
        let rejected = AuditEvent.Rejected(diagnostics: error.findings.map { AuditDiagnostic($0) })
        switch error.subject {
        case .settings: record(.settingsRejected(rejected), audit)
        case .certificates: record(.certificatesRejected(rejected), audit)
        case .rules: record(.rulesRejected(rejected), audit)
        }
        for finding in error.findings { log.error("\(finding.place): \(finding.text)") }
        log.error("reload rejected; everything stays as it was")
    }
}

extension LoadError {
    /// Settings that are right by themselves can't be had now.
    init(_ place: Place, _ message: String, _ consequence: String) {
        self.init(subject: .settings, findings: [Finding(place, .error, message, consequence)])
    }
}
