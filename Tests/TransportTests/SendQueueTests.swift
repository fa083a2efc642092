// Octets on their way, in memory.
// Must not open a socket.

import NIOCore
import Testing

@testable import Transport

@Suite("Octets on their way")
struct SendQueueTests {
    @Test(
        "small writes make one record, large ones go as they are",
        arguments: [
            ([1, 2, 3], [6]), ([10, 10], [10, 10]), ([4, 4, 4], [8, 4]), ([30], [30]), ([1, 30, 1, 1], [1, 30, 2]),
        ]
    )
    func records(_ writes: [Int], _ records: [Int]) {
        var queue = SendQueue()
        for size in writes { queue.append(ByteBuffer(repeating: 0x61, count: size)) }
        #expect(queue.octets == writes.reduce(0, +))
        #expect(queue.takeRecords(of: 10).map(\.readableBytes) == records)
        #expect(queue.isEmpty)
    }

    @Test("a few octets do not hold the memory of all that was read with them")
    func compaction() throws {
        let read = ByteBuffer(repeating: 0x61, count: 131_072)
        var few = try #require(read.getSlice(at: 5, length: 10))
        few.compact()
        #expect(few.storageCapacity < 1_024 && few.readableBytes == 10)
        var most = try #require(read.getSlice(at: 5, length: 100_000))
        most.compact()
        #expect(most.storageCapacity >= 131_072)
    }
}
