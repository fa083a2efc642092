// What lines are written to: a file, a pipe, a terminal, a socket; and how it is written without waiting for a reader.
// Must not decide what is written. Says `unsafe`, because write(2), poll(2) and send(2) take pointers.

import Glibc
import Synchronization
package import SystemPackage

/// An open file that lines are appended to, and that never keeps its writer waiting for whoever reads it.
///
/// Standard output may be shared with other programs, so its own flags stay as they are: O_NONBLOCK would hit all of them.
package struct Descriptor: ~Copyable {
    /// How it is written without waiting.
    private enum Way {
        /// A regular file: the kernel takes everything, or says why not.
        case file
        /// A pipe, a terminal or a device that was opened here, with O_NONBLOCK.
        case own
        /// Somebody else's socket: each call says that it does not wait.
        case socket
        /// Somebody else's pipe or terminal that this user may not open again: asked before each write whether it takes one.
        /// Another program that fills it in between makes us wait for its reader; threads of this one are kept apart.
        case shared
    }

    private static let oneAtATime = Mutex<Void>(())
    private static let openOptions: FileDescriptor.OpenOptions = [
        .nonBlocking, .closeOnExec, FileDescriptor.OpenOptions(rawValue: O_NOCTTY),
    ]

    private let file: FileDescriptor
    private let isOwned: Bool
    private let way: Way
    /// A regular file whose last line has no end, because its writer died or its disk was full in the middle of it.
    package let endsWithinLine: Bool

    /// For calls about the file, as long as it is open here.
    var number: Int32 { file.rawValue }
    var isRegular: Bool { way == .file }

    private init(_ file: FileDescriptor, isOwned: Bool, _ way: Way, endsWithinLine: Bool = false) {
        self.file = file
        self.isOwned = isOwned
        self.way = way
        self.endsWithinLine = endsWithinLine
    }

    /// A descriptor that somebody else opened and closes.
    package init(borrowing number: Int32) throws(Errno) {
        let borrowed = FileDescriptor(rawValue: number)
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else { throw .badFileDescriptor }
        let type = try Stat(borrowed).type
        if type == .regular {
            self.init(borrowed, isOwned: false, .file)
        } else if type == .socket {
            self.init(borrowed, isOwned: false, .socket)
        } else if let own = try? Self.open("/proc/self/fd/\(number)", .writeOnly, Self.openOptions) {
            // The same pipe or terminal, with flags of our own.
            self.init(own, isOwned: true, .own)
        } else {
            self.init(borrowed, isOwned: false, .shared)
        }
    }

    /// Opens a file for appending; makes it, readable for its owner and group, where there is none. A named pipe may be
    /// without a reader.
    package init(appendingTo path: String) throws(Errno) {
        let last = Self.lastByte(of: path)
        let file: FileDescriptor
        do throws(Errno) {
            let options = Self.openOptions.union([.append, .create])
            file = try Self.open(path, .writeOnly, options, [.ownerReadWrite, .groupRead])
        } catch {
            guard error == .noSuchAddressOrDevice, (try? Stat(FilePath(path)).type) == .fifo else { throw error }
            // It has no reader: open for both, it takes what fits.
            file = try Self.open(path, .readWrite, Self.openOptions)
        }
        let isRegular = (try? Stat(file).type) == .regular
        let endsWithinLine = last != nil && last != UInt8(ascii: "\n")
        self.init(file, isOwned: true, isRegular ? .file : .own, endsWithinLine: endsWithinLine)
    }

    deinit {
        if isOwned { try? file.close() }
    }

    /// Gives it another's permissions, where this user may.
    func allow(_ permissions: FilePermissions) { _ = fchmod(file.rawValue, permissions.rawValue) }

    private static func open(
        _ path: String,
        _ mode: FileDescriptor.AccessMode,
        _ options: FileDescriptor.OpenOptions,
        _ permissions: FilePermissions? = nil
    ) throws(Errno) -> FileDescriptor {
        do {
            return try FileDescriptor.open(FilePath(path), mode, options: options, permissions: permissions)
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// Nil where there is no regular file, or nothing in it.
    private static func lastByte(of path: String) -> UInt8? {
        guard let file = try? open(path, .readOnly, openOptions) else { return nil }
        defer { try? file.close() }
        var last: [UInt8] = [0]
        guard (try? Stat(file).type) == .regular, (try? file.seek(offset: -1, from: .end)) != nil,
            unsafe (try? last.withUnsafeMutableBytes { try unsafe file.read(into: $0) }) == 1
        else { return nil }
        return last[0]
    }

    // MARK: Writing

    /// Hands over the bytes from `start` on; says where it came to and, if that is not the end, why.
    package func write(_ bytes: [UInt8], from start: Int) -> (end: Int, failure: Errno?) {
        var position = start
        while position < bytes.count {
            let portion = position..<(way == .file ? bytes.count : Self.portionEnd(bytes, position))
            let (taken, number) = unsafe bytes.withUnsafeBytes { all in
                unsafe take(UnsafeRawBufferPointer(rebasing: all[portion]))
            }
            if taken > 0 {
                position += taken
            } else if taken == 0 {
                return (position, .noSpace)
            } else if number != EINTR {
                return (position, Errno(rawValue: number))
            }
        }
        return (position, nil)
    }

    /// What a pipe takes whole or not at all: whole lines, so that whoever else writes to it tears none apart.
    private static func portionEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        let most = min(bytes.count, start + Int(PIPE_BUF))
        return bytes[start..<most].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? most
    }

    /// One system call: what write(2) returns, and the error number if that is negative.
    private func take(_ part: UnsafeRawBufferPointer) -> (Int, Int32) {
        let number = file.rawValue
        switch way {
        case .file, .own: return (unsafe Glibc.write(number, part.baseAddress, part.count), errno)
        case .socket:
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            return (unsafe Glibc.send(number, part.baseAddress, part.count, flags), errno)
        case .shared:
            return Self.oneAtATime.withLock { _ in
                var question = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&question, 1, 0) > 0 else { return (-1, EAGAIN) }
                return (unsafe Glibc.write(number, part.baseAddress, part.count), errno)
            }
        }
    }
}
