// What goes out together, and that nothing else goes out in its place.

import NIOCore
import Testing

@testable import Relay

@Suite("What a wire gathers")
struct OutputTests {
    /// All that comes out, piece by piece.
    private func pieces(_ write: (inout Output, inout [ByteBuffer]) -> Void) -> [String] {
        var output = Output()
        var pieces: [ByteBuffer] = []
        write(&output, &pieces)
        add(output.take(), to: &pieces)
        #expect(output.isEmpty)
        return pieces.map { String(buffer: $0) }
    }

    private func add(_ complete: Output.Complete, to pieces: inout [ByteBuffer]) {
        pieces += [complete.first, complete.second].compactMap(\.self)
    }

    @Test("what lies behind each other goes out as it lies, however it was passed")
    func contiguous() {
        var input = ByteBuffer(string: "+OK\r\nSubject: a\r\n\r\n.\r\n")
        let whole = String(buffer: input)
        let got = pieces { output, pieces in
            let before = input
            input.moveReaderIndex(forwardBy: 5)
            add(output.pass(0..<5, of: before), to: &pieces)
            add(output.pass(0..<10, of: input), to: &pieces)
            input.moveReaderIndex(forwardBy: 10)
            add(output.pass(0..<input.readableBytes, of: input), to: &pieces)
        }
        #expect(got == [whole])
    }

    @Test("the same place in another buffer is something else", arguments: [5, 3_000])
    func otherMemory(_ count: Int) {
        let first = ByteBuffer(repeating: UInt8(ascii: "a"), count: 2 * count)
        let second = ByteBuffer(repeating: UInt8(ascii: "b"), count: 2 * count)
        let got = pieces { output, pieces in
            add(output.pass(0..<count, of: first), to: &pieces)
            add(output.pass(count..<2 * count, of: second), to: &pieces)
        }
        #expect(got.joined() == String(repeating: "a", count: count) + String(repeating: "b", count: count))
    }

    @Test("what was appended to an input after it was passed goes out, too", arguments: [5, 3_000])
    func appended(_ count: Int) {
        var input = ByteBuffer(repeating: UInt8(ascii: "a"), count: count)
        let got = pieces { output, pieces in
            add(output.pass(0..<count, of: input), to: &pieces)
            input.writeRepeatingByte(UInt8(ascii: "b"), count: count)
            add(output.pass(count..<2 * count, of: input), to: &pieces)
        }
        #expect(got.joined() == String(repeating: "a", count: count) + String(repeating: "b", count: count))
    }

    @Test("what is written between goes between")
    func between() {
        let input = ByteBuffer(string: "onetwo")
        let got = pieces { output, pieces in
            add(output.pass(0..<3, of: input), to: &pieces)
            add(output.append(Array(" and ".utf8)), to: &pieces)
            add(output.pass(3..<6, of: input), to: &pieces)
        }
        #expect(got == ["one and two"])
    }
}
