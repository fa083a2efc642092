// What can be looked at without a server: settings, certificates, rules, open files, folders, the clock.
// Must not make or change anything.

import Audit
import AuditReading
import Filtering
import Foundation
import Glibc
import NIOPosix
import Quarantine
import Relay
import Scanning
import Store
import TLS

struct LocalExamination {
    let examination: Examination
    let loader: SettingsLoader

    /// Settings, certificates and rules; nil where a relay would not start with them.
    func load() -> (outcome: SettingsLoader.Outcome?, code: ExitCodeOfSettings) {
        do throws(SettingsLoader.Failure) {
            let outcome = try loader.load()
            tell(outcome.parts, settings: outcome.summary(loader.file), rules: outcome.rules)
            for certificate in outcome.loaded.configuration.listeners.flatMap({ $0.serverContext?.certificates ?? [] })
            {
                tell(certificate)
            }
            return (outcome, .good)
        } catch {
            tell(error.parts, settings: loader.file ?? "the command line", rules: nil)
            let errors = error.findings.filter { $0.severity == .error }
            return (nil, errors.allSatisfy(\.isAboutInput) ? .unreadable : .faulty)
        }
    }

    enum ExitCodeOfSettings {
        case good
        case unreadable
        case faulty
    }

    /// One step for each subject, and one for each finding.
    private func tell(_ parts: [SettingsLoader.Part], settings: String, rules: String?) {
        for (subject, name, text) in [
            (LoadError.Subject.settings, "settings", settings), (.certificates, "certificates", nil),
            (.rules, "rules", rules),
        ] {
            let mine = parts.filter { $0.subject == subject }
            let duration = mine.reduce(Duration.zero) { $0 + $1.duration }
            let findings = mine.flatMap(\.findings).inReadingOrder
            let isFaulty = findings.contains { $0.severity == .error }
            if let text, !isFaulty { examination.note(name, nil, Remark(text), duration) }
            for finding in findings { tell(finding, of: name, duration) }
        }
    }

    private func tell(_ finding: Finding, of name: String, _ duration: Duration) {
        // Quarantine and store are looked at with the rules that need them.
        let subject = ["quarantine", "store"].first { finding.message.hasPrefix("\($0):") } ?? name
        examination.add(
            ExaminationStep(
                name: subject,
                subject: nil,
                result: finding.severity == .error ? .failed : .warning,
                sentence: "\(finding.place): \(finding.message)",
                remedy: finding.fix,
                duration: duration
            )
        )
    }

    /// Of a listener: clients refuse it when its time is over.
    private func tell(_ certificate: ServerContext.CertificateSummary) {
        let days = (certificate.notAfter - WallClock.now().seconds) / 86_400
        let names = certificate.names.joined(separator: " ")
        guard certificate.notAfter < WallClock.now().seconds else {
            return examination.note(
                "certificate",
                nil,
                Remark("\(certificate.file): \(names); \(Int(days).of("day")) left"),
                nil
            )
        }
        examination.add(
            ExaminationStep(
                name: "certificate",
                result: .failed,
                sentence: "\(certificate.file): the listener's certificate has expired, and clients refuse it",
                remedy: "renew it, then: popsieve reload"
            )
        )
    }

    // MARK: This machine

    /// - Returns: whether a relay could start
    func lookAtDescriptors(_ outcome: SettingsLoader.Outcome) async -> Bool {
        let (limits, listeners) = (outcome.loaded.limits, outcome.loaded.configuration.listeners.count)
        return await examination.take("descriptors") { () async throws(Complaint) in
            do throws(OpenFiles.TooFewError) {
                let cores = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
                try OpenFiles.prepare(loops: cores + 1, listeners: listeners, limits: limits)
            } catch {
                throw Complaint(error.description)
            }
            let files = OpenFiles.now()
            let room = min(files.sessions(limits), limits.sessions)
            let sentence = "\(files.limit) open files at most: room for \(room.of("session"))"
            guard limits.areSessionsChosen, room < limits.sessions else { return Remark(sentence) }
            let fix = "raise the limit (LimitNOFILE=, ulimit -n), or lower limits.sessions from \(limits.sessions)"
            return .warning(sentence, fix)
        }
    }

    func lookAtFolders(_ outcome: SettingsLoader.Outcome) async {
        await examination.take("quarantine") { () async throws(Complaint) in
            guard let folder = outcome.loaded.quarantine else { return Remark("no rule puts anything there") }
            return try room(at: folder, folder)
        }
        await examination.take("holding") { () async throws(Complaint) in
            let isUsed = outcome.loaded.ruleSet.mayWantBody || outcome.loaded.quarantine != nil
            guard isUsed else { return Remark("no rule wants a message whole") }
            let folder = outcome.loaded.limits.holding.folder
            return try room(at: folder, folder)
        }
        await examination.take("store") { () async throws(Complaint) in
            guard let path = outcome.loaded.store else { return Remark("there is nothing to remember") }
            if let trouble = SQLiteStore.check(path: path, now: WallClock.now().microsecondsSinceEpoch) {
                let words = "\(trouble)".split(separator: "; ", maxSplits: 1).map(String.init)
                let place = outcome.settings.places["store"]
                let remedy = "\(words.last ?? "name another file")\(place.line == nil ? "" : ": \"store\" (\(place))")"
                throw Complaint(words[0], remedy)
            }
            return try room(at: path, NewFiles.beginning(of: path))
        }
        await examination.take("audit") { () async throws(Complaint) in
            guard let file = outcome.settings.audit.file else { return Remark(outcome.settings.audit.text) }
            return try room(at: file, file.parentFolder)
        }
    }

    /// Free octets of a disk.
    private func room(at path: String, _ folder: String) throws(Complaint) -> Remark {
        let there = FileManager.default.fileExists(atPath: folder) ? folder : NewFiles.beginning(of: folder)
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: there)
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value else { return Remark(path) }
        let text = "\(path): \(Double(free).asOctets) free"
        guard free < DoctorLimits.space else { return Remark(text) }
        throw Complaint("\(text): the disk is as good as full", "make room there")
    }

    // MARK: The clock

    /// What was written or signed lies behind us, if the clock is right.
    func lookAtClock(_ outcome: SettingsLoader.Outcome, _ certificates: [PeerCertificate]) async {
        await examination.take("clock") { () async throws(Complaint) in
            let now = WallClock.now().seconds
            let files = [loader.file, outcome.settings.audit.file, outcome.loaded.store].compactMap(\.self)
            for file in files {
                let attributes = try? FileManager.default.attributesOfItem(atPath: file)
                guard let date = attributes?[.modificationDate] as? Date else { continue }
                guard Int64(date.timeIntervalSince1970) <= now + DoctorLimits.skew else {
                    throw Complaint(
                        "\(file) was written in the future: the clock is wrong, or was",
                        "set the clock (timedatectl)"
                    )
                }
            }
            for certificate in certificates {
                guard let begin = certificate.notBefore, begin > now else { continue }
                throw Complaint(
                    "a server's certificate begins in the future (\(certificate.subject)): the clock is wrong",
                    "set the clock (timedatectl)"
                )
            }
            let time = AuditTime(seconds: now, microseconds: 0).text.prefix(19)
            let signed =
                certificates.isEmpty ? "" : ", and behind the beginning of \(certificates.count.of("certificate"))"
            return Remark(
                "\(time) UTC, not before what \(files.count.of("file")) of ours tell\(files.count == 1 ? "s" : "")\(signed)"
            )
        }
    }

    // MARK: Others

    func lookAtScanners(_ outcome: SettingsLoader.Outcome) async {
        let scanners = ScannersInUse(on: .singletonMultiThreadedEventLoopGroup).take(outcome.settings.scanners)
        for (setting, scanner) in zip(outcome.settings.scanners, scanners.scanners) {
            await examination.take("scanner", setting.name) { () async throws(Complaint) in
                guard let answer = await ScannerSet([scanner]).probe().first else { return Remark("nobody was asked") }
                if let finding = Finding(setting, answer.scanner, answer.result) {
                    throw Complaint("\(finding.place): \(finding.message)", finding.fix)
                }
                // Whether a program can scan shows when it does.
                if setting.kind == .command { return try await HarmlessMessage.remark(setting, scanner) }
                return Remark("\(answer.scanner.place): \(answer.result)")
            }
        }
    }
}

extension SettingsLoader.Outcome {
    fileprivate func summary(_ file: String?) -> String {
        let parts = [
            settings.listeners.count.of("listener"), settings.upstreams.count.of("upstream"),
            settings.routes.isEmpty ? nil : settings.routes.count.of("route"),
            settings.accounts.isEmpty ? nil : settings.accounts.count.of("account"),
        ]
        return "\(file ?? "the command line"): \(parts.compactMap(\.self).joined(separator: ", "))"
    }

    fileprivate var rules: String {
        guard let path = settings.rules else { return "none: messages pass as they are" }
        return "\(path): \(loaded.ruleFiles.count.of("file")), depth \(loaded.ruleSet.depth)"
    }
}
