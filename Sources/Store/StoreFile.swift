// The database's file: found or made, opened, put aside.
// Must not open a file that SQLite may have open: to close it again would end SQLite's locks.

import Foundation
import GRDB
import SystemPackage

/// A database that is open.
///
/// The names of users stand in it: the file has mode 0600 and its folder 0700 where they are made here; modes of what is
/// there stay, unless anybody may write: that is refused.
final class StoreFile: Sendable {
    /// The same as long as it is the same file.
    struct Number: Sendable, Equatable {
        fileprivate let device: DeviceID
        fileprivate let inode: Inode

        init?(path: String) {
            guard let status = try? Stat(FilePath(path)) else { return nil }
            (device, inode) = (status.deviceID, status.inode)
        }
    }

    let path: String
    let number: Number
    private let pool: DatabasePool

    /// Opens it, or makes it if there is none; waits for the disk, and for other processes for the limits' patience.
    ///
    /// - Parameters:
    ///   - makesFolder: otherwise a folder that is not there has been taken away
    ///   - probes: whether it has to show that there is room
    init(path: String, limits: StoreLimits, makesFolder: Bool, probes: Bool) throws {
        self.path = path
        try Self.prepareFolder(of: path, makes: makesFolder)
        let isEmpty = try Self.prepareFile(path)
        guard let number = Number(path: path) else { throw StoreTrouble.Cause.missing }
        self.number = number
        if !isEmpty { try Self.checkOwner(path, limits) }
        pool = try DatabasePool(path: path, configuration: Self.configuration(limits, readOnly: false))
        try write { db in try Schema.prepare(db) }
        if probes { try probe() }
    }

    func read<Answer: Sendable>(_ body: @Sendable (Database) throws -> Answer) async throws -> Answer {
        try await pool.read(body)
    }

    /// One transaction.
    func write<Answer: Sendable>(_ body: @escaping @Sendable (Database) throws -> Answer) async throws -> Answer {
        // SQLite goes on with a file that has no name any more, and nobody would ever read that.
        guard Number(path: path) == number else { throw StoreTrouble.Cause.missing }
        return try await pool.write(body)
    }

    private func write(_ body: (Database) throws -> Void) throws { try pool.write(body) }

    /// Ends when all that is being asked is answered.
    func close() {
        // The last connection writes the log back and removes it, and only one that writes can: so the readers go first.
        pool.invalidateReadOnlyConnections()
        try? pool.close()
    }

    /// A file that failed must show that there is room: in the log, which is begun anew for it, and in the database.
    private func probe() throws {
        try write { db in
            try db.execute(sql: "INSERT INTO probe VALUES (zeroblob(?))", arguments: [StoreLimits.probeOctets])
        }
        try pool.writeWithoutTransaction { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        try write { db in try db.execute(sql: "DELETE FROM probe") }
    }

    /// A database that is not ours stays as it is, so it is looked at by a connection that can't write. That one can't
    /// undo what a killed process has left half done, either: only then another does, as the database's owner would.
    private static func checkOwner(_ path: String, _ limits: StoreLimits) throws {
        func check(readOnly: Bool) throws {
            try DatabaseQueue(path: path, configuration: configuration(limits, readOnly: readOnly)).read { db in
                _ = try Schema.check(db)
            }
        }
        do {
            try check(readOnly: true)
        } catch let error as DatabaseError where [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode) {
            try check(readOnly: false)
        }
    }

    private static func configuration(_ limits: StoreLimits, readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.maximumReaderCount = StoreLimits.readers
        configuration.foreignKeysEnabled = false
        let patience = Int(limits.patience / .milliseconds(1))
        configuration.prepareDatabase { db in
            // GRDB lets readers wait for a time of its own.
            try db.execute(sql: "PRAGMA busy_timeout = \(patience)")
            try db.execute(sql: "PRAGMA journal_size_limit = \(StoreLimits.logOctets)")
        }
        return configuration
    }
}

// MARK: Files

extension StoreFile {
    private static func prepareFolder(of path: String, makes: Bool) throws {
        let parent = FilePath(path).removingLastComponent()
        let folder = parent.isEmpty ? FilePath(".") : parent
        if makes {
            try? FileManager.default.createDirectory(
                atPath: folder.string,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        let status: Stat
        do {
            status = try Stat(folder)
        } catch {
            guard makes else { throw StoreTrouble.Cause.missing }
            throw StoreTrouble.Cause.unwritable(reason: "\(folder) cannot be made")
        }
        guard status.type == .directory else { throw StoreTrouble.Cause.unwritable(reason: "\(folder) is no folder") }
        if status.permissions.contains(.otherWrite) {
            throw StoreTrouble.Cause.writableByAnybody(path: folder.string)
        }
    }

    /// True if there is nothing in it.
    private static func prepareFile(_ path: String) throws -> Bool {
        do {
            // Made before SQLite sees it, so that its mode, and that of the log beside it, is ours.
            try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            ).close()
            return true
        } catch Errno.fileExists {
            let status = try Stat(FilePath(path))
            guard status.type == .regular else { throw StoreTrouble.Cause.unwritable(reason: "it is no file") }
            if status.permissions.contains(.otherWrite) { throw StoreTrouble.Cause.writableByAnybody(path: path) }
            return status.size == 0
        }
    }

    /// Where a damaged database goes; one of them is kept.
    static func aside(_ path: String) -> String { path + ".damaged" }

    /// Gives a database another name, with the log that belongs to it; only if it is still the one that was meant.
    static func putAside(_ path: String, _ number: Number) throws {
        guard Number(path: path) == number else { return }
        for suffix in ["-wal", "-shm", ""] {
            // Written out, since the log's name follows from the database's.
            let (old, new) = (path + suffix, aside(path) + suffix)
            try? FileManager.default.removeItem(atPath: new)
            guard suffix.isEmpty || FileManager.default.fileExists(atPath: old) else { continue }
            do {
                try FileManager.default.moveItem(atPath: old, toPath: new)
            } catch {
                throw StoreTrouble.Cause.unwritable(reason: "it is damaged and cannot be put aside")
            }
        }
    }
}

// MARK: Failures

extension StoreTrouble.Cause: Error {
    /// What an error means for the store at `path`.
    init(_ error: any Error, path: String) {
        switch error {
        case let cause as StoreTrouble.Cause: self = cause
        case let error as DatabaseError: self.init(error, path: path)
        case Errno.noSpace, Errno.diskQuotaExceeded: self = .full
        case let number as Errno: self = .unwritable(reason: number.description)
        default: self = .failed(reason: "\(error)")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        switch error.extendedResultCode {
        case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE: self = .full
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .locked
        // A file of something else, maybe: it is nobody's to move.
        case .SQLITE_NOTADB: self = .foreign
        case .SQLITE_CORRUPT: self = .damaged(putAside: StoreFile.aside(path))
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self = .unwritable(reason: error.message ?? "\(error.resultCode)")
        default: self = .failed(reason: error.message ?? "\(error.resultCode)")
        }
    }
}
