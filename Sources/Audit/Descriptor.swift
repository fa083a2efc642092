// The few system calls that the audit log is made of: open, write, close, a file's last byte, a file's identity.
// Must not decide anything; the only file of this target that says `unsafe`, because these calls take pointers.

import Glibc

/// A file descriptor that lines are appended to.
struct Descriptor: ~Copyable {
    private let number: Int32
    private let isOwned: Bool

    /// A descriptor that somebody else opened and closes.
    init(borrowing number: Int32) {
        self.number = number
        isOwned = false
    }

    /// Opens a file for appending; makes it, readable for its owner and group, where there is none.
    init(appendingTo path: String) throws(AuditLogError) {
        let opened = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard opened >= 0 else { throw AuditLogError(path: path, reason: Self.reason(errno)) }
        number = opened
        isOwned = true
    }

    deinit {
        if isOwned { _ = close(number) }
    }

    /// Hands over the bytes from `start` on; says where it came to and, if that is not the end, the error number.
    func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Int32?) {
        var position = start
        while position < bytes.count {
            let taken = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[position...])
                return unsafe Glibc.write(number, rest.baseAddress, rest.count)
            }
            if taken > 0 {
                position += taken
            } else if taken == 0 {
                return (position, ENOSPC)
            } else if errno != EINTR {
                return (position, errno)
            }
        }
        return (position, nil)
    }

    /// Whether a regular file's last line has no end, because its writer died or its disk was full in the middle of it.
    static func endsWithinLine(_ path: String) -> Bool {
        let file = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        var last = UInt8(ascii: "\n")
        guard lseek(file, -1, SEEK_END) >= 0, unsafe read(file, &last, 1) == 1 else { return false }
        return last != UInt8(ascii: "\n")
    }

    /// The system's words for an error number.
    static func reason(_ number: Int32) -> String {
        unsafe String(cString: strerror(number))
    }
}

/// Which file a path or a descriptor stands for, and how long it is; how a reader notices a rotation.
package struct FileIdentity: Sendable, Equatable {
    /// The file system and the file's number in it: the same as long as it is the same file.
    package struct Number: Sendable, Equatable {
        fileprivate let device: UInt
        fileprivate let inode: UInt
    }

    package let number: Number
    /// Octets.
    package let size: Int

    /// What a path leads to; nil if that is nothing that can be looked at.
    package init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// What a descriptor was opened for; nil if it is not open.
    package init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        number = Number(device: UInt(status.st_dev), inode: UInt(status.st_ino))
        size = Int(status.st_size)
    }
}
