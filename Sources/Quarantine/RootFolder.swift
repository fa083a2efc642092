// The quarantine's root: found or made, and refused where it could not keep a message.
// Must not change the modes of what is there.

import SystemPackage

enum RootFolder {
    /// Looks without making anything; a root that is not there yet must be one that can be made.
    static func check(_ path: FilePath) throws(QuarantineError) {
        guard try exists(path) else { return try checkMakeable(path) }
        try Directory.checkWritable(path.string)
        let root = try Directory.open(path.string)
        try checkFolders(of: root)
        let below = "\(path.string)/\(Releases.directory)"
        if let status = try root.status(of: Releases.directory), status.type != .directory {
            throw .unusable(path: below, status.type == .symbolicLink ? .symbolicLink : .notFolder)
        }
        if try root.status(of: "tmp") != nil { try Directory.checkWritable("\(path.string)/tmp") }
    }

    private static func checkMakeable(_ path: FilePath) throws(QuarantineError) {
        let parent = try nearest(to: path).string
        do throws(QuarantineError) {
            try Directory.checkWritable(parent)
        } catch {
            guard case .unusable(_, .notWritable(let number)) = error else { throw error }
            throw .unusable(path: path.string, .notMakeable(in: parent, number))
        }
    }

    /// Opens it, after making it and its parents where they are missing; what is made is on the disk.
    static func open(_ path: FilePath) throws(QuarantineError) -> Directory {
        if try !exists(path) { try make(path) }
        let root = try Directory.open(path.string)
        do throws(QuarantineError) {
            try prepare(root)
        } catch {
            throw asFault(error)
        }
        return root
    }

    /// The folders in it that are the quarantine's, INBOX first.
    static func folders(of root: borrowing Directory) throws(QuarantineError) -> [QuarantineFolder] {
        var folders = [QuarantineFolder.inbox]
        try root.eachName { (name) throws(QuarantineError) in
            guard let folder = QuarantineFolder(directory: name) else { return }
            folders.append(folder)
        }
        var found: [QuarantineFolder] = []
        for folder in folders where try root.status(of: folder.directory)?.type == .directory { found.append(folder) }
        return found.sorted()
    }

    // MARK: Making

    private static func prepare(_ root: borrowing Directory) throws(QuarantineError) {
        let inbox = try Maildir.made(.inbox, in: root)
        try root.made(Releases.directory).sync()
        try root.sync()
        try checkFolders(of: root)
        let temporary = try inbox.temporary()
        let probe = "probe.\(QuarantineIdentifier.random())"
        do throws(QuarantineError) {
            _ = try temporary.create(probe)
        } catch {
            // A disk that is full today is no reason not to start.
            guard case .noSpace = error else { throw error }
        }
        try temporary.remove(probe)
    }

    private static func make(_ path: FilePath) throws(QuarantineError) {
        var parent = try nearest(to: path)
        let known = parent == "." ? 0 : parent.components.count
        for component in path.components.dropFirst(known) {
            try make(component.string, in: parent)
            parent.append(component)
        }
    }

    private static func make(_ name: String, in parent: FilePath) throws(QuarantineError) {
        do throws(QuarantineError) {
            let folder = try Directory.open(parent.string, following: true)
            try folder.made(name).sync()
            try folder.sync()
        } catch {
            throw asFault(error)
        }
    }

    /// The closest folder above that exists.
    private static func nearest(to path: FilePath) throws(QuarantineError) -> FilePath {
        var parent = path
        repeat { parent.removeLastComponent() } while !parent.components.isEmpty && !parent.isThere
        if parent.isEmpty { parent = "." }
        guard let status = try? Stat(parent) else { throw .unusable(path: parent.string, .missing) }
        guard status.type == .directory else { throw .unusable(path: parent.string, .notFolder) }
        return parent
    }

    // MARK: Judging

    private static func exists(_ path: FilePath) throws(QuarantineError) -> Bool {
        guard !path.components.isEmpty else { throw .unusable(path: path.string, .missing) }
        let status: Stat
        do throws(Errno) {
            status = try Stat(path, followTargetSymlink: false)
        } catch {
            switch error {
            case .noSuchFileOrDirectory: return false
            case .notDirectory: throw .unusable(path: path.removingLastComponent().string, .notFolder)
            default: throw QuarantineError(error, "look at it", path.string)
            }
        }
        if status.type == .symbolicLink { throw .unusable(path: path.string, .symbolicLink) }
        guard status.type == .directory else { throw .unusable(path: path.string, .notFolder) }
        try checkMode(status, path.string)
        return true
    }

    private static func checkFolders(of root: borrowing Directory) throws(QuarantineError) {
        for folder in try folders(of: root) {
            guard let status = try root.status(of: folder.directory) else { continue }
            try checkMode(status, root.path + "/" + folder.directory)
            try Maildir(folder, in: root)?.check()
        }
    }

    private static func checkMode(_ status: Stat, _ path: String) throws(QuarantineError) {
        if status.permissions.contains(.otherWrite) { throw .unusable(path: path, .writableByAnybody) }
    }

    /// What the system refuses while the root is made is a fault of the root.
    private static func asFault(_ error: QuarantineError) -> QuarantineError {
        guard case .failed(let path, _, let number) = error,
            [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(number)
        else { return error }
        return .unusable(path: path, .notWritable(number))
    }
}

extension FilePath {
    fileprivate var isThere: Bool { (try? Stat(self)) != nil }
}
