// One of a session's two connections, as the session sees it.
// Must not know POP3.

import NIOCore
import Transport

/// A connection with what was received from it and not taken yet, and what is on its way out.
final class Wire {
    /// Nil before it stands and after it is gone.
    var connection: Connection?
    /// Received and not taken yet.
    var input = ByteBuffer()
    /// The peer will say nothing more.
    var inputHasEnded = false
    /// A TLS handshake is under way: what is written has to wait for its end.
    var isSecuring = false
    /// Octets written so far, before TLS.
    private(set) var written = 0
    private(set) var isPaused = false
    /// Since when the peer is silent: when it last said something, or could again.
    private(set) var silentSince: NIODeadline
    /// Since when the peer takes nothing, if something waits for it.
    private(set) var stalledSince: NIODeadline
    private var output = Output()
    /// Octets that were written since the last flush.
    private(set) var unflushed = 0
    /// The peer may not have taken all that was written.
    private(set) var owes = false
    private var acknowledged: UInt64 = 0

    init(now: NIODeadline) {
        silentSince = now
        stalledSince = now
    }

    // MARK: Reading

    /// - Parameter rate: octets that buy a second: a peer that drips is as good as silent. Nil: nothing but a whole line does,
    ///   see ``isHeard(at:)``.
    func received(_ buffer: ByteBuffer, at now: NIODeadline, rate: Int?) {
        if let rate { silentSince = min(now, silentSince + .worth(buffer.readableBytes, rate)) }
        if input.readableBytes == 0 {
            input = buffer
        } else {
            // What was taken would stay in memory as long as the buffer never runs empty.
            if input.readerIndex >= input.readableBytes { input.discardReadBytes() }
            input.writeImmutableBuffer(buffer)
        }
    }

    /// Forgets `count` octets of the input, and its memory when nothing is left.
    func take(_ count: Int) {
        input.moveReaderIndex(forwardBy: count)
        if input.readableBytes == 0 { input = ByteBuffer() }
    }

    /// It has said something whole, or is to say something from now on.
    func isHeard(at now: NIODeadline) { silentSince = now }

    /// What has to wait must not hold the memory that the loop reads into.
    func compactInput() { input.compact() }

    /// Stops or resumes reading: how a slow reader on one side slows the other side down.
    func pause(_ pauses: Bool, at now: @autoclosure () -> NIODeadline) {
        guard pauses != isPaused, let connection else { return }
        isPaused = pauses
        if !pauses { silentSince = now() }
        connection.read(!pauses)
    }

    // MARK: Writing

    var isWritable: Bool { connection?.isWritable ?? true }

    /// Octets of another wire's input, from an offset of its readable ones on; without a copy where there are many.
    func pass(_ range: Range<Int>, of input: ByteBuffer) {
        guard connection != nil else { return }
        written += range.count
        unflushed += range.count
        hand(output.pass(range, of: input))
    }

    func write(_ octets: [UInt8]) {
        guard connection != nil else { return }
        written += octets.count
        unflushed += octets.count
        hand(output.append(octets))
    }

    private func hand(_ complete: Output.Complete) {
        if let buffer = complete.first { hand(buffer) }
        if let buffer = complete.second { hand(buffer) }
    }

    private func hand(_ buffer: ByteBuffer) {
        connection?.write(buffer)
    }

    func flush(at now: @autoclosure () -> NIODeadline) {
        if !output.isEmpty { hand(output.take()) }
        guard unflushed > 0 else { return }
        unflushed = 0
        if !owes {
            owes = true
            stalledSince = now()
        }
        connection?.flush()
    }

    // MARK: What the peer has taken

    /// Whether the peer has acknowledged every octet that was written. One that is gone never will.
    func hasTakenEverything() -> Bool {
        guard let connection, connection.isOpen, unflushed == 0 else { return false }
        guard owes else { return true }
        guard connection.unsentOctets == 0, let queue = connection.kernelQueue else { return false }
        owes = queue.unacknowledged > 0
        return !owes && queue.isOpen
    }

    /// Looks whether the peer takes anything; what it takes buys time.
    ///
    /// - Parameter rate: octets that buy a second
    func lookAtProgress(_ now: NIODeadline, rate: Int) {
        guard owes, !hasTakenEverything(), owes, let connection else { return }
        var total = connection.kernelQueue?.acknowledged ?? 0
        // Nobody counts what the peer of a Unix socket reads; but its kernel takes no more before it has read.
        if case .unixDomainSocket = connection.remoteAddress {
            total = UInt64(max(0, written - connection.unsentOctets))
        }
        if total > acknowledged { stalledSince = min(now, stalledSince + .worth(Int(total - acknowledged), rate)) }
        acknowledged = total
    }

    // MARK: The end

    /// Ends the connection after what was written has been sent.
    func close() {
        // Nothing may be said in the middle of a handshake.
        guard !isSecuring else { return abort() }
        hand(output.take())
        unflushed = 0
        connection?.close()
    }

    /// Ends the connection at once; what was not sent is lost.
    func abort() {
        connection?.abort()
    }
}

extension TimeAmount {
    /// The time that so many octets may take. A rate of 0 asks for nothing but that there are some.
    static func worth(_ octets: Int, _ rate: Int) -> TimeAmount {
        guard octets > 0 else { return .zero }
        return rate > 0 ? .nanoseconds(Int64(Double(octets) * 1e9 / Double(rate))) : .hours(24)
    }
}
