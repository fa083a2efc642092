// `popsieve check`: every fault of settings, certificates and rules, before they go live.
// Must not start or change anything.

import ArgumentParser
import Filtering
import Foundation

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check settings, certificates and rules; every fault with file, line and column.",
        discussion: """
            With rule files or directories named, only those are checked. Exits with 0 when all is well, 78 if not.

              popsieve check                     ./popsieve.yaml and all it names
              popsieve check Rules draft.sieve   rules only
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "Rule files or directories; without any, the settings and what they name.", completion: .file())
    var ruleFiles: [String] = []

    func run() throws {
        if ruleFiles.isEmpty {
            let outcome = try Exit.reporting { () throws(SettingsLoader.Failure) in
                try SettingsLoader(flags: settings.flags).load()
            }
            FindingPrinter().print(outcome.findings)
            print("settings are good: \(summary(outcome))")
        } else {
            try checkRules()
        }
    }

    private func summary(_ outcome: SettingsLoader.Outcome) -> String {
        let settings = outcome.settings
        let rules = outcome.loaded.ruleFiles.count
        return "\(settings.listeners.count) listener(s), \(settings.upstreams.count) upstream(s), "
            + "\(rules) rule file(s), depth \(outcome.loaded.ruleSet.depth)"
    }

    private func checkRules() throws {
        let list = FindingList()
        let directory = RuleDirectory(findings: list)
        // Each argument by itself, so that files of the same name don't stand in each other's way.
        var count = 0
        for path in ruleFiles {
            count += SettingsLoader.compile(directory.read(path), list).1.count
        }
        FindingPrinter().print(list.findings)
        guard !list.hasErrors else { throw Exit.config }
        print("\(count) rule file(s) are good")
    }
}
