// How far the clocks of this machine's people are from UTC.
// Must not ask Foundation: its time zones need ICU's tables, which the program does not carry.

import Glibc

struct LocalTime: Sendable {
    /// Seconds to be added at a time, in seconds since 1970.
    let offset: @Sendable (Int64) -> Int64

    /// That of `TZ` and /etc/localtime.
    static let current = LocalTime { seconds in
        var time = time_t(seconds)
        // Invariant: both pointers are to local values that outlive the call; the name of the zone is not looked at.
        var parts = unsafe tm()
        guard unsafe localtime_r(&time, &parts) != nil else { return 0 }
        return unsafe Int64(parts.tm_gmtoff)
    }

    static func fixed(_ offset: Int64) -> LocalTime { LocalTime { _ in offset } }
}
