// The settings file as `popsieve account` reads and changes it.
// Must not replace it by anything that `popsieve check` would refuse.

import Foundation
import Glibc
import HTTPClient
import OAuth
import SystemPackage
import Tokens

/// A settings file, there or not yet.
struct AccountSettings {
    let file: String
    private let text: String
    let settings: Settings

    /// Ends the command where the file is wrong as it is.
    init(_ config: String?) throws {
        file = config ?? Settings.defaultFile
        guard FileManager.default.fileExists(atPath: file) else {
            (text, settings) = ("", Settings())
            return
        }
        let list = FindingList()
        do throws(UnreadableFile) {
            let octets = try FileManager.default.regularFile(at: file, upTo: 1 << 20)
            guard let text = String(validating: octets, as: UTF8.self) else {
                throw UnreadableFile(description: "this is not UTF-8", fix: "save the file as UTF-8")
            }
            self.text = text
        } catch {
            throw Exit.saying(Finding(error, file), Exit.noInput)
        }
        settings = SettingsReader.read(text, file: file, list)
        guard !list.hasErrors else {
            FindingPrinter().print(list.findings)
            throw Exit.faulty(list.findings, "nothing was changed")
        }
    }

    var isNew: Bool { text.isEmpty }
    var isMissing: Bool { !FileManager.default.fileExists(atPath: file) }

    /// Changes the text, and replaces the file if what comes out is good. Whoever else does so meanwhile waits.
    ///
    /// - Parameter body: told what the settings are by now
    func change(_ body: (inout SettingsEdit, AccountSettings) throws -> Void) throws {
        let folder = file.contains("/") ? file.parentFolder : "."
        let lock = try? FileDescriptor.open(FilePath(folder), .readOnly, options: [.directory, .closeOnExec])
        // It goes with the descriptor.
        defer { try? lock?.close() }
        if let lock { while flock(lock.rawValue, LOCK_EX) != 0, errno == EINTR {} }
        let now = try AccountSettings(file)
        try now.changeLocked { edit in try body(&edit, now) }
    }

    private func changeLocked(_ body: (inout SettingsEdit) throws -> Void) throws {
        var edit = SettingsEdit(text)
        do {
            try body(&edit)
        } catch let error as SettingsEditFault {
            let place = Place(file: file, line: error.line, column: 1)
            let message = "\"\(error.key)\" can't be changed as it is written here"
            throw Exit.saying(Finding(place, .error, message, error.fix), Exit.config)
        }
        let list = FindingList()
        let after = SettingsReader.read(edit.text, file: file, list)
        if !after.upstreams.isEmpty || !isNew { after.check(list) }
        guard !list.hasErrors else {
            FindingPrinter().print(list.findings.filter { $0.severity == .error })
            throw Exit.faulty(list.findings, "the settings would be wrong, and were not changed")
        }
        do throws(UnreadableFile) {
            let isMade = !FileManager.default.fileExists(atPath: file)
            if isMade {
                try SecretFile.make(file, Array(edit.text.utf8))
            } else {
                try FileManager.default.replace(file, with: Array(edit.text.utf8))
            }
        } catch {
            throw Exit.saying(Finding(error, file), Exit.notWritten)
        }
    }

    /// The account of a user, or of a token's name.
    func account(_ name: String) -> Settings.Account? {
        settings.accounts.first { $0.user.lowercased() == name.lowercased() }
            ?? settings.accounts.first { $0.token?.lowercased() == name.lowercased() }
    }

    // MARK: Tokens

    /// The store, with a key that is made where nobody has named one.
    func store(makesKey: Bool = false) throws -> TokenStore {
        let list = FindingList()
        guard let path = settings.tokenFile(), let source = settings.tokenKey() else {
            let fix = "name a file with tokens: { file: FILE }"
            throw Exit.saying(
                Finding(.whole(file), .error, "there is no place for tokens: HOME is not set", fix),
                Exit.config
            )
        }
        if makesKey, settings.tokens.key == nil { try makeKey(source) }
        let loader = OAuthLoader(findings: list)
        let keys = [source, settings.tokens.oldKey].compactMap(\.self).compactMap {
            loader.key($0, settings.tokens.places.section)
        }
        guard !list.hasErrors else {
            FindingPrinter().print(list.findings)
            throw Exit.faulty(list.findings)
        }
        return TokenStore(path: path, keys: keys)
    }

    private func makeKey(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<64).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }
        do {
            let folder = path.parentFolder
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try SecretFile.make(path, Array((digits.joined() + "\n").utf8), like: folder)
        } catch {
            var failure = error as? UnreadableFile ?? UnreadableFile(error, at: path)
            failure.attempt = .written
            throw Exit.saying(Finding(failure, path), Exit.notWritten)
        }
    }
}

/// A new file that nobody else may read, but whoever may read the settings that name it.
enum SecretFile {
    /// - Parameter model: whose owner it gets, where root makes it for the service
    static func make(_ path: String, _ octets: [UInt8], like model: String? = nil) throws(UnreadableFile) {
        let manager = FileManager.default
        do {
            let file = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            )
            try file.closeAfter {
                try file.writeAll(octets)
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            var failure = UnreadableFile(error, at: path)
            failure.attempt = .written
            throw failure
        }
        guard let model, let owner = manager.owner(of: model) else { return }
        try? manager.setAttributes(owner, ofItemAtPath: path)
        // Settings of root's own that the service reads by its group. Where everybody may, the group says nothing.
        let own = manager.permissions(model) ?? 0o600
        let mode = manager.isDirectory(model) || own & 0o004 != 0 ? 0o600 : own & 0o640
        try? manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
