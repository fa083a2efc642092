// What is sent to the peer, gathered until it is flushed.
// Must not read, nor tell the owner anything from within a call.

package import NIOCore
import TLS

extension Connection {
    /// Takes octets that are sent with the next flush.
    package func write(_ buffer: ByteBuffer) {
        guard phase == .open, sendError == nil else { return }
        plaintext.append(buffer)
        if case .handshaking = security, plaintext.octets > TLSConnection.mostBeforeHandshake {
            endLater(TLSError.tooMuchBeforeHandshake)
        }
        if unsentOctets > backlog { isWritable = false }
    }

    /// Sends what was written, as far as the kernel takes it; the rest follows by itself.
    package func flush() {
        guard phase == .open else { return }
        letGo()
        send()
    }

    /// What was written may go out, as soon as the kernel takes it. Before, it may not: its owner may have something to put
    /// on record first.
    func letGo() {
        switch security {
        case .none: outgoing.append(allOf: &plaintext)
        case .handshaking: break
        case .secured(let engine): encrypt(with: engine)
        }
    }

    /// Hands what is outgoing to the kernel.
    func send() {
        guard phase != .closed, canSend, !outgoing.isEmpty else { return }
        switch outgoing.send(to: socket) {
        case .done: break
        case .wouldBlock: canSend = false
        case .failed(let number): sendingFailed(IOError(errnoCode: number, reason: "send"))
        }
        lookAtWritability()
    }

    /// The peer may have said something before it has gone: that is read first.
    private func sendingFailed(_ error: IOError) {
        sendError = error
        outgoing.removeAll()
        plaintext.removeAll()
        (isOver, inputEnds, hasInput) = (true, true, true)
        if phase == .closing { endLater(nil) } else { needsTurn() }
    }

    /// The kernel takes octets again.
    func sendMore() {
        canSend = true
        send()
        guard phase == .closing, outgoing.isEmpty else { return }
        discardInput()
        end(nil)
    }

    /// An owner that has seen that it has to wait is told when it may go on, also where the kernel took all with the next
    /// flush.
    private func lookAtWritability() {
        guard !isWritable, phase == .open, unsentOctets <= backlog / 2 else { return }
        isWritable = true
        owesWritable = true
        needsTurn()
    }
}

extension Connection: TurnEnder {
    package func turnEnds() { flush() }
}
