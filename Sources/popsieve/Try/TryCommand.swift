// `popsieve try`: what rule files do to messages, without a server.
// Must not do anything that the relay would not do with the same message.

import ArgumentParser
import Audit
import Filtering
import Foundation
import Glibc
import Relay
import Sieve

struct TryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Show what rules do to messages, and why.",
        usage: "popsieve try [options] [rules] messages",
        discussion: """
            A directory or a *.sieve file is rules; all else are messages as mail programs save them (.eml), and - is \
            a message on standard input. Without rules, those of the settings file are tried. The rule files run \
            together, as they would in the relay. Shown are each test with its value and what it matched, the branches \
            that were taken, and the message's changes; "skip" stands before a branch that nothing asked for any more.

              popsieve try Rules message.eml
              popsieve try --brief Rules *.eml
              curl --user me pop3s://pop.example.com/1 | popsieve try Rules -
              popsieve try --scan message.eml
              popsieve try --json Rules *.eml | jq -r '.verdict + " " + .message'

            Lists, scores, scanners and size limits are those of the settings file, ./popsieve.yaml if no other is \
            named. What the relay would refuse is warned of.

            Exit codes: 0 the rules ran on every message; 1 a rule failed while it ran; 64 the command line is wrong; \
            66 a file that it names can't be read; 78 the rules don't compile.
            """
    )

    @Option(help: ArgumentHelp("A rule directory or rule file; may be given again.", valueName: "path"))
    var rules: [String] = []

    @Argument(help: ArgumentHelp("Rules, and messages.", valueName: "rules> <message"), completion: .file())
    var files: [String] = []

    @Option(help: "The user that the rules see.")
    var user: String?

    @Option(name: [.short, .long], help: "The settings file with lists, scores and rules.", completion: .file())
    var config: String?

    @Flag(help: "Ask the scanners; without it nothing is scanned.")
    var scan = false

    @Flag(help: "Leave out the tests: the verdict, and what has changed.")
    var brief = false

    @Flag(help: "Print one JSON object a message, one a line.")
    var json = false

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    /// What was named, told apart.
    private var named: (rules: [String], messages: [String]) {
        let isRule = { (path: String) in path.hasSuffix(".sieve") || FileManager.default.isDirectory(path) }
        let found = rules + files.filter(isRule)
        let others = files.filter { !isRule($0) }
        // Where the first of several names leads to nothing, it was meant as rules, and is mistaken.
        let isMistaken = found.isEmpty && others.count > 1 && !FileManager.default.fileExists(atPath: others[0])
        return isMistaken ? (Array(others.prefix(1)), Array(others.dropFirst())) : (found, others)
    }

    func validate() throws {
        guard named.messages.isEmpty else { return }
        let example = "popsieve try \(named.rules.first?.printable ?? "Rules") message.eml"
        throw ValidationError("no message is named, a file or - for standard input; try: \(example)")
    }

    /// The rules that were named, or those of the settings.
    private func rulePaths(_ loader: SettingsLoader, _ settings: Settings) throws -> [String] {
        if !named.rules.isEmpty { return named.rules }
        if let rules = settings.rules { return [rules] }
        let place = loader.file.map { "\($0) names none" } ?? "there is no \(Settings.defaultFile) that names some"
        let fix = "try: popsieve try Rules \(named.messages.first ?? "message.eml")"
        throw Exit.saying(Finding(.program, .error, "no rules are named, and \(place)", fix), Exit.usage)
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let list = FindingList()
        let loader = SettingsLoader(flags: SettingsFlags(config: config))
        var settings = loader.readSettings(list)
        settings.checkFiles(loader.file, list)
        let rules = try rules(loader, settings, list)
        FindingPrinter().print(list.findings)
        guard !list.hasErrors else { throw Exit.faulty(list.findings) }
        let scanners = scan ? try scanners(loader, settings) : nil
        let printer = TrialText(terminal: Terminal(hasColours: color.isWanted))
        var code = ExitCode.success
        for path in named.messages {
            do {
                var trial = try await trial(path, rules, scanners)
                trial.limit = settings.limit(of: trial.octets, isHeld: trial.depth >= .body, user: user)
                let text = json ? trial.json(rules.refusals) : printer.text(trial)
                try StandardOutput.write(Data((text + "\n").utf8))
                if trial.verdict.failure != nil, code == .success { code = .failure }
            } catch let error as UnreadableFile {
                FindingPrinter().print([Finding(error, path)])
                code = Exit.noInput
            }
        }
        throw code
    }

    private func rules(
        _ loader: SettingsLoader,
        _ settings: Settings,
        _ list: FindingList
    ) throws -> TrialRules {
        // Without settings nobody knows which rules are meant.
        if list.hasErrors, named.rules.isEmpty { return TrialRules() }
        let directory = RuleDirectory(
            findings: list,
            settings: settings.ruleSettings(list),
            reach: settings.reach
        )
        return directory.compileForTrial(try rulePaths(loader, settings))
    }

    private func scanners(_ loader: SettingsLoader, _ settings: Settings) throws -> TrialScanners {
        guard settings.scanners.isEmpty else { return TrialScanners(settings) }
        let place = loader.file.map { "\($0) sets up none" } ?? "there is no \(Settings.defaultFile) that sets some up"
        let fix = "write scanners: with for example clamd: { address: \"unix:/run/clamav/clamd.ctl\" }"
        throw Exit.saying(Finding(.flag("--scan"), .error, "there are no scanners: \(place)", fix), Exit.usage)
    }

    private func trial(_ path: String, _ rules: TrialRules, _ scanners: TrialScanners?) async throws -> Trial {
        let message =
            path == "-"
            ? [UInt8](FileHandle.standardInput.readDataToEndOfFile())
            : try FileManager.default.regularFile(at: path, upTo: Self.messageLimit)
        let facts = Facts(user: user, time: WallClock.now().seconds, processorTime: ProcessorTime.now)
        return await Trial(
            path: path,
            message: message,
            ruleSet: rules.ruleSet,
            facts: facts,
            sources: brief ? nil : rules.scripts,
            scanners: scanners
        )
    }

    /// Octets of a message; beyond them it is no mail.
    private static let messageLimit = 1 << 30
}
