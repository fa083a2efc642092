// A reload: the audit log is opened again, and settings, certificates and rules are read again.
// Must not let anything broken replace what works, nor run twice at once.

import Audit
import Filtering
import Logging
import NIOCore
import Relay
import Synchronization
import Transport

/// Reloads everything, one after the other, whoever asks for it.
final class Reloads: Sendable {
    enum Outcome: Sendable {
        /// Everything is in force.
        case reloaded(changes: [String], warnings: [Finding], ruleFiles: Int)
        /// Something is wrong with what was read, and everything stays as it was.
        case rejected([Finding])
        /// It can't be done now.
        case failed(String)
    }

    /// What a reload may change.
    struct Subjects: Sendable {
        let relay: Relay
        let scanners: ScannersInUse
        let tokens: TokensInUse
        let audit: AuditLog
        let log: Logger
        let logSettings: LogSettings?
        let keeper: QuarantineKeeper
        let known: KnownFiles
        let health: Health
        let windows: Windows
        let supervisor: Supervisor?
    }

    private let subjects: Subjects
    private let load: @Sendable () throws -> Loaded
    private let last = Mutex<Task<Outcome, Never>?>(nil)

    init(_ subjects: Subjects, load: @escaping @Sendable () throws -> Loaded) {
        self.subjects = subjects
        self.load = load
    }

    /// When those that were asked for before are over.
    func run() async -> Outcome {
        let task = last.withLock { last in
            let task = Task { [earlier = last] in
                _ = await earlier?.value
                return await self.reload()
            }
            last = task
            return task
        }
        return await task.value
    }

    private func reload() async -> Outcome {
        let (audit, log, supervisor) = (subjects.audit, subjects.log, subjects.supervisor)
        supervisor?.tell(.reloading)
        do {
            try audit.reopen()
        } catch {
            log.error("audit log can't be opened again", metadata: ["reason": "\(error)"])
        }
        let outcome = await putInForce()
        switch outcome {
        case .reloaded: break
        case .rejected, .failed: subjects.health.reloadRejected()
        }
        // Over also where nothing has changed: what is in force serves.
        supervisor?.reloadEnded(outcome, sessions: subjects.relay.sessions)
        return outcome
    }

    private func putInForce() async -> Outcome {
        let (relay, audit, log) = (subjects.relay, subjects.audit, subjects.log)
        do {
            let health = subjects.health
            let loaded = try await load().opened(in: relay.configuration, subjects.scanners) { news in
                Server.report(news, audit, log, health)
            }.with(subjects.tokens)
            let before = audit.destination
            var opened: AuditLog.Opened?
            if loaded.audit != before { opened = try open(loaded) }
            let metrics = try await subjects.windows.prepareMetrics(loaded)
            let changes: [String]
            do {
                changes = try await putInForce(loaded)
            } catch {
                await metrics?.close()
                throw error
            }
            if let next = opened.take() {
                audit.move(to: next)
                if !before.isSamePlace(loaded.audit) {
                    let changes = ["audit log: goes on from \(before)"]
                    record(.settingsReloaded(.init(file: loaded.settingsFile, changes: changes)), audit)
                }
            }
            subjects.logSettings?.settings = loaded.log
            let moved = await subjects.windows.put(loaded, metrics)
            Task { await loaded.configuration.scannerVersions.refresh() }
            subjects.keeper.looksAgain()
            log.notice("reloaded", metadata: ["rules": "\(loaded.ruleFiles.count)"])
            // What comes of it takes a while, and another reload may be wanted.
            Task { [scanners = subjects.scanners] in await scanners.check(log) }
            health.reloaded(loaded, at: WallClock.now().seconds)
            let files = loaded.ruleFiles.count
            return .reloaded(changes: changes + moved, warnings: loaded.warnings, ruleFiles: files)
        } catch let error as LoadError {
            reject(error)
            return .rejected(error.findings)
        } catch {
            log.error("reload failed; everything stays as it was", metadata: ["reason": "\(NetworkReason(error))"])
            return .failed(NetworkReason(error).description)
        }
    }

    /// What a reload does has its line before anybody can see it.
    private func putInForce(_ loaded: Loaded) async throws -> [String] {
        let (audit, known, log) = (subjects.audit, subjects.known, subjects.log)
        var changes: [String] = []
        do {
            try await subjects.relay.reload(
                configuration: loaded.configuration,
                ruleSet: loaded.ruleSet,
                limits: loaded.limits
            ) { listeners in
                changes = listeners.opened.map { "listener opened: \($0)" }
                changes += listeners.closed.map { "listener closed: \($0)" }
                let before = audit.destination
                if loaded.audit != before {
                    let isSame = before.isSamePlace(loaded.audit)
                    changes.append("audit log: \(isSame ? "written in another way" : "goes on in \(loaded.audit)")")
                }
                // Who saves a rule wants to hear of rules only.
                if known.changed(loaded.settingsFiles) || !changes.isEmpty {
                    record(.settingsReloaded(.init(file: loaded.settingsFile, changes: changes)), audit)
                    changes.append("settings: \(loaded.settingsFile ?? "flags")")
                }
                if known.changed(loaded.certificateFiles) {
                    record(.certificatesReloaded(.init(files: loaded.certificateFiles)), audit)
                    changes.append("certificates: \(loaded.certificateFiles.joined(separator: ", "))")
                }
                record(.rulesLoaded(.init(loaded)), audit)
                for change in changes { log.notice("\(change)") }
            }
        } catch let error as Relay.ListenError {
            throw LoadError(subject: .settings, findings: [Finding(error, loaded)])
        }
        return changes
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
        case .settings: record(.settingsRejected(rejected), subjects.audit)
        case .certificates: record(.certificatesRejected(rejected), subjects.audit)
        case .rules: record(.rulesRejected(rejected), subjects.audit)
        }
        for finding in error.findings { subjects.log.error("\(finding.place): \(finding.text)") }
        subjects.log.error("reload rejected; everything stays as it was")
    }
}

extension LoadError {
    /// Settings that are right by themselves can't be had now.
    init(_ place: Place, _ message: String, _ consequence: String) {
        self.init(subject: .settings, findings: [Finding(place, .error, message, consequence)])
    }
}
