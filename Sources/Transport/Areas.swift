// Memory that a loop reads into, used again with each turn.
// Must not be held longer than a turn without being copied: whoever waits has memory of its own.

import NIOCore

/// A buffer for each read of a turn: what was read goes on without a copy, and leaves at the turn's end.
struct Areas {
    private var buffers: [ByteBuffer] = []
    private var used = 0

    /// Whether the turn has to end before more can be read.
    var areUsedUp: Bool { used == Limits.readsOfATurn }

    /// An empty one, in memory that nobody else uses if it can be. It is to be given back.
    mutating func take(_ capacity: Int) -> ByteBuffer {
        if used == buffers.count { buffers.append(ByteBuffer()) }
        var buffer = ByteBuffer()
        swap(&buffer, &buffers[used])
        buffer.clear(minimumCapacity: capacity)
        return buffer
    }

    /// - Parameter isInUse: somebody may still send from it
    mutating func giveBack(_ buffer: ByteBuffer, isInUse: Bool) {
        buffers[used] = buffer
        if isInUse { used = min(used + 1, Limits.readsOfATurn) }
    }

    /// The turn is over.
    mutating func free() { used = 0 }
}
