// Which files have changed since they were loaded: the audit log tells of a reload what was new in it.
// Must not decide what is loaded: that is all of it, each time.

import Foundation
import Synchronization
import TLS

/// Remembers digests of settings, secrets and certificates.
final class KnownFiles: Sendable {
    /// Octets of the longest, a file of passwords.
    private static let sizeLimit = 1 << 24
    private let digests = Mutex<[String: [UInt8]]>([:])

    init(_ loaded: Loaded) {
        _ = changed(loaded.settingsFiles + loaded.certificateFiles)
    }

    /// Whether one of them is not what it was when it was asked about last; what can't be read is nothing.
    func changed(_ paths: [String]) -> Bool {
        let now = paths.map { path in
            let octets = (try? FileManager.default.regularFile(at: path, upTo: Self.sizeLimit)) ?? []
            return (path, SHA256.digest(of: octets) ?? [])
        }
        return digests.withLock { digests in
            defer { digests.merge(now) { _, new in new } }
            return now.contains { path, digest in digests[path] != digest }
        }
    }
}
