// What the peer sends, decrypted where it is encrypted.
// Must not read more than once in a turn: others have their turns, too.

import Glibc
package import NIOCore
import TLS

extension Connection {
    /// Stops or resumes reading: how a slow reader on one side slows the other side down.
    package func read(_ reads: Bool) {
        guard reads != isReading else { return }
        isReading = reads
        if reads, hasInput { needsTurn() }
    }

    /// What its owner has read for somebody else: the owner that it has from now on is told again, in a turn of its own. Where
    /// TLS has begun meanwhile it is a part of that.
    package func giveBack(_ octets: ByteBuffer) {
        guard phase == .open, octets.readableBytes > 0 else { return }
        // The memory that was read into is the loop's.
        returned = ByteBuffer(bytes: octets.readableBytesView)
        hasInput = true
        needsTurn()
    }

    func read() {
        switch phase {
        case .closed: return
        // What it still says is not heard; it may have gone.
        case .closing:
            if isOver { end(nil) }
            return
        case .open: break
        }
        guard !isInputOver else {
            if isOver { end(whyOver) }
            return
        }
        // A connection that is broken has nothing to wait for: what it has left is taken, and its end is seen. A handshake
        // reads by itself.
        guard hasInput else { return }
        if isHandshaking { return awaitHandshake() }
        if isReading || isOver { receive() }
    }

    private func awaitHandshake() {
        guard !awaitsHandshake else { return }
        awaitsHandshake = true
        loop.shakeHands(with: self)
    }

    /// The loop has time for it.
    func handshakeTurn() {
        awaitsHandshake = false
        // It may have ended meanwhile.
        if phase == .open, !isInputOver, hasInput { receive() }
    }

    private var isHandshaking: Bool { if case .handshaking = security { true } else { false } }

    private func receive() {
        if let octets = returned {
            returned = nil
            // The kernel may have more.
            needsTurn()
            return take(octets)
        }
        if loop.areas.areUsedUp || loop.plaintexts.areUsedUp { loop.endTurn() }
        var area = loop.areas.take(Limits.read)
        let room = area.writableBytes
        let outcome = socket.receive(into: &area)
        switch outcome {
        case .done(0): inputOver()
        case .done(let count):
            // A read that is not full has emptied the kernel's buffer.
            if count == room || inputEnds { needsTurn() } else { hasInput = false }
            take(area)
        case .wouldBlock:
            hasInput = false
            if isOver { end(whyOver) }
        case .failed(let number): end(IOError(errnoCode: number, reason: "recv"))
        }
        loop.areas.giveBack(area, isInUse: loop.hasEndings)
    }

    /// Before the end: what is left in the kernel's buffer would make it reset the connection, and the peer would not hear
    /// our last words.
    func discardInput() {
        guard hasInput else { return }
        var area = loop.areas.take(Limits.read)
        for _ in 0..<Limits.discards where hasInput {
            area.clear()
            let room = area.writableBytes
            if case .done(room) = socket.receive(into: &area) { continue }
            hasInput = false
        }
        loop.areas.giveBack(area, isInUse: false)
    }

    private func take(_ octets: ByteBuffer) {
        switch security {
        case .none: owner?.happened(.received(octets))
        case .handshaking(let engine):
            var ciphertext = octets
            handshake(&ciphertext, with: engine)
        case .secured(let engine):
            var ciphertext = octets
            decrypt(&ciphertext, with: engine)
        }
    }

    /// The peer has closed its half of the connection.
    private func inputOver() {
        hasInput = false
        isInputOver = true
        switch security {
        case .handshaking: return fail(.handshakeFailed(reason: "the peer closed the connection"))
        // It has not said that it is over: somebody may have cut it off.
        case .secured(let engine):
            engine.close()
            return fail(.closedWithoutNotify)
        case .none: break
        }
        inputEnded()
    }

    /// What follows where the peer has said all.
    func inputEnded() {
        guard phase == .open else { return }
        isInputOver = true
        guard allowsHalfClosure else { return endInOrder() }
        owner?.happened(.inputEnded)
        if phase == .open, isOver { end(whyOver) }
    }

    /// Of a connection whose peer has ended it; whether it still hears our farewell is of no account.
    private func endInOrder() {
        let error = sendError
        if case .secured(let engine) = security, outgoing.isEmpty, error == nil {
            engine.close()
            takeOutput(of: engine)
            send()
        }
        end(error)
    }

    /// What has broken the connection. The kernel tells an error once: where sending has failed it has none left.
    private var whyOver: IOError? {
        if let sendError { return sendError }
        let number = socket.pendingError
        return number == 0 ? nil : IOError(errnoCode: number, reason: "recv")
    }
}
