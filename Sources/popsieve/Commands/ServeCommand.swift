// `popsieve serve`: the relay.

import ArgumentParser
import Audit
import Foundation
import Logging
import NIOCore
import Relay
import Transport
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the relay.",
        usage: "popsieve serve [options]",
        discussion: """
            Without --config, ./popsieve.yaml is read; flags win over the file.

              popsieve serve --upstream pop.example.com --rules Rules --audit audit.jsonl
              popsieve serve --config /etc/popsieve/popsieve.yaml

            --take-over, for an upgrade: the relay that runs with these settings hands over its sockets, and ends with its \
            last session, or goes on if that fails.

            SIGHUP reads settings, certificates and rules again and reopens the audit log; what is broken \
            changes nothing. SIGTERM and SIGINT end the relay when running \
            transfers are complete, after 30 s anyway; a second one ends it at once.

            Exit codes: 0 it was asked to end; 64 the command line is wrong; 66 a file that it names can't be read; 69 \
            an address or the audit log can't be had; 74 it was asked to end, but lines of the audit log could not be \
            written; 78 settings, certificates or rules are wrong, and nothing was started.
            """
    )

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    @Flag(help: "Take the place of the relay that runs.")
    var takeOver = false

    @Flag(help: "A crash may leave a dump, with passwords.")
    var allowCoreDumps = false

    func run() async throws {
        Confinement.begin(allowsDumps: allowCoreDumps)
        // First of all: a reload that is asked for while settings are read must neither end the process nor be lost.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let loader = SettingsLoader(flags: settings.flags)
        let environment = ProcessInfo.processInfo.environment
        let inherited = try Exit.sayingWhy { try PassedSockets.take(environment) }
        let outcome = try Exit.reporting { () throws(SettingsLoader.Failure) in try loader.load() }
        let logSettings = LogSettings(outcome.settings.log)
        let log = StandardErrorLog.logger(logSettings)
        defer { StandardError.finish() }
        let supervisor = Supervisor.reachable(environment, log)
        // What reads a log of JSON can't read anything else.
        if outcome.settings.log.format == .json {
            for finding in outcome.findings { log.warning("\(finding)") }
        } else {
            FindingPrinter().print(outcome.findings)
        }
        let loaded = outcome.everything
        let server = Server(
            loaded: loaded,
            load: { try loader.reload(log) },
            log: log,
            hangups: hangups,
            logSettings: logSettings,
            supervisor: supervisor,
            inherited: inherited,
            predecessor: takeOver ? try await predecessor(of: loaded, inherited, log) : nil
        )
        do {
            try await server.run()
        } catch let error as Relay.ListenError {
            throw Exit.saying(Finding(error, loaded), Exit.unavailable)
        } catch let error as LoadError {
            throw Exit.saying(error.findings[0], Exit.unavailable)
        } catch let error as OpenFiles.TooFewError {
            throw Exit.saying(Finding(.program, .error, error.description), Exit.unavailable)
        } catch let error as AuditLogError {
            let message = "the audit log can't be opened: \(error)"
            throw Exit.saying(Finding(loaded.auditPlace, .error, message, loaded.audit.remedy), Exit.unavailable)
        } catch let error as IOError {
            let message = "the system gives no more: \(NetworkReason(error))"
            throw Exit.saying(Finding(.program, .error, message, "see its limits, and this user's"), Exit.unavailable)
        } catch let error as AuditLinesLost {
            throw Exit.saying(Finding(.program, .error, error.description), Exit.notWritten)
        }
    }
}

extension ServeCommand {
    private func predecessor(
        of loaded: Loaded,
        _ inherited: InheritedSockets?,
        _ log: Logger
    ) async throws -> Predecessor? {
        func refusing(_ message: String, _ fix: String) -> ExitCode {
            Exit.saying(Finding(.program, .error, message, fix), Exit.unavailable)
        }
        guard inherited == nil else {
            throw refusing("the service manager has opened the sockets already", "restart without --take-over")
        }
        guard !loaded.controlPaths.isEmpty else {
            throw refusing("without a control socket no relay can be asked for its sockets", "leave out control: none")
        }
        do {
            return try await Predecessor.find(loaded.controlPaths, log)
        } catch let fault as ControlFault {
            throw refusing(fault.message, fault.fix)
        }
    }
}

extension AuditLog.Destination {
    /// What to do where it can't be opened.
    fileprivate var remedy: String {
        if case .syslog = self { return "write its \"address\" as a name server knows it, or as an IP address" }
        return "see that this user may write there"
    }
}

extension SettingsLoader {
    /// For a reload: the same, with warnings to the log.
    func reload(_ log: Logger) throws -> Loaded {
        do {
            let outcome = try load()
            for finding in outcome.findings { log.warning("\(finding)") }
            var loaded = outcome.everything
            loaded.warnings = outcome.findings
            return loaded
        } catch {
            let errors = error.findings.inReadingOrder.filter { $0.severity == .error }
            throw LoadError(subject: error.subject, findings: errors)
        }
    }
}

extension SettingsLoader.Outcome {
    /// What a run needs, and what it says when a reload fails.
    var everything: Loaded {
        var loaded = loaded
        loaded.log = settings.log
        loaded.auditPlace = settings.places["audit"]
        loaded.quarantinePlace = settings.quarantine.places["path"]
        loaded.listenerPlaces = settings.listeners.map { $0.places["address"] }
        loaded.controlPaths = settings.controlPaths(settingsFile: loaded.settingsFile)
        loaded.metrics = settings.metrics
        loaded.metricsPlace = settings.places["metrics"]
        loaded.digest = LoadedDigest.text(of: loaded, settings)
        return loaded
    }
}
