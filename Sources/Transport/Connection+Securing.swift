// TLS on a connection, from its start or from the middle: handshake, records, alerts.
// Must not decide anything about certificates.

import NIOCore
package import TLS

extension Connection {
    /// Begins TLS. What was written before goes out in plain text; what was read before is not this connection's any more.
    package func secure(with engine: TLSConnection) {
        guard phase == .open, case .none = security else { return }
        letGo()
        security = .handshaking(engine)
        var nothing = ByteBuffer()
        let outcome = engine.handshake(&nothing)
        takeOutput(of: engine)
        send()
        if case .failed(let error) = outcome { endLater(error) }
        // The peer may have begun already, while nothing was read.
        if hasInput { needsTurn() }
    }

    func handshake(_ ciphertext: inout ByteBuffer, with engine: TLSConnection) {
        let outcome = engine.handshake(&ciphertext)
        switch outcome {
        case .wantsMore:
            takeOutput(of: engine)
            send()
        case .failed(let error): fail(error)
        case .complete:
            security = .secured(engine)
            let completed = engine.settle()
            // What was written meanwhile leaves at the end of the turn, in one write with the end of the handshake and with
            // what the event makes the owner write until then.
            owner?.happened(.secured(completed))
            guard phase == .open else { return }
            loop.atEndOfTurn(self)
            if ciphertext.readableBytes > 0 { decrypt(&ciphertext, with: engine) }
        }
    }

    func decrypt(_ ciphertext: inout ByteBuffer, with engine: TLSConnection) {
        var decrypted = loop.plaintexts.take(ciphertext.readableBytes)
        defer { loop.plaintexts.giveBack(decrypted, isInUse: loop.hasEndings) }
        let before = engine.outputOctets
        var outcome = engine.read(&ciphertext, into: &decrypted)
        if outcome == .wantsMore, engine.outputOctets > before, !isWritable {
            // Demands for renegotiation are answered by alerts: a peer that reads none of them must not fill our memory.
            outcome = .failed(.protocolError(reason: "the peer demands answers and does not read them"))
        }
        takeOutput(of: engine)
        send()
        if decrypted.readableBytes > 0 { owner?.happened(.received(decrypted)) }
        // Whoever was given the plaintext may have closed.
        guard phase == .open else { return }
        switch outcome {
        case .wantsMore: break
        case .complete: inputEnded()
        case .failed(let error): fail(error)
        }
    }

    /// Encrypts what was written, in full records as far as it goes, behind what the engine has to say on its own.
    func encrypt(with engine: TLSConnection) {
        for record in plaintext.takeRecords(of: Limits.record) {
            switch engine.write(record) {
            case .complete: continue
            case .wantsMore: return endLater(TLSError.protocolError(reason: "the peer wants a new handshake"))
            case .failed(let error):
                takeOutput(of: engine)
                send()
                return endLater(error)
            }
        }
        takeOutput(of: engine)
    }

    /// What the engine has for the peer goes out next.
    func takeOutput(of engine: TLSConnection) {
        guard let output = engine.takeOutput() else { return }
        outgoing.append(output)
        if unsentOctets > backlog { isWritable = false }
    }

    /// Tells the peer by an alert, the owner by an error, and closes. Where sending has failed before, all follows from that.
    func fail(_ error: TLSError) {
        let reason: any Error = sendError ?? error
        if case .handshaking(let engine) = security { takeOutput(of: engine) }
        if case .secured(let engine) = security { takeOutput(of: engine) }
        send()
        end(reason)
    }
}
