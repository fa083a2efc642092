// `popsieve serve`: the relay.
// Must not hold what a reload needs too; see Server and SettingsLoader.

import ArgumentParser
import Audit
import Foundation
import Logging
import Relay

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the relay.",
        discussion: """
            Without --config, ./popsieve.yaml is read if it is there; flags win over the file.

              popsieve serve --upstream pop.example.com --rules Rules --audit audit.jsonl
              popsieve serve --config /etc/popsieve/popsieve.yaml

            SIGHUP reads settings, certificates and rules again and reopens the audit log; what is broken does not \
            replace what works. SIGTERM and SIGINT end the relay when running transfers are complete.

            Exit codes: 0 it was asked to end; 64 the command line is wrong; 69 an address or the audit log can't be \
            had; 78 settings, certificates or rules are wrong, and nothing was started.
            """
    )

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func run() async throws {
        let loader = SettingsLoader(flags: settings.flags)
        let outcome = try Exit.reporting { () throws(SettingsLoader.Failure) in try loader.load() }
        let log = StandardErrorLog.logger(outcome.settings.log)
        // What reads a log of JSON can't read anything else.
        if outcome.settings.log.format == .json {
            for finding in outcome.findings { log.warning("\(finding)") }
        } else {
            FindingPrinter().print(outcome.findings)
        }
        let server = Server(loaded: outcome.loaded, load: { try loader.reload(log) }, log: log)
        do {
            try await server.run()
        } catch let error as Relay.ListenError {
            throw Exit.unavailable(error.description)
        } catch let error as AuditLogError {
            throw Exit.unavailable("the audit log can't be opened: \(error)")
        }
    }
}

extension SettingsLoader {
    /// For a reload: the same, with warnings to the log.
    func reload(_ log: Logger) throws -> Loaded {
        do {
            let outcome = try load()
            for finding in outcome.findings { log.warning("\(finding)") }
            return outcome.loaded
        } catch {
            let errors = error.findings.inReadingOrder.filter { $0.severity == .error }
            throw LoadError(subject: error.subject, findings: errors)
        }
    }
}
