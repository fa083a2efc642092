// How much memory a connection gets for its next read: little while idle, much while a transfer runs.
// Must not hold a buffer itself.

import NIOCore

/// A small buffer until a read fills it, then sixteen times as much, up to the largest; and back after some small reads.
///
/// An idle session is most of a relay's sessions, and NIO keeps the buffer of each connection resident.
struct ReceiveAllocator: RecvByteBufferAllocator {
    private let smallest: Int
    private let largest: Int
    private var size: Int
    private var smallReads = 0

    init(smallest: Int, largest: Int) {
        self.smallest = smallest
        self.largest = largest
        size = smallest
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: size)
    }

    func nextBufferSize() -> Int? {
        size
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        guard actualReadBytes < size else {
            smallReads = 0
            let before = size
            size = min(largest, size * 16)
            return size > before
        }
        smallReads = actualReadBytes <= smallest ? smallReads + 1 : 0
        if smallReads >= 8 { size = smallest }
        return false
    }
}
