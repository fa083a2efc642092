// What would keep the audit log from being written, told before a start.
// Must not open the log or make it: a check changes nothing.

import Foundation
import SystemPackage

extension Settings {
    /// - Parameter isWritable: whether this user may write to a file, or make one in a folder
    func checkAudit(
        _ findings: FindingList,
        isWritable: (String) -> Bool = FileManager.default.isWritableFile(atPath:)
    ) {
        guard audit != "-" else { return }
        let manager = FileManager.default
        let folder = audit.parentFolder
        func error(_ message: String, _ fix: String) { findings.error(places["audit"], message, fix) }
        if !manager.isDirectory(folder) {
            error("there is no folder \"\(folder)\" for the audit log", "make it")
        } else if manager.isDirectory(audit) {
            error("\"\(audit)\" is a folder", "name a file in it")
        } else if let type = try? Stat(FilePath(audit)).type {
            if ![.regular, .fifo, .characterSpecial].contains(type) {
                error("\"\(audit)\" takes no lines", "name a file, a pipe, or - for standard output")
            } else if !isWritable(audit) {
                error("this user may not write to \"\(audit)\"", "let it, or name another file")
            }
        } else if !isWritable(folder) {
            error("this user may not make a file in \"\(folder)\"", "let it, or make the file and give it to this user")
        } else if let obstacle = NewFiles.obstacle(in: folder) {
            error("no file can be made in \"\(folder)\": \(obstacle)", "name a file in another folder")
        }
    }
}
