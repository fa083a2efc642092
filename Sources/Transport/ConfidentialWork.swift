// Work with passwords on a thread that is no event loop.
// Must not be used on a loop, which clears by turns.

import CMemory

/// Does something with passwords: the memory that is given back meanwhile is overwritten.
package func withClearedMemory<Value>(_ work: () throws -> Value) rethrows -> Value {
    clear_freed_memory(1)
    defer { clear_freed_memory(0) }
    return try work()
}
