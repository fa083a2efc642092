// `popsieve config`: an example of a settings file, or the settings in force.
// Must not hold defaults of its own: they are read from where they stand.

import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print a commented example of a settings file, with every key and its default.",
        discussion: "popsieve config --example > popsieve.yaml"
    )

    @Flag(help: "Print the example (the default).")
    var example = false

    func run() throws {
        print(SettingsExample.text, terminator: "")
    }
}
