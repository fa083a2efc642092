// The time of day, for the audit log.
// Must not be used to measure how long something takes.

package import Audit
import Glibc

package enum WallClock {
    /// UTC, from the system's clock.
    package static func now() -> AuditTime {
        var time = timespec()
        // Invariant: the pointer is to a local value that outlives the call.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return AuditTime(seconds: Int64(time.tv_sec), microseconds: Int32(time.tv_nsec / 1000))
    }
}

extension AuditTime {
    /// Microseconds from 1970 on.
    package var microsecondsSinceEpoch: Int64 { sinceEpoch }
    var sinceEpoch: Int64 { seconds * 1_000_000 + Int64(microseconds) }
}
