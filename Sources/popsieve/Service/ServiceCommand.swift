// `popsieve service`: the files with which systemd and its companions run the relay.
// Must not write anywhere but to standard output: where files go is an administrator's to say.

import ArgumentParser
import Audit
import Foundation

struct ServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Print files for systemd and its companions.",
        usage: "popsieve service FILE [options]",
        discussion: """
            Each is made for this program, its settings and the user that it runs as: what the settings name outside of \
            the service's own folders is allowed, ports below 1024 are where a listener has one, and nothing else is.

              popsieve service unit > /etc/systemd/system/popsieve.service
              popsieve service socket > /etc/systemd/system/popsieve.socket
              popsieve service logrotate > /etc/logrotate.d/popsieve
              popsieve service apparmor > /etc/apparmor.d/popsieve
              popsieve service fail2ban > /etc/fail2ban/filter.d/popsieve.conf
              popsieve service fail2ban --jail > /etc/fail2ban/jail.d/popsieve.conf

            The socket's unit goes with `popsieve service unit --socket`. The user is made with:

              adduser --system --group --home /var/lib/popsieve --no-create-home popsieve

            Exit codes: 0 the file is printed; 64 the command line is wrong; 66 the settings can't be read; 78 they are \
            wrong, or ask for what such a file can't be made for.
            """,
        subcommands: [
            UnitCommand.self, SocketCommand.self, LogrotateCommand.self, AppArmorCommand.self, Fail2BanCommand.self,
        ]
    )

    struct Options: ParsableArguments {
        @Option(name: [.short, .long], help: "The settings file; it need not be there yet.")
        var config = ServiceInstallation.usualConfig

        @Option(help: "The user that the service runs as, and its group.")
        var user = "popsieve"

        @Option(help: "The program; by default this one.", completion: .file())
        var program: String?

        func validate() throws {
            for path in [config, program].compactMap(\.self) {
                guard path.hasPrefix("/") else {
                    throw ValidationError("\"\(path.printable)\" is not found from everywhere; begin with \"/\"")
                }
                guard !path.hasControlCharacter else {
                    throw ValidationError("\"\(path.printable)\" has a control character in it; name another")
                }
            }
            // systemd starts none of such a name, however it is written.
            if let program, program.contains(where: { "\"'\\".contains($0) }) {
                throw ValidationError("\"\(program.printable)\" is no program that systemd starts; name another")
            }
            // As systemd takes it, and what nothing reads as anything else.
            guard user.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*/) != nil else {
                throw ValidationError("\"\(user.printable)\" is no name of a user")
            }
        }

        /// With the settings, where they are there and right.
        func installation() throws -> ServiceInstallation {
            let path = program ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            let list = FindingList()
            var settings = Settings()
            if FileManager.default.fileExists(atPath: config) {
                settings = SettingsLoader(flags: SettingsFlags(config: config)).readSettings(list)
                guard !list.hasErrors else {
                    FindingPrinter().print(list.findings)
                    throw Exit.faulty(list.findings)
                }
            } else {
                let message =
                    "\(config) is not there yet: what it will name elsewhere is not allowed, nor is a low port"
                FindingPrinter().print([Finding(.program, .warning, message, "write it first, or run this again")])
                settings.audit.target = .file(TailCommand.defaultFile)
            }
            return ServiceInstallation(
                program: path ?? ServiceInstallation.usualProgram,
                config: config,
                user: user,
                settings: settings
            )
        }
    }
}

extension ServiceCommand {
    struct UnitCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unit",
            abstract: "The unit of the service, hardened.",
            discussion: """
                `systemctl status` shows how many sessions there are, and why a reload changed nothing. A relay whose event \
                loops do not turn for 30 s is started again.
                """
        )

        @Flag(help: "The sockets are popsieve.socket's: no port is privileged then.") var socket = false
        @Flag(help: "For systemd 253 and newer: `systemctl reload` waits until the reload is over.")
        var notifyReload = false
        @OptionGroup var options: Options

        func run() throws {
            let installation = try options.installation()
            FindingPrinter().print(installation.missingFolders)
            let unit = ServiceUnit(installation: installation, hasSocket: socket, notifyReload: notifyReload)
            try StandardOutput.write(unit.text)
        }
    }

    struct SocketCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "socket",
            abstract: "The unit of the sockets, for those that systemd opens."
        )

        @OptionGroup var options: Options

        func run() throws {
            let installation = try options.installation()
            if let name = installation.settings.listeners.first(where: { !$0.isNumeric }) {
                let message = "systemd opens no socket on \"\(name.address)\""
                throw Exit.saying(Finding(name.places["address"], .error, message, "write its address"), Exit.config)
            }
            try StandardOutput.write(installation.socketUnit)
        }
    }

    struct LogrotateCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "logrotate",
            abstract: "What logrotate does with the audit log."
        )

        @OptionGroup var options: Options

        func run() throws {
            let installation = try options.installation()
            let log = try installation.logFile(for: .logrotate)
            try StandardOutput.write(installation.logrotate(log))
        }
    }

    struct AppArmorCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "apparmor", abstract: "The profile for AppArmor.")

        @OptionGroup var options: Options

        func run() throws { try StandardOutput.write(AppArmorProfile(installation: options.installation()).text) }
    }

    struct Fail2BanCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fail2ban",
            abstract: "The filter that finds failed logins, or the jail that uses it."
        )

        @Flag(help: "The jail.") var jail = false
        @OptionGroup var options: Options

        func run() throws {
            let installation = try options.installation()
            let log = try installation.logFile(for: .fail2ban)
            try StandardOutput.write(jail ? installation.fail2banJail(log) : ServiceInstallation.fail2banFilter)
        }
    }
}
