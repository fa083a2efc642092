// The file of all tokens: read whole, replaced whole, durable, for one user alone. Says `unsafe`, because the system's calls
// take pointers. Must not know what is in it.

import Glibc
package import SystemPackage

/// Why the file can't be used.
package enum TokenFileFault: Error, Equatable, Sendable, CustomStringConvertible {
    case system(Errno, action: String)
    /// Others than its owner may read or write it.
    case shared
    case irregular
    case tooLarge
    /// It is no file of tokens, or was changed.
    case damaged
    /// None of the keys is the one that it was written with.
    case otherKey
    /// OpenSSL may not encrypt.
    case unavailable

    package var description: String {
        switch self {
        case .system(let number, let action): "can't \(action): \(number.description.lowercased())"
        case .shared: "others than its owner may read or write it"
        case .irregular: "it is no regular file"
        case .tooLarge: "it is too large"
        case .damaged: "it is no file of tokens, or was changed"
        case .otherKey: "it was encrypted with another key"
        case .unavailable: "OpenSSL may not encrypt here"
        }
    }
}

/// A path; each call opens it anew.
struct TokenFile: Sendable {
    let path: String

    /// What tells one content from the next, without reading it.
    struct Identity: Equatable, Sendable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    /// Nil where there is no file.
    var identity: Identity? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return Identity(
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }

    /// Nil where there is no file.
    func read() throws(TokenFileFault) -> [UInt8]? {
        let number = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(Errno(rawValue: errno), action: "open it")
        }
        let file = FileDescriptor(rawValue: number)
        defer { try? file.close() }
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .system(Errno(rawValue: errno), action: "look at it") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .irregular }
        guard status.st_mode & 0o077 == 0 else { throw .shared }
        guard status.st_size <= Limits.file else { throw .tooLarge }
        return try Self.octets(of: file)
    }

    private static func octets(of file: FileDescriptor) throws(TokenFileFault) -> [UInt8] {
        var octets: [UInt8] = []
        do {
            while octets.count <= Limits.file {
                let piece = try unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                    count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if piece.isEmpty { return octets }
                octets += piece
            }
        } catch {
            throw .system(error as? Errno ?? .ioError, action: "read it")
        }
        throw .tooLarge
    }

    /// In one step: whoever reads it, or finds it after a crash, sees the old content or the new.
    func replace(with octets: [UInt8]) throws(TokenFileFault) {
        let draft = path + ".new"
        // What a crash has left. Nobody else writes: the lock is ours.
        _ = unsafe unlink(draft)
        let number = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(Errno(rawValue: errno), action: "write beside it") }
        let file = FileDescriptor(rawValue: number)
        do {
            defer { try? file.close() }
            guard fchmod(number, 0o600) == 0 else { throw Errno(rawValue: errno) }
            try keepOwner(number)
            try file.writeAll(octets)
            guard fsync(number) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            _ = unsafe unlink(draft)
            throw .system(error as? Errno ?? .ioError, action: "write it")
        }
        guard unsafe rename(draft, path) == 0 else {
            throw .system(Errno(rawValue: errno), action: "put it in its place")
        }
        try syncFolder()
    }

    /// Root renews for the service's user: the file stays his, or becomes the folder's owner's.
    private func keepOwner(_ number: CInt) throws {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 || stat(folder, &status) == 0, status.st_uid != 0 else { return }
        guard fchown(number, status.st_uid, status.st_gid) == 0 else { throw Errno(rawValue: errno) }
    }

    private var folder: String {
        let folder = FilePath(path).removingLastComponent().string
        return folder.isEmpty ? "." : folder
    }

    private func syncFolder() throws(TokenFileFault) {
        let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .system(Errno(rawValue: errno), action: "open its folder") }
        defer { close(number) }
        guard fsync(number) == 0 else { throw .system(Errno(rawValue: errno), action: "have its name on the disk") }
    }

    /// Nobody else changes the file meanwhile. Waits; whoever has it has it for the time of a write.
    func locked<Result>(_ body: () throws(TokenFileFault) -> Result) throws(TokenFileFault) -> Result {
        let number = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(Errno(rawValue: errno), action: "lock it") }
        // The lock goes with the descriptor.
        defer { close(number) }
        do {
            try keepOwner(number)
        } catch {
            throw .system(error as? Errno ?? .ioError, action: "lock it")
        }
        while flock(number, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .system(Errno(rawValue: errno), action: "lock it") }
        }
        return try body()
    }
}
