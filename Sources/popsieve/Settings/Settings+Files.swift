// Settings that name a file which is something else already: the settings file itself, or what another setting names.
// Must not open a file; folders are looked through.

import Foundation
import Sieve
import SystemPackage

extension Settings {
    /// A file that settings name.
    private struct Named {
        var key: String
        var path: String
        var place: Place
        var fix: String
    }

    /// Rules that are none are not read any more.
    mutating func checkFiles(_ settingsFile: String?, _ findings: FindingList) {
        let audit = self.audit.file.map {
            Named(key: "audit", path: $0, place: auditPlaces["to"], fix: "name a file of its own")
        }
        let rules = rules.map {
            Named(key: "rules", path: $0, place: places["rules"], fix: "name a directory of *.sieve files")
        }
        let store = storeFile().map {
            Named(key: "store", path: $0, place: places["store"], fix: "name a file of its own")
        }
        for named in [rules, audit, store].compactMap(\.self) + noticeFiles + lists {
            guard let settingsFile, named.path.isSameFile(as: settingsFile) else { continue }
            findings.error(named.place, "\"\(named.key)\" names the settings file itself", named.fix)
            if named.key == "rules" { self.rules = nil }
            if named.key == "notices" { notices = nil }
        }
        let log = [audit].compactMap(\.self)
        for audit in log { checkApart(audit, "the audit log", from: [], findings) }
        if let store { checkApart(store, "the store", from: log, findings) }
        checkReadFiles(findings)
        checkQuarantineApart(settingsFile, findings)
    }

    /// What is read as one thing is nothing else: lines of a certificate or a rule are no values of a list.
    private mutating func checkReadFiles(_ findings: FindingList) {
        for named in lists + noticeFiles {
            let others = (named.key == "notices" ? [] : noticeFiles) + certificates + ruleFiles
            guard let other = others.first(where: { $0.path.isSameFile(as: named.path) }) else { continue }
            findings.error(named.place, "this is the file of \"\(other.key)\" at \(other.place), too", named.fix)
            if named.key == "notices" { notices = nil }
        }
    }

    /// What is written must be none of what is read: senders choose words of the log, and no rule may be made of them.
    private func checkApart(_ written: Named, _ what: String, from others: [Named], _ findings: FindingList) {
        let read = others + lists + certificates + ruleFiles + noticeFiles
        if let other = read.first(where: { $0.path.isSameFile(as: written.path) }) {
            findings.error(
                written.place,
                "\(what) would be written into \"\(other.key)\" at \(other.place)",
                written.fix
            )
        } else if let rules, FileManager.default.isDirectory(rules), written.path.isInside(rules) {
            let message = "\(what) would be among the rules at \(places["rules"])"
            findings.error(written.place, message, "name a file outside of \"\(rules)\"")
        } else if let folder = quarantineFolder(), written.path.isSameFile(as: folder) {
            findings.error(written.place, "\(what) would be the quarantine at \(quarantinePlace)", written.fix)
        } else if let folder = quarantineFolder(), written.path.isInside(folder) {
            let message = "\(what) would be in the quarantine, which takes folders only"
            findings.error(written.place, message, "name a file outside of \"\(folder)\"")
        }
    }

    /// Senders choose what is in the quarantine: it is a folder of its own.
    private func checkQuarantineApart(_ settingsFile: String?, _ findings: FindingList) {
        guard let folder = quarantineFolder() else { return }
        let place = quarantinePlace
        let fix = "name a folder of its own"
        if let rules, FileManager.default.isDirectory(rules), folder.isFolder(in: rules) {
            return findings.error(place, "the quarantine would be among the rules at \(places["rules"])", fix)
        }
        let settings = settingsFile.map { Named(key: "the settings file", path: $0, place: .whole($0), fix: "") }
        let read = [settings].compactMap(\.self) + lists + certificates + noticeFiles + ruleFiles
        func what(_ other: Named) -> String {
            other.place == settings?.place ? other.key : "\"\(other.key)\" at \(other.place)"
        }
        if let other = read.first(where: { $0.path.isInside(folder) }) {
            findings.error(place, "\(what(other)) is in the quarantine", fix)
        } else if let other = read.first(where: { $0.path.isSameFile(as: folder) }) {
            findings.error(place, "this is \(what(other)), too", fix)
        }
    }

    private var quarantinePlace: Place { quarantine.path == nil ? places["quarantine"] : quarantine.places["path"] }

    /// Rule files and what they may include, also where they are links to elsewhere.
    private var ruleFiles: [Named] {
        guard let rules else { return [] }
        let folders = [rules] + [IncludeLocation.personal, .global].map { "\(rules)/\($0.rawValue)" }
        let scripts = folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
        }
        return ([rules] + scripts.filter { $0.hasSuffix(".sieve") }.sorted()).map {
            Named(key: $0, path: $0, place: places["rules"], fix: "")
        }
    }

    private var lists: [Named] {
        language.lists.compactMap { list in
            guard case .file(let path) = list.source else { return nil }
            return Named(key: list.name, path: path, place: list.place, fix: "name a file with one value a line")
        }
    }

    private var noticeFiles: [Named] {
        notices.map { [Named(key: "notices", path: $0, place: places["notices"], fix: "name a file of its own")] } ?? []
    }

    private var certificates: [Named] {
        func named(_ places: Places, _ files: [(String, String?)]) -> [Named] {
            files.compactMap { key, path in path.map { Named(key: key, path: $0, place: places[key], fix: "") } }
        }
        return accountFiles.map { Named(key: $0.key, path: $0.path, place: $0.place, fix: "") }
            + listeners.flatMap { named($0.places, [("certificate", $0.certificate), ("key", $0.key)]) }
            + upstreams.flatMap {
                let own = [("client-certificate", $0.clientCertificate), ("client-key", $0.clientKey)]
                return named($0.places, [("ca", $0.ca)] + own)
            } + (directory.map { named($0.places, [("ca", $0.ca)]) } ?? [])
            + providers.flatMap { named($0.places, [("ca", $0.ca)]) }
    }
}

extension String {
    /// Whether two paths lead to one file, by whatever names.
    fileprivate func isSameFile(as other: String) -> Bool {
        guard let one = try? Stat(FilePath(self)), let two = try? Stat(FilePath(other)) else {
            // What is not there yet is known by its folder and its name.
            return place == other.place
        }
        return one.inode == two.inode && one.deviceID == two.deviceID
    }

    /// Whether a file, there or not, lies in a folder, whatever links lead to either.
    fileprivate func isInside(_ folder: String) -> Bool {
        "\(target.parentFolder.resolved)/".hasPrefix("\(folder.resolved)/")
    }

    /// Where a link leads, there or not; else the path itself.
    private var target: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: self)
        return link.map { FilePath(parentFolder).pushing(FilePath($0)).string } ?? self
    }

    private var place: String { "\(target.parentFolder.resolved)/\(FilePath(target).lastComponent?.string ?? "")" }

    /// Whether a folder, there or not, is another or lies in it.
    fileprivate func isFolder(in folder: String) -> Bool {
        let isThere = FileManager.default.fileExists(atPath: self)
        return isThere ? "\(resolved)/".hasPrefix("\(folder.resolved)/") : isInside(folder)
    }

    private var resolved: String { URL(fileURLWithPath: self).resolvingSymlinksInPath().path }
}
