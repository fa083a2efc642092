// The options that say what to run with, shared by the commands that read settings.

import ArgumentParser

struct SettingsOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "The settings file.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The provider's server: TLS on port 995, STLS on port 110, the certificate verified.",
            valueName: "host[:port]"
        )
    )
    var upstream: String?

    @Option(
        help: ArgumentHelp("An address to listen on, such as 127.0.0.1:1110; may be given again.", valueName: "address")
    )
    var listen: [String] = []

    @Option(help: ArgumentHelp("A directory of *.sieve rule files.", valueName: "dir"), completion: .directory)
    var rules: String?

    @Option(help: ArgumentHelp("The audit log, or - for standard output.", valueName: "file"), completion: .file())
    var audit: String?

    @Option(help: "What the operator's log tells.")
    var logLevel: Settings.Log.Level?

    @Option(help: ArgumentHelp("The socket by which the relay is steered, or none.", valueName: "path"))
    var control: String?

    var flags: SettingsFlags {
        SettingsFlags(
            config: config,
            upstream: upstream,
            listen: listen,
            rules: rules,
            audit: audit,
            logLevel: logLevel,
            control: control
        )
    }

    /// Nothing was said.
    var isEmpty: Bool {
        config == nil && upstream == nil && listen.isEmpty && rules == nil && audit == nil && logLevel == nil
            && control == nil
    }
}

extension Settings.Log.Level: ExpressibleByArgument {}
