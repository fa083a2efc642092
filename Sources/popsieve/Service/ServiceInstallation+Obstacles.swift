// What keeps a service's file from doing what it is for: told in place of a file that does harm.
// Must not make a folder: whose it is, is an administrator's to say.

import ArgumentParser
import Foundation
import SystemPackage

extension ServiceInstallation {
    /// Programs that work on the log.
    enum LogKeeper: String {
        case logrotate, fail2ban

        /// What it would take for something else than a letter of the log's name.
        fileprivate var syntax: String { self == .logrotate ? #""'\*?[]{}"# : #" "'\*?[]{}%<>;#"# }
    }

    /// The log, for whoever works on it.
    ///
    /// - Throws: the code to end with, when it was told why there is nothing to work on
    func logFile(for keeper: LogKeeper) throws -> String {
        func refusal(_ key: String, _ message: String, _ fix: String) -> ExitCode {
            Exit.saying(Finding(settings.auditPlaces[key], .error, message, fix), Exit.config)
        }
        guard let log = settings.audit.file, Self.mayBeFile(log) else {
            let target = settings.audit.text
            let message = "the audit log goes to \(target), which is no file that \(keeper.rawValue) can work on"
            throw refusal("to", message, "name a file, such as \(TailCommand.defaultFile)")
        }
        if keeper == .logrotate, settings.audit.rotation != nil {
            let message = "popsieve rotates the audit log itself; logrotate would do it a second time"
            throw refusal("rotate", message, "take \"rotate\" away, or do without logrotate")
        }
        if let character = log.first(where: { keeper.syntax.contains($0) }) {
            let message = "\(keeper.rawValue) does not take \"\(character)\" in the name of a log as it stands"
            throw refusal("to", message, "name a file without it")
        }
        return log
    }

    /// systemd starts no service without the folders that it may write to.
    var missingFolders: [Finding] {
        foreignFolders.filter { !FileManager.default.isDirectory($0) }.map { folder in
            let message = "there is no folder \"\(folder)\", and systemd does not start the service without it"
            let fix = "make it first: install -d -m 0700 -o \(user) -g \(user) \(folder.shellWord)"
            return Finding(.program, .warning, message, fix)
        }
    }

    private static func mayBeFile(_ path: String) -> Bool {
        switch try? Stat(FilePath(path)).type {
        case nil, .regular?: true
        default: false
        }
    }
}

extension String {
    fileprivate var shellWord: String {
        let isPlain = wholeMatch(of: /[A-Za-z0-9\/._+:@-]+/) != nil
        return isPlain ? self : "'\(replacing("'", with: #"'\''"#))'"
    }
}
