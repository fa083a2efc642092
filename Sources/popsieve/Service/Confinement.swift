// What a process that holds passwords keeps to itself: its memory after a crash, and what it writes.
// Must not be asked for by commands that hold none: whoever debugs them wants their dumps.

import CLinux
import Glibc

enum Confinement {
    /// Files that are made without a mode of their own are nobody's but the group's.
    static let mask: mode_t = 0o027

    /// To be called before a secret is read.
    ///
    /// - Parameter allowsDumps: for debugging. Otherwise nobody without privileges may look into the process either (ptrace,
    ///   `/proc/PID/mem`).
    static func begin(allowsDumps: Bool) {
        umask(umask(mask) | mask)
        guard !allowsDumps else { return }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // Invariant: the pointer is to a local value that outlives the call.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = shim_forbid_dumps()
    }
}
