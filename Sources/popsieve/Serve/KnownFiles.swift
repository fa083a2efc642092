// Which files have changed since they were loaded: the audit log tells of a reload what was new in it.
// Must not decide what is loaded: that is all of it, each time.

import Foundation
import Synchronization

/// Remembers the contents of settings and certificates.
final class KnownFiles: Sendable {
    private static let sizeLimit = 1 << 20
    private let contents = Mutex<[String: [UInt8]]>([:])

    init(_ loaded: Loaded) {
        _ = changed(loaded.settingsFiles + loaded.certificateFiles)
    }

    /// Whether one of them is not what it was when it was asked about last; what can't be read is nothing.
    func changed(_ paths: [String]) -> Bool {
        let now = paths.map { path in
            (path, (try? FileManager.default.regularFile(at: path, upTo: Self.sizeLimit)) ?? [])
        }
        return contents.withLock { contents in
            defer { contents.merge(now) { _, new in new } }
            return now.contains { path, octets in contents[path] != octets }
        }
    }
}
