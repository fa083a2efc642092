// The `+OK` in front of a message, as long as nobody knows what the client gets.
// Must not read it: the machine has.

import NIOCore
import Transport

/// The status line of a message, where it was received: what follows it there goes out with it.
struct StatusLine {
    private(set) var input: ByteBuffer
    let line: ReceivedLine

    /// It has to wait, and the memory that it lies in is the loop's.
    mutating func compact() {
        input = input.getSlice(at: input.readerIndex, length: line.octets) ?? ByteBuffer()
        input.compact()
    }
}
