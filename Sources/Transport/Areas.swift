// Memory that a loop reads into, used again with each turn.
// Must not be held longer than a turn without being copied: whoever waits has memory of its own.

import NIOCore

/// A buffer for each read of a turn: what was read goes on without a copy, and leaves at the turn's end.
struct Areas {
    private var buffers: [ByteBuffer] = []
    private var used = 0

    /// Whether the turn has to end before more can be read.
    var areUsedUp: Bool { used >= Limits.readsOfATurn }

    /// An empty one, in memory that nobody else uses if it can be. What was taken last is given back first.
    mutating func take(_ capacity: Int) -> ByteBuffer {
        if used == buffers.count { buffers.append(ByteBuffer()) }
        var buffer = ByteBuffer()
        swap(&buffer, &buffers[used])
        used += 1
        buffer.clear(minimumCapacity: capacity)
        return buffer
    }

    /// - Parameter isInUse: somebody may still send from it in this turn
    mutating func giveBack(_ buffer: ByteBuffer, isInUse: Bool) {
        if !isInUse { used -= 1 }
        buffers[isInUse ? used - 1 : used] = buffer
    }

    /// Overwrites what was read last: it may have been a password.
    mutating func clear() {
        for index in buffers.indices {
            let octets = buffers[index].writerIndex
            buffers[index].clear()
            buffers[index].writeRepeatingByte(0, count: octets)
            buffers[index].clear()
        }
    }

    /// The turn is over.
    mutating func free() { used = 0 }
}
