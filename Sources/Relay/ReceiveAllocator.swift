// How much memory a connection gets for its next read: little while idle, much while a transfer runs.
// Must not hold a buffer itself.

import NIOCore

/// A small buffer until a read fills it, then a large one, and back after some small reads.
///
/// An idle session is most of a relay's sessions, and NIO keeps the buffer of each connection resident.
struct ReceiveAllocator: RecvByteBufferAllocator {
    private let small: Int
    private let large: Int
    private var smallReads = 0
    private var isLarge = false

    init(small: Int, large: Int) {
        self.small = small
        self.large = large
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: isLarge ? large : small)
    }

    func nextBufferSize() -> Int? {
        isLarge ? large : small
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        if isLarge {
            smallReads = actualReadBytes <= small ? smallReads + 1 : 0
            if smallReads >= 8 { isLarge = false }
            return false
        }
        guard actualReadBytes >= small else { return false }
        isLarge = true
        smallReads = 0
        return true
    }
}
