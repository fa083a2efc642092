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

            SIGHUP reads settings, certificates and rules again and reopens the audit log; what is broken does not
            replace what works. SIGTERM and SIGINT end the relay when running transfers are complete.
            """
    )

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        let loader = SettingsLoader(flags: settings.flags)
        let outcome = try Exit.reporting { () throws(SettingsLoader.Failure) in try loader.load() }
        FindingPrinter().print(outcome.findings)
        let log = StandardErrorLog.logger(outcome.settings.log)
        let server = Server(loaded: outcome.loaded, load: { try loader.reload(log) }, log: log)
        do {
            try await server.run()
        } catch let error as Relay.ListenError {
            throw Exit.unavailable(error.description)
        } catch let error as AuditLogError {
            throw Exit.unavailable(error.description)
        }
    }
}

/// The options that say what to run with.
struct SettingsOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The settings file.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "The provider's server, as HOST or HOST:PORT: TLS on port 995, certificate verified.")
    var upstream: String?

    @Option(help: "An address to listen on, such as 127.0.0.1:1110; may be given again.")
    var listen: [String] = []

    @Option(help: "A directory of *.sieve rule files.", completion: .directory)
    var rules: String?

    @Option(help: "The audit log, or - for standard output.", completion: .file())
    var audit: String?

    var flags: SettingsFlags {
        SettingsFlags(config: config, upstream: upstream, listen: listen, rules: rules, audit: audit)
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
            throw LoadError(subject: error.subject, diagnostics: error.findings.map { .init($0) })
        }
    }
}
