// One of a session's two connections, as the session sees it.
// Must not know POP3.

import NIOCore

/// A connection with what was received from it and not taken yet. A class, because writing and closing may call back
/// into the session before they return.
final class Wire {
    /// Nil before it stands and after it is gone.
    var context: ChannelHandlerContext?
    /// Received and not taken yet.
    var input = ByteBuffer()
    var lastActivity: NIODeadline
    private var hasUnflushed = false
    /// What the peer had not taken at the last look; nil while nothing was written since it had taken all.
    private var unsent: Int?
    private(set) var isPaused = false

    init(now: NIODeadline) {
        lastActivity = now
    }

    var isWritable: Bool { context?.channel.isWritable ?? true }

    func received(_ buffer: ByteBuffer) {
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

    func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        hasUnflushed = true
        if unsent == nil { unsent = 0 }
        context.write(NIOAny(buffer), promise: nil)
    }

    func write(_ octets: [UInt8]) {
        guard let context else { return }
        write(context.channel.allocator.buffer(bytes: octets))
    }

    func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
    }

    /// Stops or resumes reading: how a slow reader on one side slows the other side down.
    func pause(_ pauses: Bool) {
        guard pauses != isPaused, let context else { return }
        isPaused = pauses
        // Only fails on a closed channel, where it does not matter.
        try? context.channel.syncOptions?.setOption(.autoRead, value: !pauses)
    }

    /// Whether the peer has not taken all that was written, as of the last look.
    var hasUnsent: Bool { (unsent ?? 0) > 0 }

    /// Looks how much the peer has not taken yet: one that takes some, however slowly, is active.
    func lookAtProgress(_ now: NIODeadline) {
        guard let before = unsent else { return }
        let left = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if left != before { lastActivity = now }
        unsent = left > 0 ? left : nil
    }

    /// Ends the connection after what was written has been sent.
    func close() {
        guard let context else { return }
        hasUnflushed = false
        let channel = context.channel
        context.writeAndFlush(NIOAny(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Ends the connection at once; what was not sent is lost.
    func abort() {
        context?.close(promise: nil)
    }
}
