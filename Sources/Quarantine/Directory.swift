// A folder that is open, and what is done to the names in it. Says `unsafe`, because the system's calls take pointers.
// Must not follow a symbolic link: who may write here must not lead a reader that is root elsewhere.

import Glibc
import SystemPackage

/// Whom made files are given to, where root does the work of the service's user.
struct Owner: Sendable, Equatable {
    let user: UInt32
    let group: UInt32
}

/// All names are looked up in the folder itself, not by a path, so that it stays the same whatever is renamed.
struct Directory: ~Copyable, Sendable {
    private static let openFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    private let file: FileDescriptor
    /// For messages to people.
    let path: String
    private var owner: Owner?

    /// The last part of the path may be a symbolic link only where it is followed.
    static func open(_ path: String, following: Bool = false) throws(QuarantineError) -> Directory {
        let flags = following ? openFlags & ~O_NOFOLLOW : openFlags
        let number = try call("open", path) { unsafe openat(AT_FDCWD, path, flags) }
        var opened = Directory(number, path: path, owner: nil)
        let status = try opened.status()
        if geteuid() == 0, status.userID.rawValue != 0 {
            opened.owner = Owner(user: status.userID.rawValue, group: status.groupID.rawValue)
        }
        return opened
    }

    /// Throws ``QuarantineError/Fault/notWritable(_:)`` for a folder in which this user can't make anything.
    static func checkWritable(_ path: String) throws(QuarantineError) {
        guard unsafe faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw .unusable(path: path, .notWritable(Errno(rawValue: errno)))
        }
    }

    private init(_ number: Int32, path: String, owner: Owner?) {
        file = FileDescriptor(rawValue: number)
        self.path = path
        self.owner = owner
    }

    deinit { try? file.close() }

    /// From now on it is another folder, for everybody who has it.
    func become(_ other: borrowing Directory) throws(QuarantineError) {
        _ = try Self.call("open", path) { dup2(other.file.rawValue, file.rawValue) }
        _ = try Self.call("open", path) { fcntl(file.rawValue, F_SETFD, FD_CLOEXEC) }
    }

    // MARK: What is there

    /// Nil where there is no such name.
    func folder(_ name: String) throws(QuarantineError) -> Directory? {
        let below = below(name)
        let number = try Self.found("open", below) { unsafe openat(file.rawValue, name, Self.openFlags) }
        return number.map { Directory($0, path: below, owner: owner) }
    }

    /// Nil where there is no such name. What is no regular file is damaged.
    func openFile(_ name: String) throws(QuarantineError) -> OpenFile? {
        let below = below(name)
        // A named pipe would keep its opener waiting.
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY
        let number = try Self.found("open", below) { unsafe openat(file.rawValue, name, flags) }
        guard let number else { return nil }
        let opened = OpenFile(number, path: below)
        guard try opened.status().type == .regular else { throw .damaged(path: below) }
        return opened
    }

    /// Of the name itself, not of what it leads to; nil where there is none.
    func status(of name: String) throws(QuarantineError) -> Stat? {
        do throws(Errno) {
            return try Stat(FilePath(name), relativeTo: file, flags: .symlinkNoFollow)
        } catch {
            guard Self.isAbsence(error) else { throw QuarantineError(error, "look at it", below(name)) }
            return nil
        }
    }

    func status() throws(QuarantineError) -> Stat {
        do throws(Errno) {
            return try Stat(file)
        } catch {
            throw QuarantineError(error, "look at it", path)
        }
    }

    /// Every name but the folder itself and its parent, in no order. Those that are no UTF-8 are nobody's.
    func eachName(_ visit: (String) throws(QuarantineError) -> Void) throws(QuarantineError) {
        // A descriptor of its own: reading moves its position.
        let number = try Self.call("read", path) { unsafe openat(file.rawValue, ".", Self.openFlags) }
        guard let stream = unsafe fdopendir(number) else {
            close(number)
            throw QuarantineError(Errno(rawValue: errno), "read", path)
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw QuarantineError(Errno(rawValue: errno), "read", path) }
                return
            }
            // The kernel ends the name with a zero, within the array.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(validating: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name != ".", name != ".." { try visit(name) }
        }
    }

    func names() throws(QuarantineError) -> [String] {
        var names: [String] = []
        try eachName { (name) throws(QuarantineError) in names.append(name) }
        return names
    }

    // MARK: Changing it

    /// Opens a folder; makes it, for its owner alone, where there is none. Not durable before ``sync()``.
    func made(_ name: String) throws(QuarantineError) -> Directory {
        let below = below(name)
        let isNew = try Self.made(below) { unsafe mkdirat(file.rawValue, name, 0o700) }
        var opened = unsafe openat(file.rawValue, name, Self.openFlags)
        if isNew, opened < 0, errno == EACCES {
            // A umask that takes everything away. Root never comes here, so nobody can lead it astray.
            unsafe fchmodat(file.rawValue, name, 0o700, 0)
            opened = unsafe openat(file.rawValue, name, Self.openFlags)
        }
        guard opened >= 0 else { throw Self.refusal(Errno(rawValue: errno), below) }
        let folder = Directory(opened, path: below, owner: owner)
        if isNew { try folder.own(opened, mode: 0o700, below) }
        return folder
    }

    /// A new file for its owner alone, open for writing.
    func create(_ name: String) throws(QuarantineError) -> OpenFile {
        let below = below(name)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = try Self.call("make it", below) { unsafe openat(file.rawValue, name, flags, 0o600) }
        let created = OpenFile(number, path: below)
        do throws(QuarantineError) {
            try own(number, mode: 0o600, below)
        } catch {
            try remove(name)
            throw error
        }
        return created
    }

    /// In one step, over what has the new name.
    func move(_ name: String, to folder: borrowing Directory, as newName: String) throws(QuarantineError) {
        let (source, target) = (file.rawValue, folder.file.rawValue)
        let path = folder.below(newName)
        _ = try Self.call("move it there", path) { unsafe renameat(source, name, target, newName) }
    }

    /// False where there is no such name.
    @discardableResult
    func remove(_ name: String) throws(QuarantineError) -> Bool {
        try Self.found("remove it", below(name)) { unsafe unlinkat(file.rawValue, name, 0) } != nil
    }

    /// Returns when the names in it are on the disk.
    func sync() throws(QuarantineError) {
        _ = try Self.call("have it on the disk", path) { fsync(file.rawValue) }
    }

    /// Whatever the umask is, and whoever works here.
    private func own(_ number: Int32, mode: UInt32, _ path: String) throws(QuarantineError) {
        _ = try Self.call("set its mode", path) { fchmod(number, mode) }
        if let owner { _ = try Self.call("give it away", path) { fchown(number, owner.user, owner.group) } }
    }

    // MARK: Calling the system

    private func below(_ name: String) -> String { name == "." ? path : path + "/" + name }

    private static func made(_ path: String, _ call: () -> Int32) throws(QuarantineError) -> Bool {
        do throws(Errno) {
            _ = try repeated(call)
            return true
        } catch {
            guard error == .fileExists else { throw QuarantineError(error, "make it", path) }
            return false
        }
    }

    private static func found(_ action: String, _ path: String, _ call: () -> Int32) throws(QuarantineError) -> Int32? {
        do throws(Errno) {
            return try repeated(call)
        } catch {
            guard isAbsence(error) else {
                throw action == "open" ? refusal(error, path) : QuarantineError(error, action, path)
            }
            return nil
        }
    }

    /// Nothing of that name, or removed while it was looked up.
    private static func isAbsence(_ number: Errno) -> Bool { number == .noSuchFileOrDirectory }

    /// Why something can't be opened: it may be of a kind that does not belong here.
    private static func refusal(_ number: Errno, _ path: String) -> QuarantineError {
        switch number {
        case .tooManySymbolicLinkLevels: .unusable(path: path, .symbolicLink)
        case .notDirectory: .unusable(path: path, .notFolder)
        default: QuarantineError(number, "open", path)
        }
    }

    private static func call(_ action: String, _ path: String, _ call: () -> Int32) throws(QuarantineError) -> Int32 {
        do throws(Errno) {
            return try repeated(call)
        } catch {
            throw QuarantineError(error, action, path)
        }
    }

    private static func repeated(_ call: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let result = call()
            guard result < 0 else { return result }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }
}
