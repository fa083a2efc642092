// What would keep a store from working, told before a start.
// Must not make, open or change anything: SQLite would.

import Foundation
import SystemPackage

extension SQLiteStore {
    /// What opening it would tell, as far as that can be seen from outside; nil if nothing is known.
    package static func check(path: String, now: Int64) -> StoreTrouble? {
        cause(path).map { StoreTrouble(path: path, cause: $0, since: now) }
    }

    private static func cause(_ path: String) -> StoreTrouble.Cause? {
        let manager = FileManager.default
        let parent = FilePath(path).removingLastComponent()
        let folder = parent.isEmpty ? "." : parent.string
        guard let status = try? Stat(FilePath(folder)) else { return obstacle(toMaking: folder) }
        guard status.type == .directory else { return .unwritable(reason: "\(folder) is no folder") }
        if status.permissions.contains(.otherWrite) { return .writableByAnybody(path: folder) }
        // What waits to be written lies beside it.
        guard manager.isWritableFile(atPath: folder) else { return .unwritable(reason: "\(folder) is not this user's") }
        guard let file = try? Stat(FilePath(path)) else { return nil }
        guard file.type == .regular else { return .unwritable(reason: "it is no file") }
        if file.permissions.contains(.otherWrite) { return .writableByAnybody(path: path) }
        guard manager.isWritableFile(atPath: path) else { return .unwritable(reason: "it is not this user's") }
        return file.size == 0 || isDatabase(path) ? nil : .foreign
    }

    /// A folder that is not there is made, with those above it.
    private static func obstacle(toMaking folder: String) -> StoreTrouble.Cause? {
        var above = FilePath(folder)
        while !above.isEmpty, (try? Stat(above)) == nil {
            if !above.removeLastComponent() { break }
        }
        let name = above.isEmpty ? "." : above.string
        let status = try? Stat(FilePath(name))
        let canBeMade = status?.type == .directory && FileManager.default.isWritableFile(atPath: name)
        return canBeMade ? nil : .unwritable(reason: "\(folder) cannot be made")
    }

    private static func isDatabase(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return true }
        defer { try? file.close() }
        return (try? file.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
    }
}
