// What would keep the audit log from being written, told before a start.
// Must not open the log or make it: a check changes nothing.

import Audit
import Foundation
import SystemPackage

extension Settings {
    /// - Parameter isWritable: whether this user may write to a file, or make one in a folder
    func checkAudit(
        _ findings: FindingList,
        isWritable: (String) -> Bool = FileManager.default.isWritableFile(atPath:)
    ) {
        checkLogServer(findings)
        guard let audit = audit.file else { return }
        let manager = FileManager.default
        let folder = audit.parentFolder
        func error(_ message: String, _ fix: String) { findings.error(auditPlaces["to"], message, fix) }
        if !manager.isDirectory(folder) {
            error("there is no folder \"\(folder)\" for the audit log", "make it")
        } else if manager.isDirectory(audit) {
            error("\"\(audit)\" is a folder", "name a file in it")
        } else if let type = try? Stat(FilePath(audit)).type {
            if ![.regular, .fifo, .characterSpecial].contains(type) {
                error("\"\(audit)\" takes no lines", "name a file, a pipe, or - for standard output")
            } else if type != .regular, self.audit.rotation != nil || self.audit.isChained {
                error("\"\(audit)\" is no regular file: it can't be rotated or chained", "name a file")
            } else if !isWritable(audit) {
                error("this user may not write to \"\(audit)\"", "let it, or name another file")
            }
        } else if !isWritable(folder) {
            error("this user may not make a file in \"\(folder)\"", "let it, or make the file and give it to this user")
        } else if let obstacle = NewFiles.obstacle(in: folder) {
            error("no file can be made in \"\(folder)\": \(obstacle)", "name a file in another folder")
        }
        if self.audit.rotation != nil, manager.isDirectory(folder), !isWritable(folder) {
            let fix = "let it make files there, or leave it to logrotate"
            error("this user may not rotate files in \"\(folder)\"", fix)
        }
    }

    /// Where the log goes, its key read; nil, and told, where that can't be done. Whoever may read the key can forge the chain.
    func auditDestination(_ findings: FindingList) -> AuditLog.Destination? {
        let place = auditPlaces["chain-key"]
        if let key = audit.chainKey, let mode = FileManager.default.permissions(key), mode & 0o007 != 0 {
            findings.error(place, "anybody may read or change the key \"\(key)\"", "chmod o= \(key)")
        }
        do throws(UnreadableFile) {
            return try audit.destination()
        } catch {
            findings.error(place, "the key \"\(audit.chainKey ?? "")\" can't be used: \(error)", error.fix)
            return nil
        }
    }

    /// A server that is not there gets its lines later; a name that is mistyped never does.
    private func checkLogServer(_ findings: FindingList) {
        let path: String
        switch (audit.target, audit.syslog.transport) {
        case (.journald, _): path = audit.journal
        case (.syslog, .local(let local)): path = local
        case (.syslog, _), (.file, _), (.standardOutput, _): return
        }
        if (try? Stat(FilePath(path)).type) != .socket {
            let message = "there is no socket \"\(path)\" now; lines wait for it, and are lost when there are too many"
            findings.warning(auditPlaces["address"], message, "start what listens there, or write its \"address\"")
        }
    }
}
