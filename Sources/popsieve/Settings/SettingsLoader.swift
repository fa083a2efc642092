// From flags and files to everything that a run needs: settings read, certificates loaded, rules compiled.
// Must not start anything, and gives up only after it has found every fault.

import Audit
import Filtering
import Foundation
import Quarantine
import Relay
import Sieve

/// Loads everything, at the start and at each reload.
struct SettingsLoader: Sendable {
    let flags: SettingsFlags

    /// What a run needs, and every warning.
    struct Outcome {
        var settings: Settings
        var loaded: Loaded
        var certificates: [CertificateLoader.Summary]
        var findings: [Finding]
        var parts: [Part]
    }

    /// What was found out about one subject, and how long that took.
    struct Part {
        var subject: LoadError.Subject
        var findings: [Finding]
        var duration: Duration
    }

    /// All that was found; at least one is an error.
    struct Failure: Error {
        /// What was found faulty first.
        var subject: LoadError.Subject
        var findings: [Finding]
        var parts: [Part]
    }

    func load() throws(Failure) -> Outcome {
        let list = FindingList()
        let parts = SettingsParts(list)
        var settings = readSettings(list)
        if let file, FileManager.default.isWritableByAnybody(file) {
            list.error(.whole(file), "anybody may write these settings", "chmod o-w \(file)")
        }
        settings.check(list)
        settings.checkFiles(file, list)
        settings.checkAudit(list)
        settings.checkControl(list)
        let audit = settings.auditDestination(list)
        parts.close(.settings)
        let certificates = CertificateLoader(findings: list, now: WallClock.now().seconds)
        var configuration = certificates.configuration(settings)
        parts.close(.certificates)
        configuration.notices = settings.loadNotices(list)
        configuration.accounts = AccountLoader(findings: list).accounts(settings)
        let directory = DirectoryLoader(findings: list).directory(settings)
        let tokens = OAuthLoader(findings: list).tokens(settings)
        parts.close(.settings)
        let language = settings.ruleSettings(list)
        let reach = settings.reach
        let rules = settings.rules.map {
            RuleDirectory(findings: list, settings: language, reach: reach).compile([$0], settings.places["rules"])
        }
        let ruleSet = rules?.ruleSet ?? .empty
        let isNeeded = ruleSet.mayQuarantine || settings.quarantine.keepsDiscarded && ruleSet.mayWithhold
        let isWanted = ruleSet.mayReject
        // What was promised to go goes, also when no rule puts anything there any more.
        let isKept = settings.quarantine.limits.expires && settings.quarantineExists
        settings.checkHoldingFolder(list, isNeeded: isNeeded || isWanted || ruleSet.mayWantBody)
        settings.checkQuarantine(list, isNeeded: isNeeded || isKept, isWanted: isWanted)
        settings.checkStore(list, isNeeded: ruleSet.asksDuplicates)
        if !list.hasErrors { settings.checkScanners(list, asked: ruleSet.scans) }
        parts.close(.rules)
        if let faulty = parts.faulty { throw Failure(subject: faulty, findings: list.findings, parts: parts.all) }
        let keeps = isNeeded || isWanted || isKept
        var loaded = settings.loaded(configuration, rules?.ruleSet, keepsMessages: keeps)
        loaded.ruleFiles = rules?.files.map(\.name) ?? []
        loaded.settingsFile = file
        loaded.directory = directory
        loaded.secretFiles = settings.accountFiles.map(\.path)
        loaded.tokens = tokens
        loaded.audit = audit ?? loaded.audit
        return Outcome(
            settings: settings,
            loaded: loaded,
            certificates: certificates.summaries,
            findings: list.findings,
            parts: parts.all
        )
    }

    /// The settings file in use: the one that was named, or the one in the working directory if there is one.
    var file: String? {
        if let config = flags.config { return config }
        return FileManager.default.fileExists(atPath: Settings.defaultFile) ? Settings.defaultFile : nil
    }

    /// The settings in force: file and flags.
    func readSettings(_ list: FindingList) -> Settings {
        var settings = Settings()
        if let file {
            switch Self.text(of: file) {
            case .success(let text): settings = SettingsReader.read(text, file: file, list)
            case .failure(let finding):
                list.add(finding)
                settings.places.hasUnknownKeys = true
            }
        }
        flags.apply(to: &settings, list)
        return settings
    }

    /// What the settings tell rule files that are checked or tried by themselves.
    func ruleSettings(_ list: FindingList) -> RuleSettings {
        readSettings(list).ruleSettings(list)
    }

    private static func text(of file: String) -> Result<String, Finding> {
        do {
            let data = try FileManager.default.regularFile(at: file, upTo: sizeLimit)
            guard let text = String(validating: data, as: UTF8.self) else {
                return .failure(
                    Finding(placeOfDamage(data, file), .error, "this is not UTF-8", "save the file as UTF-8")
                )
            }
            return .success(text)
        } catch {
            return .failure(Finding(error, file))
        }
    }

    /// Octets of a settings file; more is not one.
    private static let sizeLimit = 1 << 20

    /// Where a reader of UTF-8 first sees something else.
    static func placeOfDamage(_ octets: [UInt8], _ file: String) -> Place {
        let same = zip(octets, String(decoding: octets, as: UTF8.self).utf8).prefix { $0 == $1 }.count
        let lines = octets[..<same].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return Place(file: file, line: lines.count, column: (lines.last?.count ?? 0) + 1)
    }
}

/// Findings by what they are about.
private final class SettingsParts {
    private(set) var all: [SettingsLoader.Part] = []
    /// What was found faulty first.
    private(set) var faulty: LoadError.Subject?
    private let list: FindingList
    private var start = ContinuousClock.now

    init(_ list: FindingList) { self.list = list }

    /// What was found since the last time is about this.
    func close(_ subject: LoadError.Subject) {
        if faulty == nil, list.hasErrors { faulty = subject }
        let told = all.reduce(0) { $0 + $1.findings.count }
        let end = ContinuousClock.now
        let findings = Array(list.findings.dropFirst(told))
        all.append(SettingsLoader.Part(subject: subject, findings: findings, duration: end - start))
        start = end
    }
}

extension Settings {
    /// - Parameters:
    ///   - ruleSet: nil where there are no rules
    ///   - keepsMessages: there is a quarantine to open
    fileprivate func loaded(
        _ configuration: RelayConfiguration,
        _ ruleSet: RuleSet?,
        keepsMessages: Bool
    ) -> Loaded {
        // Without rules nothing is remembered, but for what a size limit has kept from clients.
        let store = ruleSet?.isEmpty == false || limitsSizes ? storeFile() : nil
        var limits = limits
        limits.reserve(
            .init(
                holdsMessages: ruleSet?.mayWantBody ?? false,
                keepsMessages: keepsMessages,
                remembers: store != nil,
                scanners: scanners.descriptors,
                windows: windowDescriptors
            )
        )
        return Loaded(
            configuration: configuration,
            limits: limits,
            ruleSet: ruleSet ?? .empty,
            certificateFiles: listeners.compactMap(\.certificate),
            noticesFile: notices,
            scanners: scanners,
            quarantine: keepsMessages ? quarantineFolder() : nil,
            quarantineLimits: quarantine.limits,
            keepsDiscarded: quarantine.keepsDiscarded,
            store: store,
            fingerprint: ruleSet.flatMap { fingerprint($0, configuration.notices) },
            sizeReserve: sizeReserve
        )
    }

    /// Who sets up a scanner may take it for asked.
    fileprivate func checkScanners(_ findings: FindingList, asked: some Sequence<ScanKind>) {
        for scanner in scanners where scanner.looksFor.isDisjoint(with: asked) {
            let test = scanner.looksFor.contains(.virus) ? "virustest" : "spamtest"
            let message = "no rule asks the scanner \"\(scanner.name)\""
            let fix = "add a rule with \(test), such as those that ship, or take it away"
            findings.warning(scanner.place, message, fix)
        }
    }

    /// What there is for rules to use.
    var reach: Reach {
        var reach = Reach.relay
        if quarantine.isNone { reach.remove(.quarantine) }
        if store == Self.noStore { reach.remove(.memory) }
        return reach
    }

    /// What rules are told of the settings.
    func ruleSettings(_ list: FindingList) -> RuleSettings {
        var rules = RuleLanguageLoader(findings: list).settings(language)
        rules.scores.scans = Set(scanners.flatMap(\.looksFor))
        return rules
    }
}
