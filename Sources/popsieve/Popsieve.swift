// The root of the command line.
// Must not do anything but point to a command: each is a file of its own.

import ArgumentParser
import Audit
import TLS

@main
struct Popsieve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "popsieve",
        abstract: "A POP3 relay that filters mail with Sieve.",
        discussion: """
              popsieve serve --upstream pop.example.com   the relay, on 127.0.0.1:1110
              popsieve config > popsieve.yaml             settings; then: popsieve check
              popsieve doctor                             what is wrong, and what to do

            Exit codes: 0 well; 1 a rule, test case, format or log is not, or a warning; 64 wrong command line; 65 no audit \
            log; 66 unreadable file; 69 address, log, relay or session not to be had; 74 lines lost; 78 wrong settings or \
            rules.
            """,
        version: Server.version,
        subcommands: [
            ServeCommand.self, CheckCommand.self, DoctorCommand.self, TryCommand.self, TestCommand.self,
            FormatCommand.self, TailCommand.self, ReportCommand.self, AuditCommand.self, QuarantineCommand.self,
            TopCommand.self,
            SessionsCommand.self, StatusCommand.self, ReloadCommand.self, StopCommand.self, MetricsCommand.self,
            AccountCommand.self, DemoCommand.self, ConfigCommand.self, PasswordCommand.self, ServiceCommand.self,
        ]
    )
}

extension Popsieve {
    /// Every error of a command begins as one about no file does; see ``Finding``.
    static var _errorPrefix: String { "\(Place.program): error: " }

    static func main() async {
        StandardDescriptors.reserve()
        OpenSSLLibrary.initialize()
        if let error = misspelling(in: Array(CommandLine.arguments.dropFirst())) { exit(withError: error) }
        await main(nil)
    }

    /// What is said of a word that is no command; the parser alone would call it an unexpected argument.
    static func misspelling(in arguments: [String]) -> ValidationError? {
        var words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        var command: any ParsableCommand.Type = Self.self
        var path = ""
        while case let known = command.configuration.subcommands, !known.isEmpty {
            guard command.configuration.defaultSubcommand == nil, let word = words.popFirst(), !word.hasPrefix("-"),
                word != "help"
            else { return nil }
            guard let next = known.first(where: { $0._commandName == word }) else {
                let names = known.map { $0._commandName } + (path.isEmpty ? ["help"] : [])
                let near = names.nearest(to: word).map { "did you mean \(path)\($0)?" }
                let all = "there are: \(names.joined(separator: ", "))"
                return ValidationError("there is no command \"\(path)\(word.printable)\"; \(near ?? all)")
            }
            command = next
            path += "\(word) "
        }
        return nil
    }
}
