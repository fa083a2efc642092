// The quarantine in the settings file: its folder alone, or with what it may hold and how long.
// Must not look at the folder.

import Quarantine
import Yams

extension SettingsReader {
    func readQuarantine(_ root: SettingsSection, _ quarantine: inout Settings.Quarantine) {
        guard let node = root["quarantine"] else { return }
        quarantine.places = Places(source.place(of: node))
        if case .mapping = node {
            guard let section = root.section("quarantine") else { return }
            read(section, &quarantine)
            quarantine.places = section.places
        } else if let path = root.path("quarantine", none: Settings.Quarantine.none) {
            quarantine.path = path == Settings.Quarantine.none ? path : source.path(path)
        }
    }

    private func read(_ section: SettingsSection, _ quarantine: inout Settings.Quarantine) {
        if let path = section.path("path", none: Settings.Quarantine.none) {
            quarantine.path = path == Settings.Quarantine.none ? path : source.path(path)
        }
        quarantine.limits.seconds = section.age("keep")
        quarantine.limits.octets = section.octets("size") ?? quarantine.limits.octets
        if let folders = folders(section) {
            for name in folders.names {
                guard let folder = folder(name, folders), let bounds = bounds(name, folders) else { continue }
                quarantine.limits.ofFolders[folder] = bounds
            }
        }
        if let seconds = section.age("discarded") {
            quarantine.keepsDiscarded = true
            if quarantine.limits.ofFolders[.discarded]?.seconds != nil {
                let message = "how long the folder \"discarded\" keeps messages stands under \"folders\", too"
                section.error("discarded", message, "keep one of them")
            }
            quarantine.limits.ofFolders[.discarded, default: .init()].seconds = seconds
        }
        section.finish()
        for key in section.names where quarantine.isNone && key != "path" && !section.places.leavesOpen(key) {
            section.error(key, "\"\(key)\" means nothing with path: none", "name a folder, or take this away")
        }
    }

    /// Folders go by names, each with what is said of it.
    private func folders(_ section: SettingsSection) -> SettingsSection? {
        guard let node = section["folders"] else { return nil }
        if case .mapping = node { return section.section("folders") }
        let message = "\"folders\" says for each folder how long it keeps messages, or how many octets"
        section.error("folders", message, "write for example { Junk: 7d, Spam: { size: 1 GiB } }")
        return nil
    }

    private func folder(_ name: String, _ section: SettingsSection) -> QuarantineFolder? {
        warnOfPath(name, section)
        do throws(QuarantineError) {
            return try QuarantineFolder(name)
        } catch {
            let message =
                name.isEmpty ? "a quarantine folder has a name" : "the name of this folder is too long for a disk"
            section.error(name, message, "name it as rules do in fileinto")
            return nil
        }
    }

    /// Rules can call a folder so, but hardly do.
    private func warnOfPath(_ name: String, _ section: SettingsSection) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name.hasPrefix("/") || parts.contains(where: { $0 == "." || $0 == ".." }) else { return }
        let message = "\"\(name)\" is no path here: it is the name of a folder in the quarantine"
        source.findings.warning(section.places[name], message, "name it as rules do in fileinto")
    }

    private func bounds(_ name: String, _ folders: SettingsSection) -> QuarantineLimits.OfFolder? {
        guard case .mapping? = folders[name] else { return folders.age(name).map { .init(seconds: $0) } }
        guard let section = folders.section(name) else { return nil }
        if section.names.isEmpty {
            folders.error(name, "nothing is said of this folder", "write for example { keep: 7d }, or take it away")
        }
        defer { section.finish() }
        return .init(seconds: section.age("keep"), octets: section.octets("size"))
    }
}

extension SettingsSection {
    /// Seconds, one at least.
    fileprivate func age(_ key: String) -> Int64? {
        guard let seconds = value(key, "a time", "30d or 12h", Quantity.age) else { return nil }
        if seconds > 0 { return seconds }
        error(key, "\(string(key) ?? "0s") is too small for \"\(key)\"", "at least 1s")
        return nil
    }

    fileprivate func octets(_ key: String) -> Int? {
        guard let octets = value(key, "a size", "10 GiB", Quantity.size) else { return nil }
        if octets >= Self.leastOctets { return octets }
        error(key, "\(octets) is too small for \"\(key)\"", "at least 1 MiB")
        return nil
    }

    /// Less than one message takes.
    private static var leastOctets: Int { 1 << 20 }
}
