// `popsieve config`: an example of a settings file, the texts of notices, or the settings in force.
// Must not hold defaults of its own: they are read from where they stand.

import ArgumentParser
import Filtering

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print an example of settings, or those in force.",
        usage: "popsieve config [--example | --notices | --show [options]]",
        discussion: """
              popsieve config --example > popsieve.yaml   every key, default and meaning
              popsieve config --notices > notices.txt     what stands in for withheld mail
              popsieve config --show -c popsieve.yaml     file, flags and defaults

            Exit codes: 0 all is well; 64 the command line is wrong; 66 a file that it names can't be read; 78 the settings \
            are wrong.
            """
    )

    enum Output: EnumerableFlag {
        case example
        case notices
        case show

        static func help(for value: Output) -> ArgumentHelp? {
            switch value {
            case .example: "Print the example."
            case .notices: "Print the texts of notices, as a file that the settings can name."
            case .show: "Print the settings in force, as a settings file."
            }
        }
    }

    @Flag var output = Output.example

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        guard output == .show || settings.isEmpty else {
            throw ValidationError("examples have no settings; add --show to see those in force")
        }
    }

    func run() throws {
        StandardOutput.outlivesItsReader()
        switch output {
        case .example: try StandardOutput.write(SettingsExample.text)
        case .notices: try StandardOutput.write(NoticeTexts.standardFile)
        case .show: try show()
        }
    }

    private func show() throws {
        let list = FindingList()
        let effective = SettingsLoader(flags: settings.flags).readSettings(list)
        effective.check(list)
        FindingPrinter().print(list.findings)
        guard !list.hasErrors else { throw Exit.faulty(list.findings) }
        try StandardOutput.write(effective.text)
    }
}
