// Another program that has the store's file open, and keeps locks on it for as long as a test wants.
// Must not change what is in it.

import ChildProcess
import Foundation

/// Whom a lock of another process keeps out.
enum FileLock: String, Sendable {
    /// Nobody else can write.
    case writers
    /// Nobody else can read, either; as SQLite does it while it repairs what a crash has left.
    case all

    /// Exists as long as the lock is kept; the process ends when it, or its folder, is gone.
    private static let sign = "locked"

    /// Returns when the lock is there.
    func keep(on file: String, in folder: Folder) async throws {
        let sign = folder[Self.sign]
        _ = try ChildProcess(path: Program.python.path(), ["-c", Self.script, file, rawValue, sign])
        try await eventually("\(file) is locked") { FileManager.default.fileExists(atPath: sign) }
    }

    static func end(in folder: Folder) { try? FileManager.default.removeItem(atPath: folder[sign]) }

    /// The octets of the shared memory's file that SQLite locks are those of its file format, section 2.3.
    private static let script = """
        import fcntl, os, sqlite3, sys, time
        (file, kind, sign), parent = sys.argv[1:], os.getppid()
        if kind == "writers":
            database = sqlite3.connect(file, isolation_level=None)
            database.execute("BEGIN EXCLUSIVE")
        else:
            memory = open(file + "-shm", "r+b")
            fcntl.lockf(memory, fcntl.LOCK_EX, 8, 120)
        open(sign, "w").close()
        while os.path.exists(sign) and os.getppid() == parent: time.sleep(0.05)
        """
}
