// What a wire has to say, in as few pieces as it can be. Must not send it. Says `unsafe` where it asks for an address, only
// to compare it.

import NIOCore

/// Octets on their way out, in order: small ones gathered in one buffer, large ones as they lie in their input.
struct Output {
    /// What can go out now, in order.
    struct Complete {
        var first: ByteBuffer?
        var second: ByteBuffer?
    }

    /// From here on a copy costs more than another buffer does.
    private static let large = 2_048

    private var gathered = ByteBuffer()
    /// Contiguous octets of an input that go out together; the input as it was when they began, since what was taken from
    /// it meanwhile is still there.
    private var run = 0..<0
    private var runInput = ByteBuffer()
    /// The address behind the run.
    private var runEnd: UInt = 0

    var isEmpty: Bool { run.isEmpty && gathered.readableBytes == 0 }

    mutating func pass(_ range: Range<Int>, of input: ByteBuffer) -> Complete {
        let start =
            unsafe input.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
            &+ UInt(range.lowerBound)
        // The memory of the run is its own as long as it has not gone out: the same address is the same octets.
        if !run.isEmpty, start == runEnd, run.upperBound + range.count <= runInput.writerIndex {
            run = run.lowerBound..<run.upperBound + range.count
            runEnd += UInt(range.count)
            return Complete()
        }
        let complete = endRun()
        let first = input.readerIndex + range.lowerBound
        run = first..<first + range.count
        runEnd = start + UInt(range.count)
        runInput = input
        return complete
    }

    mutating func append(_ octets: [UInt8]) -> Complete {
        let complete = endRun()
        gathered.writeBytes(octets)
        return complete
    }

    private mutating func endRun() -> Complete {
        guard !run.isEmpty else { return Complete() }
        guard let slice = takeRun() else { return Complete() }
        if slice.readableBytes < Self.large {
            gathered.writeImmutableBuffer(slice)
            return Complete()
        }
        guard gathered.readableBytes > 0 else { return Complete(first: slice) }
        return Complete(first: takeGathered(), second: slice)
    }

    /// All that is left.
    mutating func take() -> Complete {
        // What is one run goes without a copy, however small.
        if gathered.readableBytes == 0, !run.isEmpty { return Complete(first: takeRun()) }
        let last = endRun()
        guard gathered.readableBytes > 0 else { return last }
        return Complete(first: takeGathered())
    }

    private mutating func takeRun() -> ByteBuffer? {
        defer {
            run = 0..<0
            runInput = ByteBuffer()
        }
        return runInput.getSlice(at: run.lowerBound, length: run.count)
    }

    private mutating func takeGathered() -> ByteBuffer {
        defer { gathered = ByteBuffer() }
        return gathered
    }
}
