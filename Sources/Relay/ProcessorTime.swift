// How much of the processor this thread has used: what rules are bounded by.
// Must not tell the time of day.

import Glibc

package enum ProcessorTime {
    /// Since the thread began. Whatever else the machine does in the meantime does not count.
    package static func now() -> Duration {
        var time = timespec()
        // Invariant: the pointer is to a local value that outlives the call.
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
