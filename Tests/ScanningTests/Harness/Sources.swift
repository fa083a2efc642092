// Messages that can't be read as one would wish.
// Must not be large in memory.

import NIOCore
import ScannerDaemons
import Synchronization

@testable import Scanning

/// So many octets; counts how many were asked for.
final class CountingSource: ScanSource {
    let count: Int
    private let octets = Mutex(0)

    var asked: Int { octets.withLock { $0 } }

    init(count: Int) { self.count = count }

    func octets(in range: Range<Int>) -> ByteBuffer {
        octets.withLock { $0 += range.count }
        return ByteBuffer(repeating: UInt8(ascii: "x"), count: range.count)
    }
}

/// A file that was cut short, or whose disk has gone.
struct BrokenSource: ScanSource {
    struct Gone: Error {}

    let isShort: Bool
    let count = 200_000

    func octets(in range: Range<Int>) throws -> ByteBuffer {
        if range.lowerBound == 0 { return ByteBuffer(repeating: 0, count: range.count) }
        if isShort { return ByteBuffer() }
        throw Gone()
    }
}
