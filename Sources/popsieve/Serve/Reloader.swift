// SIGHUP: the audit log is opened again, and settings, certificates and rules are read again.
// Must not let anything broken replace what works.

import Audit
import Filtering
import Logging
import Relay
import ServiceLifecycle
import UnixSignals

/// Waits for SIGHUP.
struct Reloader: Service {
    let relay: Relay
    let audit: AuditLog
    let load: @Sendable () throws -> Loaded
    let log: Logger

    func run() async throws {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
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
            let loaded = try load()
            try await relay.reload(configuration: loaded.configuration, ruleSet: loaded.ruleSet)
            record(.settingsReloaded(.init(file: loaded.settingsFile)), audit)
            if !loaded.certificateFiles.isEmpty {
                record(.certificatesReloaded(.init(files: loaded.certificateFiles)), audit)
            }
            record(.rulesLoaded(.init(loaded)), audit)
            log.notice("reloaded", metadata: ["rules": "\(loaded.ruleFiles.count)"])
        } catch let error as LoadError {
            reject(error)
        } catch {
            log.error("reload failed; everything stays as it was", metadata: ["reason": "\(error)"])
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
