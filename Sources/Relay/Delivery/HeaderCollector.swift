// The octets of a header block as they come, in one piece in a chunk or copied from several.
// Must not change them: the scanner has taken the stuffing out already.

import NIOCore
import Octets
import POP3

/// The octets of a header block; not copied as long as they lie in one piece, and unrepaired, in the chunk.
struct HeaderCollector {
    private var copied: [UInt8] = []
    /// Where the block lies in the chunk, while nothing was copied.
    private(set) var untouched: Range<Int>?
    /// The last octets as they were received.
    private var tail: [UInt8] = []

    /// A new chunk.
    ///
    /// - Parameter isStart: whether nothing of the block came before.
    mutating func begin(at offset: Int, isStart: Bool) {
        untouched = isStart ? offset..<offset : nil
    }

    /// What was received of it in this chunk, if the next one goes on with it.
    mutating func note(_ octets: Span<UInt8>) {
        tail += [UInt8](copying: octets.extracting(max(0, octets.count - 3)..<octets.count))
        tail.removeFirst(max(0, tail.count - 3))
    }

    var count: Int { copied.count + (untouched?.count ?? 0) }

    mutating func append(_ range: Range<Int>, of chunk: ByteBuffer) {
        if let lower = untouched?.lowerBound, untouched?.upperBound == range.lowerBound {
            untouched = lower..<range.upperBound
        } else {
            keep(from: chunk)
            copy(range, of: chunk)
        }
    }

    mutating func append(_ octets: [UInt8], _ chunk: ByteBuffer) {
        keep(from: chunk)
        copied.append(contentsOf: octets)
    }

    /// Copies what lies in the chunk, which goes.
    mutating func keep(from chunk: ByteBuffer) {
        if let untouched { copy(untouched, of: chunk) }
        untouched = nil
    }

    private mutating func copy(_ range: Range<Int>, of chunk: ByteBuffer) {
        copied.append(
            contentsOf: chunk.viewBytes(at: chunk.readerIndex + range.lowerBound, length: range.count) ?? .init()
        )
    }

    mutating func takeOctets(from chunk: ByteBuffer) -> [UInt8] {
        keep(from: chunk)
        defer { copied = [] }
        return copied
    }

    /// Whether it is complete.
    func endsWithEmptyLine(in chunk: ByteBuffer) -> Bool {
        if let untouched {
            let octets = chunk.readableBytesUInt8Span.extracting(untouched)
            return octets.endsWithEmptyLine
        }
        return copied.span.endsWithEmptyLine
    }

    /// Where the empty line ends that is to be seen in the octets as they were received.
    func offsetBehindEmptyLine(of octets: Span<UInt8>, from start: Int) -> Int? {
        if !tail.isEmpty {
            // It may have begun in the last chunk.
            let window = tail + [UInt8](copying: octets.extracting(start..<min(start + 3, octets.count)))
            for end in tail.count + 1..<max(window.count + 1, tail.count + 1)
            where window.span.extracting(0..<end).endsWithEmptyLine && end >= 4 {
                return start + end - tail.count
            }
        }
        return octets.offsetBehindEmptyLine(from: start)
    }
}

extension Span where Element == UInt8 {
    /// Whether an empty line ends a block of lines, or is all of it.
    fileprivate var endsWithEmptyLine: Bool {
        guard count >= 2, self[count - 1] == 0x0A, self[count - 2] == 0x0D else { return false }
        return count == 2 || (count >= 4 && self[count - 3] == 0x0A && self[count - 4] == 0x0D)
    }

    /// The offset behind the first empty line of a block that begins at `start`; line ends are CRLF.
    fileprivate func offsetBehindEmptyLine(from start: Int) -> Int? {
        if count - start >= 2, self[start] == 0x0D, self[start + 1] == 0x0A { return start + 2 }
        var index = start + 2
        // Hardly any line but an empty one begins with CR.
        while let begin = firstOffset(of: 0x0D, behind: 0x0A, from: index) {
            if self[begin - 2] == 0x0D, begin + 1 < count, self[begin + 1] == 0x0A { return begin + 2 }
            index = begin + 1
        }
        return nil
    }
}

extension MultilineScanner.Insertion {
    var octets: [UInt8] {
        switch self {
        case .carriageReturn: [0x0D]
        case .lineFeed: [0x0A]
        case .lineEnd: [0x0D, 0x0A]
        case .dot: [0x2E]
        }
    }
}
