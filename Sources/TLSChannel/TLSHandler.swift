// TLS for channels of SwiftNIO: ByteBuffers of ciphertext below, of plaintext above.
// It must not decide anything about certificates or protocols, nor keep time but for closing.

package import NIOCore
package import TLS

/// TLS as a channel handler, for a channel from its start (implicit TLS) or from the middle of a session (STLS).
///
/// Added to an active channel it starts its handshake at once. Fires `TLSHandshakeCompleted` before the first plaintext,
/// a `TLSError` through `errorCaught` when TLS fails, after which it closes the channel. A peer's close_notify is what the
/// end of the stream is without TLS: `ChannelEvent.inputClosed` where the channel allows half-closure, closing where not.
/// A stream that ends without it is `TLSError.closedWithoutNotify`, before that event or `channelInactive`.
package final class TLSHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum State {
        /// Not on an active channel yet. May follow: handshaking, closed.
        case idle
        /// Ciphertext goes to the handshake, plaintext from above waits. May follow: open, failed, closed.
        case handshaking
        /// Both directions flow.
        case open
        /// The peer's stream has ended; we may still write. May follow: closing, failed, closed.
        case inputClosed
        /// We have sent close_notify and may still read. May follow: closed, failed.
        case outputClosed
        /// close_notify is on its way; the channel closes when it has left or the wait is over. May follow: closed.
        case closing(EventLoopPromise<Void>)
        /// TLS is dead, the alert has been sent, the channel closes as soon as the error has been told.
        case failed
        /// Nothing passes any more.
        case closed
    }

    private let connection: TLSConnection
    private var state = State.idle
    private var plaintext = PendingPlaintext()

    /// Somebody above wants plaintext (`read()` was called) and has not been given any since.
    private var readWanted = false

    /// The listener's side: waits for the client's handshake.
    package init(server context: ServerContext) throws(TLSError) {
        connection = try TLSConnection(server: context)
    }

    /// The upstream's side: starts the handshake; `serverName` is what the certificate must be valid for.
    package init(client context: ClientContext, serverName: ServerName) throws(TLSError) {
        connection = try TLSConnection(client: context, serverName: serverName)
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end(becoming: .closed)
    }

    package func channelActive(context: ChannelHandlerContext) {
        // First, so that a failure of the handshake does not make the channel inactive before it was active.
        context.fireChannelActive()
        if case .idle = state { start(context) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let before = state
        end(becoming: .closed)
        switch before {
        case .handshaking: context.fireErrorCaught(TLSError.handshakeFailed(reason: "the peer closed the connection"))
        case .open, .outputClosed: context.fireErrorCaught(TLSError.closedWithoutNotify)
        case .idle, .inputClosed, .closing, .failed, .closed: break
        }
        context.fireChannelInactive()
    }

    private func start(_ context: ChannelHandlerContext) {
        state = .handshaking
        var nothing = ByteBuffer()
        handshake(&nothing, context)
        // The owner may not want to read before there is plaintext; the handshake has to.
        if case .handshaking = state { context.read() }
    }

    /// Leaves whatever state it was: what waits is failed, who waits for the closing is told.
    private func end(becoming next: State) {
        let before = state
        state = next
        let abandoned = plaintext.abandon()
        if case .closing(let done) = before { done.succeed() }
        abandoned.fail(ChannelError.ioOnClosedChannel)
    }

    // MARK: Reading

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var ciphertext = unwrapInboundIn(data)
        if case .handshaking = state { handshake(&ciphertext, context) }
        switch state {
        case .open, .outputClosed: if ciphertext.readableBytes > 0 { decrypt(&ciphertext, context) }
        case .idle, .handshaking, .inputClosed, .closing, .failed, .closed: break
        }
    }

    private func handshake(_ ciphertext: inout ByteBuffer, _ context: ChannelHandlerContext) {
        switch connection.handshake(&ciphertext) {
        case .wantsMore: sendOutput(context)
        case .failed(let error): fail(error, context)
        case .complete:
            state = .open
            let completed = connection.settle()
            // First what was written meanwhile. It leaves after the event, in one write with the end of the handshake and
            // with what the event makes others write.
            if let error = plaintext.encrypt(with: connection) { return fail(error, context) }
            context.fireUserInboundEventTriggered(completed)
            flush(context: context)
        }
    }

    private func decrypt(_ ciphertext: inout ByteBuffer, _ context: ChannelHandlerContext) {
        var decrypted = context.channel.allocator.buffer(capacity: ciphertext.readableBytes)
        let before = connection.outputOctets
        var outcome = connection.read(&ciphertext, into: &decrypted)
        if outcome == .wantsMore, connection.outputOctets > before, !context.channel.isWritable {
            // Demands for renegotiation are answered by alerts: a peer that reads none of them must not fill our memory.
            outcome = .failed(.protocolError(reason: "the peer demands answers and does not read them"))
        }
        sendOutput(context)
        if decrypted.readableBytes > 0 {
            readWanted = false
            context.fireChannelRead(wrapInboundOut(decrypted))
        }
        // Whoever was given the plaintext may have closed.
        switch state {
        case .open, .outputClosed: break
        case .idle, .handshaking, .inputClosed, .closing, .failed, .closed: return
        }
        switch outcome {
        case .wantsMore: break
        case .complete: inputEnded(context)
        case .failed(let error): fail(error, context)
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        switch state {
        case .handshaking: context.read()
        case .open, .outputClosed: if readWanted { context.read() }
        case .idle, .inputClosed, .closing, .failed, .closed: break
        }
    }

    package func read(context: ChannelHandlerContext) {
        readWanted = true
        context.read()
    }

    /// The peer has sent close_notify.
    private func inputEnded(_ context: ChannelHandlerContext) {
        let halfClosure = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if halfClosure == true, case .open = state {
            state = .inputClosed
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            state = .inputClosed
            close(context: context, mode: .all, promise: nil)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let closure = event as? ChannelEvent, closure == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        switch state {
        case .handshaking: fail(.handshakeFailed(reason: "the peer closed the connection"), context)
        case .open:
            state = .inputClosed
            context.fireErrorCaught(TLSError.closedWithoutNotify)
            context.fireUserInboundEventTriggered(event)
        case .outputClosed:
            context.fireErrorCaught(TLSError.closedWithoutNotify)
            close(context: context, mode: .all, promise: nil)
        // After close_notify it has been told already.
        case .idle, .inputClosed, .closing, .failed, .closed: break
        }
    }

    // MARK: Writing

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let buffer = unwrapOutboundIn(data)
        switch state {
        case .idle, .handshaking:
            guard plaintext.add(buffer, promise) else { return fail(.tooMuchBeforeHandshake, context) }
        case .open, .inputClosed: encrypt(buffer, promise, context)
        case .outputClosed: promise?.fail(ChannelError.outputClosed)
        case .closing, .failed, .closed: promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    /// In pieces without a copy. What fills a chunk is handed down before the flush, so that the channel counts it and its
    /// writability tells the truth.
    private func encrypt(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        var rest = buffer
        repeat {
            let piece = rest.readSlice(length: min(rest.readableBytes, Limits.ciphertextChunk)) ?? ByteBuffer()
            let isLast = rest.readableBytes == 0
            if let error = plaintext.add(piece, isLast ? promise : nil, encryptingWith: connection) {
                if !isLast { promise?.fail(error) }
                return fail(error, context)
            }
            if connection.outputOctets >= Limits.ciphertextChunk, let output = connection.takeOutput() {
                context.write(wrapOutboundOut(output), promise: nil)
            }
        } while rest.readableBytes > 0
    }

    package func flush(context: ChannelHandlerContext) {
        switch state {
        case .open, .inputClosed:
            if let error = plaintext.encrypt(with: connection) { return fail(error, context) }
            let promise = plaintext.takePromises(on: context.eventLoop)
            if let output = connection.takeOutput() {
                context.writeAndFlush(wrapOutboundOut(output), promise: promise)
            } else {
                context.flush()
                promise?.succeed()
            }
        case .idle, .handshaking, .outputClosed, .closing, .failed, .closed: context.flush()
        }
    }

    /// Sends what OpenSSL wrote on its own: handshake, tickets, alerts.
    private func sendOutput(_ context: ChannelHandlerContext) {
        guard let output = connection.takeOutput() else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }

    // MARK: Closing

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, state) {
        case (.input, _): context.close(mode: .input, promise: promise)
        case (.output, .open): closeOutput(context, promise)
        case (.output, .inputClosed), (.all, .open), (.all, .inputClosed): closeAll(context, promise)
        case (_, .closing(let done)): promise.map { done.futureResult.cascade(to: $0) }
        case (_, .idle), (_, .handshaking), (_, .outputClosed), (_, .failed), (_, .closed):
            end(becoming: .closed)
            context.close(mode: .all, promise: promise)
        }
    }

    /// Half-closure: what is written has been flushed or fails, the peer's stream still comes.
    private func closeOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        state = .outputClosed
        let abandoned = plaintext.abandon()
        connection.close()
        sendOutput(context)
        context.close(mode: .output, promise: promise)
        abandoned.fail(ChannelError.outputClosed)
    }

    /// Sends close_notify and closes when it has left, which is at once where the peer reads. It does not wait for the
    /// peer's (RFC 8446, 6.1, asks for none).
    private func closeAll(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let done = promise ?? context.eventLoop.makePromise()
        state = .closing(done)
        let abandoned = plaintext.abandon()
        defer { abandoned.fail(ChannelError.ioOnClosedChannel) }
        connection.close()
        guard let output = connection.takeOutput() else { return finishClosing(context) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(output), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.finishClosing(context) }
        guard case .closing = state else { return }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: Limits.closeNotifyWait) {
            self.finishClosing(context)
        }
        done.futureResult.assumeIsolated().whenComplete { _ in timer.cancel() }
    }

    private func finishClosing(_ context: ChannelHandlerContext) {
        guard case .closing(let done) = state else { return }
        state = .closed
        context.close(mode: .all, promise: done)
    }

    /// Tells the peer by an alert, the handlers above by an error, and closes.
    private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        state = .failed
        let abandoned = plaintext.abandon()
        sendOutput(context)
        context.fireErrorCaught(error)
        abandoned.fail(error)
        guard case .failed = state else { return }
        state = .closed
        context.close(mode: .all, promise: nil)
    }
}
