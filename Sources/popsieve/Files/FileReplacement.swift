// New contents for a file, all at once: whoever reads it sees the old or the new.
// Must not leave a half-written file, nor change who may read it. Says `unsafe`, because rename(2) takes pointers.

import Foundation
import Glibc
import SystemPackage

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
        let draft = "\(folder)/.\(target.lastPathComponent).\(UInt32.random(in: .min ... .max)).new"
        do {
            try write(octets, as: draft, mode ?? 0o666 & ~Self.mask, owner(of: target.path))
            guard unsafe rename(draft, target.path) == 0 else { throw Errno(rawValue: errno) }
            let descriptor = try FileDescriptor.open(FilePath(folder), .readOnly, options: [.directory, .closeOnExec])
            try descriptor.closeAfter { _ = fsync(descriptor.rawValue) }
        } catch {
            try? removeItem(atPath: draft)
            var failure = UnreadableFile(error, at: target.path)
            failure.attempt = .written
            failure.fix = "let this user write it, and its folder"
            throw failure
        }
    }

    /// A new file that is never more open than it will be, and is on the disk.
    private func write(_ octets: [UInt8], as path: String, _ mode: Int, _ owner: [FileAttributeKey: Any]?) throws {
        let file = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            try file.writeAll(octets)
            if let owner { try setAttributes(owner, ofItemAtPath: path) }
            try setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// What new files of this process lose of their mode.
    private static let mask: Int = {
        let mask = umask(0o077)
        umask(mask)
        return Int(mask)
    }()

    /// Where root works for somebody else: whose a file or a folder is; nil where nothing has to be given away.
    func owner(of path: String) -> [FileAttributeKey: Any]? {
        guard geteuid() == 0, let attributes = try? attributesOfItem(atPath: path) else { return nil }
        return attributes.filter { [.ownerAccountID, .groupOwnerAccountID].contains($0.key) }
    }
}
