// The quarantine: folders of messages on disk, shared by everybody who opens the same root.
// Must not be called on an event loop: it waits for the disk.

import Synchronization
import SystemPackage

/// Keeps messages in maildirs, each with its metadata in front.
///
/// What ``put(_:into:origin:at:)`` has answered for is on the disk, and whole. Any number of threads and processes may
/// work on one root: each step is one call of the system, and none of them waits for a lock of another process. Bounds
/// are exact for one process; see ``QuarantineLimits``. Moments are microseconds from 1970 on.
package final class MessageQuarantine: Sendable {
    package let limits: QuarantineLimits
    /// As it was given, without a slash at its end.
    package let path: String
    let root: Directory
    let ledger = Mutex(Ledger())
    /// Folders that are on the disk for sure: another process may have made one and not be done with it.
    private let durable = Mutex<Set<QuarantineFolder>>([])

    /// Opens a root; makes it, for its owner alone, with its parents where it is missing.
    ///
    /// Throws ``QuarantineError/unusable(path:_:)`` where no message could be kept safely.
    package init(root path: String, limits: QuarantineLimits = QuarantineLimits()) throws(QuarantineError) {
        let file = FilePath(path)
        self.path = file.string
        self.limits = limits
        root = try RootFolder.open(file)
    }

    /// The same faults, found without making or changing anything.
    package static func check(root path: String) throws(QuarantineError) { try RootFolder.check(FilePath(path)) }

    /// Whether its path still leads to it: somebody may have removed it, or put another disk there.
    package var isInPlace: Bool {
        guard let there = try? Stat(FilePath(path)), let here = try? root.status() else { return false }
        return there.deviceID == here.deviceID && there.inode == here.inode
    }

    /// Where somebody has removed the root, its path's new one is taken, or made. One that was moved or unmounted stays in
    /// use until it is opened anew: what it keeps is in one place.
    func comeBack() throws(QuarantineError) {
        guard try root.status().linkCount == 0 else { return }
        try root.become(try RootFolder.open(FilePath(path)))
        durable.withLock { $0 = [] }
    }

    /// All folders, INBOX first.
    package func folders() throws(QuarantineError) -> [QuarantineFolder] { try RootFolder.folders(of: root) }

    /// What a folder holds; nothing if there is none.
    package func sum(of folder: QuarantineFolder) throws(QuarantineError) -> QuarantineSum {
        var sum = QuarantineSum()
        try Maildir(folder, in: root)?.eachEntry { (entry) throws(QuarantineError) in
            sum = sum + QuarantineSum(messages: 1, octets: entry.name.size)
        }
        return sum
    }

    package func sum() throws(QuarantineError) -> QuarantineSum {
        var sum = QuarantineSum()
        for folder in try folders() { sum = sum + (try self.sum(of: folder)) }
        return sum
    }

    // MARK: Putting

    /// Keeps a message. When this returns, a loss of power takes nothing of it.
    ///
    /// - Parameter octets: as the server sent them, without the dots of POP3
    package func put(
        _ octets: Span<UInt8>,
        into folder: QuarantineFolder,
        origin: MessageOrigin,
        at microseconds: Int64
    ) throws(QuarantineError) -> QuarantineIdentifier {
        var writer = try writer(into: folder, origin: origin, at: microseconds)
        try writer.write(octets)
        return try writer.commit()
    }

    /// The same for several folders: a copy is in each of them, or in none.
    ///
    /// - Returns: the copies, in the order of the folders
    package func put(
        _ octets: Span<UInt8>,
        into folders: ArraySlice<QuarantineFolder>,
        origin: MessageOrigin,
        at microseconds: Int64
    ) throws(QuarantineError) -> [QuarantineIdentifier] {
        guard let folder = folders.first else { return [] }
        var writer = try writer(into: folder, origin: origin, at: microseconds)
        try writer.write(octets)
        // All are written before the first can be seen: what fails fails then, most of the time.
        let others = try put(octets, into: folders.dropFirst(), origin: origin, at: microseconds)
        do throws(QuarantineError) {
            return [try writer.commit()] + others
        } catch {
            // Looked for in its own folder alone: what is wrong is wrong with another.
            for (folder, other) in zip(folders.dropFirst(), others) { try? delete(other, from: folder) }
            throw error
        }
    }

    /// The same for a message that comes in chunks.
    package func writer(
        into folder: QuarantineFolder,
        origin: MessageOrigin,
        at microseconds: Int64
    ) throws(QuarantineError) -> QuarantineWriter {
        try comeBack()
        return try QuarantineWriter.open(self, folder, origin, MessageName.clamped(microseconds))
    }

    /// Opens a folder to write to it.
    func maildir(_ folder: QuarantineFolder) throws(QuarantineError) -> Maildir {
        if durable.withLock({ $0.contains(folder) }), let maildir = try Maildir(folder, in: root) { return maildir }
        if try root.status(of: folder.directory) == nil, try folders().count >= limits.folders {
            throw .full(.folders(limits.folders))
        }
        let maildir = try Maildir.made(folder, in: root)
        durable.withLock { _ = $0.insert(folder) }
        return maildir
    }

    /// Makes sure of room; see ``Ledger``.
    func promise(_ more: QuarantineSum) throws(QuarantineError) {
        try ledger.withLock { (ledger) throws(QuarantineError) in
            try ledger.promise(more, limits: limits) { () throws(QuarantineError) in try sum() }
        }
    }

    // MARK: Finding

    /// Whether a message lies in a folder, as long as it was.
    package func holds(_ identifier: QuarantineIdentifier, in folder: QuarantineFolder) throws(QuarantineError) -> Bool
    {
        guard let maildir = try Maildir(folder, in: root), let entry = try maildir.entry(of: identifier) else {
            return false
        }
        guard let file = try maildir.open(entry) else { return false }
        return try Int(file.status().size) == entry.name.size
    }

    /// Throws ``QuarantineError/notFound(_:)``.
    func find<Result: ~Copyable>(
        _ identifier: QuarantineIdentifier,
        _ use: (borrowing Maildir, Maildir.Entry) throws(QuarantineError) -> Result?
    ) throws(QuarantineError) -> Result {
        for folder in try folders() {
            guard let maildir = try Maildir(folder, in: root), let entry = try maildir.entry(of: identifier) else {
                continue
            }
            if let result = try use(maildir, entry) { return result }
        }
        throw .notFound(identifier)
    }
}
