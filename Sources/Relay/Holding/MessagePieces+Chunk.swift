// A rewritten message on its way to the client: put together a part at a time.
// Must not be used on an event loop where a piece lies in a file.

import Mail
import NIOCore

extension MessagePieces {
    /// Up to `most` octets from an offset on.
    func chunk(at offset: Int, most: Int) -> ByteBuffer {
        var chunk = ByteBufferAllocator().buffer(capacity: max(0, min(most, count - offset)))
        var start = 0
        for piece in pieces where chunk.readableBytes < most {
            let end = start + piece.range.count
            defer { start = end }
            guard end > offset else { continue }
            let lower = piece.range.lowerBound + max(0, offset - start)
            let upper = min(piece.range.upperBound, lower + most - chunk.readableBytes)
            piece.octets.withOctets(in: lower..<upper) { octets in
                for index in octets.indices { chunk.writeInteger(octets[index]) }
            }
        }
        return chunk
    }
}
