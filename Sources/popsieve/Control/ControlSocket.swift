// The control socket's place: taken by one relay at a time, whatever an earlier one has left there.
// Must not listen; see ControlServer.

import Foundation
import Glibc
import SystemPackage

/// A path that this process has for itself until it gives it up, or ends: the kernel frees the lock then.
struct ControlSocket: Sendable {
    enum Failure: Error, Equatable {
        /// Another relay that runs is steered from there.
        case taken
        /// In words, and what to do.
        case impossible(String, String)
    }

    let path: String
    private let lock: FileDescriptor

    private static func lockPath(_ path: String) -> String { "\(path).lock" }

    static func take(_ path: String) throws(Failure) -> ControlSocket {
        guard path.utf8.count <= ControlLimits.path else {
            throw .impossible("a socket's path has \(ControlLimits.path) octets at most", "name a shorter one")
        }
        try prepareFolder(path.parentFolder)
        let lock = try lock(path)
        do throws(Failure) {
            try removeStale(path)
        } catch {
            try? lock.close()
            throw error
        }
        return ControlSocket(path: path, lock: lock)
    }

    /// After the listening socket has been closed.
    func giveUp() {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: Self.lockPath(path))
        try? lock.close()
    }

    /// A new folder is the user's alone. One that is there must not let others put their own socket into it.
    private static func prepareFolder(_ folder: String) throws(Failure) {
        let manager = FileManager.default
        if !manager.fileExists(atPath: folder) {
            do {
                let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
                try manager.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: mode)
            } catch {
                let cause = UnreadableFile(error, at: folder)
                throw .impossible("the folder \(folder) can't be made: \(cause)", "make it, or name another")
            }
        }
        guard let folderNow = try? Stat(FilePath(folder)), folderNow.type == .directory else {
            throw .impossible("\(folder) is no folder", "name another")
        }
        guard folderNow.permissions.isDisjoint(with: [.groupWrite, .otherWrite]) else {
            throw .impossible(
                "others may write in \(folder)",
                "name a folder of this user's own, or chmod go-w \(folder)"
            )
        }
    }

    private static func lock(_ path: String) throws(Failure) -> FileDescriptor {
        let lockPath = lockPath(path)
        while true {
            let lock: FileDescriptor
            do {
                lock = try FileDescriptor.open(
                    FilePath(lockPath),
                    .readWrite,
                    options: [.create, .closeOnExec, .noFollow],
                    permissions: .ownerReadWrite
                )
            } catch {
                throw .impossible("\(lockPath): \(UnreadableFile(error, at: lockPath))", "let this user write there")
            }
            guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
                try? lock.close()
                throw .taken
            }
            // Whoever gave it up has removed the file that was locked: it is nobody's then.
            let isThere = (try? Stat(FilePath(lockPath)).inode) == (try? Stat(lock).inode)
            if isThere { return lock }
            try? lock.close()
        }
    }

    private static func removeStale(_ path: String) throws(Failure) {
        guard let file = try? Stat(FilePath(path), followTargetSymlink: false) else { return }
        guard file.type == .socket else { throw .impossible("\(path) is there already, and no socket", "name another") }
        try? FileManager.default.removeItem(atPath: path)
    }
}
