// What a scanner reads: a message, wherever it lies.
// Must not hold more of it than the piece that is asked for.

public import NIOCore

/// A message that is read in pieces, so that a mapped file of 20 MB is never copied whole.
public protocol ScanSource: Sendable {
    /// Octets of the message, with CRLF at line ends and without dot-stuffing.
    var count: Int { get }

    /// The octets in `range`, which lies within the message. Called from tasks, never on an event loop.
    ///
    /// - Throws: where the message can't be read any more; the scan then ends as `unscanned`.
    func octets(in range: Range<Int>) throws -> ByteBuffer
}

extension ByteBuffer: ScanSource {
    /// The readable octets.
    public var count: Int { readableBytes }

    /// A slice that shares its storage.
    public func octets(in range: Range<Int>) -> ByteBuffer {
        getSlice(at: readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}

extension ScanSource {
    /// The ranges in which it is read, in order.
    var pieces: some Sequence<Range<Int>> {
        stride(from: 0, to: count, by: Limits.piece).lazy.map { [count] in $0..<min($0 + Limits.piece, count) }
    }

    /// One piece, or why the scan ends.
    func piece(_ range: Range<Int>) throws(UnscannedReason) -> ByteBuffer {
        do {
            let piece = try octets(in: range)
            // Half a message is not a message.
            guard piece.readableBytes == range.count else {
                throw UnscannedReason.unreadable("it is shorter than it was")
            }
            return piece
        } catch let reason as UnscannedReason {
            throw reason
        } catch {
            throw .unreadable(PlainText.line("\(error)"))
        }
    }

    /// The same as octets of their own.
    func array(_ range: Range<Int>) throws(UnscannedReason) -> [UInt8] { Array(try piece(range).readableBytesView) }
}
