// One TCP connection on its loop, with or without TLS: octets in, octets out, and its end.
// Must not call its owner from within a call of its owner: what follows from a call is told in a turn of its own.

package import NIOCore
import Synchronization
package import TLS

/// A connection. Belongs to its loop's thread; open until it has told its owner that it is closed, or until its loop's end.
package final class Connection {
    /// What happens to a connection.
    package enum Event {
        /// The TLS handshake is over.
        case secured(TLSHandshakeCompleted)
        case received(ByteBuffer)
        /// The peer will say nothing more and may still listen.
        case inputEnded
        /// It takes octets again.
        case writable
        /// What follows is its end, where it has not come to an end in order.
        case failed(any Error)
        /// The last event.
        case closed
    }

    /// Whoever is told what happens; one event at a time, never from within a call to the connection.
    package protocol Owner: AnyObject {
        func happened(_ event: Event)
    }

    enum Phase {
        case open
        /// What was written is still sent, nothing is read. Then: closed.
        case closing
        case closed
    }

    enum Security {
        case none
        /// What is written waits.
        case handshaking(TLSConnection)
        case secured(TLSConnection)
    }

    package let loop: Loop
    package let remoteAddress: SocketAddress?
    /// The peer may say all and go on listening.
    let allowsHalfClosure: Bool
    /// From so many octets on that wait for the peer it is not writable, until it is half of them.
    package var backlog = 65_536
    let socket: Socket
    /// Held until it was told about the end.
    package var owner: (any Owner)?

    var phase = Phase.open
    var security = Security.none
    var outgoing = SendQueue()
    /// Written and not flushed, or not encrypted yet.
    var plaintext = SendQueue()

    /// The owner wants to hear more.
    var isReading = true
    /// The kernel may have something for us.
    var hasInput = false
    /// The peer has said all; it is still to be read.
    var inputEnds = false
    /// Was read, and is to be told again to whoever owns the connection next.
    var returned: ByteBuffer?
    /// The end of what the peer has to say has been read.
    var isInputOver = false
    /// The connection is broken or closed on both sides: nothing is waited for any more.
    var isOver = false
    /// Why nothing can be sent any more.
    var sendError: IOError?
    /// The kernel may take something.
    var canSend = true
    package internal(set) var isWritable = true
    /// It is writable again, and the owner has not been told.
    var owesWritable = false
    private var awaitsTurn = false
    /// The loop will let its handshake go on.
    var awaitsHandshake = false
    /// How it has ended, before its owner was told.
    private var ending: (any Error)??

    init(
        _ socket: Socket,
        remoteAddress: SocketAddress?,
        on loop: Loop,
        allowsHalfClosure: Bool
    ) {
        self.socket = socket
        self.remoteAddress = remoteAddress
        self.loop = loop
        self.allowsHalfClosure = allowsHalfClosure
        loop.load.add(1, ordering: .relaxed)
    }

    package var isOpen: Bool { phase == .open }
    package var localAddress: SocketAddress? { phase == .closed ? nil : socket.localAddress }
    /// Octets that were written and that the kernel has not taken.
    package var unsentOctets: Int { outgoing.octets + plaintext.octets }

    func needsTurn() {
        guard !awaitsTurn else { return }
        awaitsTurn = true
        loop.giveTurn(to: self)
    }

    // MARK: The end

    /// Ends it once everything that was written has been sent.
    package func close() {
        guard phase == .open else { return }
        switch security {
        // Nothing may be said in the middle of a handshake.
        case .handshaking: return abort()
        case .secured(let engine):
            letGo()
            engine.close()
            takeOutput(of: engine)
        case .none: letGo()
        }
        guard phase == .open else { return }
        phase = .closing
        send()
        // Where sending has failed it has ended already, and its number is another's.
        guard phase == .closing, outgoing.isEmpty else { return }
        discardInput()
        endLater(nil)
    }

    /// Ends it at once; what was not sent is lost.
    package func abort() {
        guard phase != .closed else { return }
        if phase == .open, case .secured(let engine) = security, outgoing.isEmpty, sendError == nil {
            engine.close()
            takeOutput(of: engine)
            send()
        }
        endLater(nil)
    }

    /// It is closed from now on, and tells so in a turn of its own.
    func endLater(_ error: (any Error)?) {
        guard phase != .closed else { return }
        release()
        ending = .some(error)
        needsTurn()
    }

    /// It is closed, and tells so.
    func end(_ error: (any Error)?) {
        guard phase != .closed else { return }
        release()
        tellEnd(error)
    }

    private func release() {
        phase = .closed
        loop.poll.forget(socket.descriptor)
        socket.close()
        outgoing.removeAll()
        plaintext.removeAll()
        isWritable = true
        loop.load.subtract(1, ordering: .relaxed)
    }

    private func tellEnd(_ error: (any Error)?) {
        let last = owner
        owner = nil
        if let error { last?.happened(.failed(error)) }
        last?.happened(.closed)
    }
}

extension Connection: TurnTaker {
    func turn() {
        awaitsTurn = false
        if let error = ending.take() { return tellEnd(error) }
        if owesWritable {
            owesWritable = false
            if isWritable { owner?.happened(.writable) }
        }
        read()
    }
}

extension Connection: EventSource {
    func ready(_ readiness: Readiness) {
        guard phase != .closed else { return }
        if readiness.isOver { isOver = true }
        if readiness.inputEnds { inputEnds = true }
        if readiness.input { hasInput = true }
        if readiness.output { sendMore() }
        read()
    }

    func loopEnded() {
        guard phase != .closed else { return }
        release()
        owner = nil
    }
}
