// Keeps sessions to an upstream so that the next connection can resume one instead of a full handshake.
// It must not outlive its context, share a session between names, or keep one longer than its limits.

import COpenSSL
import Glibc
import Synchronization

/// Sessions of one client context, by server name.
///
/// Resuming skips the certificate, so it is safe only because a session can come from nowhere but a connection of the
/// same context (same roots, same pins) to the same name, verified when it was made. They are kept as bytes: no OpenSSL
/// object is shared between threads. Each is used once (RFC 8446, appendix C.4).
final class SessionCache: Sendable {
    private struct Entry {
        let encoded: [UInt8]
        let end: Int
    }

    private struct Entries {
        var byName: [ServerName: [Entry]] = [:]
        var count = 0
    }

    private let entries = Mutex(Entries())

    /// Sessions kept, expired ones among them.
    var count: Int { entries.withLock { $0.count } }

    /// Keeps a copy of `session`; where one name has too many, its oldest goes.
    ///
    /// - Parameter end: seconds since 1970 from which on it is not used. nil, after a full handshake, counts from now; after
    ///   a resumed one it is the end of the session that was resumed, so that no chain of sessions outlives its verification.
    func keep(_ session: OpaquePointer?, for name: ServerName, until end: Int?) {
        let size = unsafe i2d_SSL_SESSION(session, nil)
        guard size > 0, Int(size) <= Limits.cachedSessionSize, unsafe SSL_SESSION_is_resumable(session) == 1 else {
            return
        }
        let encoded = unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { area, count in
            var end = area.baseAddress
            unsafe count = Int(i2d_SSL_SESSION(session, &end))
        }
        let now = time(nil)
        let lifetime = unsafe min(SSL_SESSION_get_timeout(session), Limits.cachedSessionAge)
        let entry = Entry(encoded: encoded, end: min(end ?? .max, now + lifetime))
        entries.withLock { entries in
            entries.count += 1
            entries.byName[name, default: []].append(entry)
            if (entries.byName[name]?.count ?? 0) > Limits.cachedSessionsPerName {
                entries.byName[name]?.removeFirst()
                entries.count -= 1
            }
            // Only with many names. To start anew is simple, and costs a few full handshakes.
            if entries.count > Limits.cachedSessions { entries = Entries() }
        }
    }

    /// Gives a kept session to `ssl`, if there is one, and returns its end. Whatever goes wrong leads to a full handshake.
    func resume(_ ssl: OpaquePointer, for name: ServerName) -> Int? {
        guard let entry = take(for: name) else { return nil }
        unsafe entry.encoded.withUnsafeBufferPointer { area in
            var start = area.baseAddress
            guard let session = unsafe d2i_SSL_SESSION(nil, &start, area.count) else { return }
            // The SSL takes a reference of its own.
            unsafe SSL_set_session(ssl, session)
            unsafe SSL_SESSION_free(session)
        }
        return entry.end
    }

    private func take(for name: ServerName) -> Entry? {
        let now = time(nil)
        return entries.withLock { entries in
            while let entry = entries.byName[name]?.popLast() {
                entries.count -= 1
                if entries.byName[name]?.isEmpty == true { entries.byName[name] = nil }
                if now < entry.end { return entry }
            }
            return nil
        }
    }
}
