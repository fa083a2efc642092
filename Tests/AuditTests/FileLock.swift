// A lock that another program would hold.

import Glibc

/// Held until the descriptor is closed.
func holdLock(_ descriptor: Int32) -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
