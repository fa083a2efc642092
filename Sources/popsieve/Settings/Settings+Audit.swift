// What would keep the audit log from being written, told before a start.
// Must not open the log or make it: a check changes nothing.

import Foundation

extension Settings {
    /// - Parameter isWritable: whether this user may write to a file, or make one in a folder
    func checkAudit(
        _ findings: FindingList,
        isWritable: (String) -> Bool = FileManager.default.isWritableFile(atPath:)
    ) {
        guard audit != "-" else { return }
        let manager = FileManager.default
        let parent = (audit as NSString).deletingLastPathComponent
        let folder = parent.isEmpty ? "." : parent
        func error(_ message: String, _ fix: String) { findings.error(places["audit"], message, fix) }
        if !manager.isDirectory(folder) {
            error("there is no folder \"\(folder)\" for the audit log", "make it")
        } else if manager.isDirectory(audit) {
            error("\"\(audit)\" is a folder", "name a file in it")
        } else if manager.isRegularFile(audit) == false {
            error("\"\(audit)\" is no regular file", "name a file, or - for standard output")
        } else if manager.isRegularFile(audit) == true, !isWritable(audit) {
            error("this user may not write to \"\(audit)\"", "let it, or name another file")
        } else if manager.isRegularFile(audit) == nil, !isWritable(folder) {
            error("this user may not make a file in \"\(folder)\"", "let it, or make the file and give it to this user")
        }
    }
}
