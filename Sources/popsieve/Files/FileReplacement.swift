// New contents for a file, all at once: whoever reads it sees the old or the new.
// Must not leave a half-written file, nor change who may read it.

import Foundation
import Glibc

extension FileManager {
    /// Writes a new file and puts it in the old one's place, with its permissions; links stay links.
    func replace(_ path: String, with octets: [UInt8]) throws(UnreadableFile) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let mode = permissions(target.path)
        let folder = target.path.parentFolder
        guard isDirectory(folder) else {
            let absence = "there is no folder \"\(folder)\""
            throw UnreadableFile(description: absence, fix: "make it, or name another", attempt: .written)
        }
        let owner = owner(of: target.path)
        do {
            try Data(octets).write(to: target, options: .atomic)
            if let owner { try setAttributes(owner, ofItemAtPath: target.path) }
            if let mode { try setAttributes([.posixPermissions: mode], ofItemAtPath: target.path) }
        } catch {
            var failure = UnreadableFile(error, at: target.path)
            failure.attempt = .written
            failure.fix = "let this user write it, and its folder"
            throw failure
        }
    }

    /// Where root works for somebody else: whose a file or a folder is; nil where nothing has to be given away.
    func owner(of path: String) -> [FileAttributeKey: Any]? {
        guard geteuid() == 0, let attributes = try? attributesOfItem(atPath: path) else { return nil }
        return attributes.filter { [.ownerAccountID, .groupOwnerAccountID].contains($0.key) }
    }
}
