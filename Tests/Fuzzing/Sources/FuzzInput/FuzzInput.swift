// What a fuzzer gets, as bytes to take from the front, and how long it may think about them.
// Must not know what is fuzzed. Its unsafe code is the octets that libFuzzer hands over.

import Glibc

/// The octets of one execution.
package struct FuzzInput {
    private var octets: ArraySlice<UInt8>

    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        octets = Array(UnsafeBufferPointer(start: start, count: count))[...]
    }

    package var isEmpty: Bool { octets.isEmpty }

    /// The next octet; 0 behind the end.
    package mutating func octet() -> UInt8 { octets.popFirst() ?? 0 }

    /// A number below `bound`, which is at most 256.
    package mutating func number(below bound: Int) -> Int { Int(octet()) % bound }

    /// Up to the next line feed, which is left out.
    package mutating func line() -> [UInt8] {
        let line = octets.prefix { $0 != 0x0A }
        octets = octets.dropFirst(line.count + 1)
        return Array(line)
    }

    /// All that is left.
    package func rest() -> [UInt8] { Array(octets) }
}

/// Runs `body`, and traps if it takes 100 ms of processor time.
package func limited(_ body: () -> Void) {
    let start = clock()
    body()
    precondition(clock() - start < 100_000, "more than 100 ms")
}
