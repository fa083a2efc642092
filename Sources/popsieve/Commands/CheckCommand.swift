// `popsieve check`: every fault of settings, certificates and rules, before they go live.
// Must not start or change anything.

import ArgumentParser
import Audit
import AuditReading
import Filtering
import NIOCore
import NIOPosix
import Quarantine
import Relay
import Scanning
import Sieve
import Store

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tell every fault of settings, certificates and rules.",
        usage: "popsieve check [options] [rule files or directories]",
        discussion: """
            Checks what `popsieve serve` would run with, given the same options. With rule files or directories \
            named and no options, only those are checked. A fault is told with file, line and column. Scanners are asked \
            whether they are there; one that is not is a warning, as it may be started later.

              popsieve check                     ./popsieve.yaml and all it names
              popsieve check Rules draft.sieve   rules only

            Exit codes: 0 all is well, though there may be warnings; 64 the command line is wrong; 66 a file that it \
            names can't be read; 78 there are errors.
            """
    )

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    @Argument(help: "Rule files or directories.", completion: .file())
    var ruleFiles: [String] = []

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let list = FindingList()
        var summary: [String] = []
        if ruleFiles.isEmpty || !settings.isEmpty { summary += await checkSettings(list) }
        if !ruleFiles.isEmpty { summary += checkRules(list) }
        FindingPrinter().print(list.findings)
        guard !list.hasErrors else { throw Exit.faulty(list.findings) }
        try StandardOutput.write(summary.joined(separator: "\n") + "\n")
    }

    private func checkSettings(_ list: FindingList) async -> [String] {
        let loader = SettingsLoader(flags: settings.flags)
        do {
            let outcome = try loader.load()
            for finding in outcome.findings { list.add(finding) }
            outcome.checkStore(list)
            let lines = outcome.summary + (await checkScanners(outcome.settings, list))
            return ["\(loader.file ?? "the command line") is good"] + lines.map { "  \($0)" }
        } catch {
            for finding in error.findings { list.add(finding) }
            return []
        }
    }

    /// Asks each whether it is there: one that is not is no reason not to start.
    private func checkScanners(_ settings: Settings, _ list: FindingList) async -> [String] {
        let scanners = ScannersInUse(on: .singletonMultiThreadedEventLoopGroup).take(settings.scanners)
        return zip(settings.scanners, await scanners.probe()).map { setting, answer in
            if let finding = Finding(setting, answer.scanner, answer.result) { list.add(finding) }
            let what = answer.result.summary(setting)
            return "scanner   \(setting.name)  \(answer.scanner.place)  \(what)".printable
        }
    }

    /// Each argument by itself, so that files of the same name don't stand in each other's way.
    private func checkRules(_ list: FindingList) -> [String] {
        let language = SettingsLoader(flags: settings.flags).ruleSettings(list)
        let directory = RuleDirectory(findings: list, settings: language)
        let count = ruleFiles.reduce(0) { $0 + directory.compile([$1]).files.count }
        return ["\(count.of("rule file")) \(count == 1 ? "is" : "are") good"]
    }
}

extension SettingsLoader.Outcome {
    /// Without its store the relay goes on, and says so at its start.
    fileprivate func checkStore(_ list: FindingList) {
        guard let path = loaded.store else { return }
        let beginning = NewFiles.beginning(of: path)
        if let trouble = SQLiteStore.check(path: path, now: WallClock.now().microsecondsSinceEpoch) {
            let words = "\(trouble)".split(separator: "; ", maxSplits: 1).map(String.init)
            list.warning(settings.places["store"], "store: \(words[0])", words.last ?? "name another file")
        } else if let obstacle = NewFiles.obstacle(in: beginning) {
            let message = "store: nothing can be made in \(beginning): \(obstacle)"
            list.warning(settings.places["store"], message, "name a file in another folder, or write store: none")
        }
    }

    /// What would run, in lines.
    fileprivate var summary: [String] {
        let listeners = settings.listeners.map { listener in
            "listener  \(listener.address)  tls: \(listener.tls.rawValue)"
                + (listener.takesProxyHeader ? "  behind a proxy" : "")
        }
        let upstreams = settings.upstreams.map { upstream in
            "upstream  \(upstream.name)  \(upstream.address)  tls: \(upstream.tls.rawValue)"
        }
        let routes = settings.routes.map { route in
            "route     \(route.user)  to \(route.upstream)" + (route.name.map { "  as \($0)" } ?? "")
        }
        let accounts = settings.accounts.map { account in
            "account   \(account.user)" + (account.upstream.map { "  to \($0)" } ?? "")
                + (account.name.map { "  as \($0)" } ?? "")
                + (account.token == nil ? "  by a password" : "  by a token")
        }
        let directory = settings.directory.map { directory in
            let servers = directory.servers.map { "  servers: \($0.map(\.description).joined(separator: ", "))" } ?? ""
            return ["auth-http \(directory.url)\(servers)"]
        }
        let certificates = certificates.map { certificate in
            let until = AuditTime(seconds: certificate.notAfter, microseconds: 0).text.prefix(10)
            return "certificate  \(certificate.file)  \(certificate.names.joined(separator: ", "))  until \(until)"
        }
        let rules = settings.rules.map { path in
            ["rules     \(path)  \(loaded.ruleFiles.count.of("file")), depth \(loaded.ruleSet.depth)"]
        }
        let audit = ["audit     \(settings.audit.text)"]
        let notices = settings.notices.map { ["notices   \($0)"] } ?? []
        // Without rules nothing is remembered.
        let store = loaded.store.map { ["store     \($0)"] } ?? []
        return
            (listeners + upstreams + routes + accounts + (directory ?? []) + certificates + (rules ?? []) + audit
            + notices + store
            + quarantine
            + settings.sizeLines + windows).map(\.printable)
    }

    /// Where it can be looked into, if anybody has said so.
    private var windows: [String] {
        (settings.control.map { ["control   \($0)"] } ?? [])
            + (settings.metrics.map { ["metrics   http://\($0.address)/metrics"] } ?? [])
    }

    /// The folder, and how much stays there for how long.
    private var quarantine: [String] {
        guard let folder = settings.quarantineFolder() else { return ["quarantine  none"] }
        let limits = settings.quarantine.limits
        let all = limits.bounds(limits.seconds, limits.octets)
        let folders = limits.ofFolders.sorted { $0.key < $1.key }.map { folder, own in
            "\(folder.name): \(limits.bounds(own.seconds ?? limits.seconds, own.octets))"
        }
        return ["quarantine  \(([folder, all] + folders).joined(separator: "  "))"]
    }
}

extension QuarantineLimits {
    fileprivate func bounds(_ seconds: Int64?, _ octets: Int?) -> String {
        let time = seconds.map { "keep \(Quantity.text(age: $0))" } ?? "keep all"
        return time + (octets.map { ", size \(LimitField.Unit.octets.text($0))" } ?? "")
    }
}

extension Settings {
    /// Where a message is too large, and what LIST adds.
    fileprivate var sizeLines: [String] {
        func line(_ limit: SizePolicy?, _ whose: String) -> [String] {
            limit.map { ["size-limit  \($0.text)\(whose)"] } ?? []
        }
        let reserve = sizeReserve > 0 ? ["size-reserve  \(sizeReserve)"] : []
        return users.flatMap { line($0.sizeLimit, "  for user \($0.user)") }
            + listeners.flatMap { line($0.sizeLimit, "  for listener \($0.address)") }
            + upstreams.flatMap { line($0.sizeLimit, "  for upstream \($0.name)") } + line(sizeLimit, "") + reserve
    }
}

extension ProbeResult {
    /// The program and its version, or that there is none.
    fileprivate func summary(_ setting: Settings.Scanner) -> String {
        switch self {
        case .answers(let version): setting.kind == .command ? "looks for \(setting.subjects)" : version
        case .fails: "does not answer"
        }
    }
}

extension Settings.Scanner {
    fileprivate var subjects: String { looksFor.map(\.rawValue).sorted().joined(separator: " and ") }
}
