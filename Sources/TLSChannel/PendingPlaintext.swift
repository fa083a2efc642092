// Plaintext on its way to the next flush: gathers small writes into whole records, passes large ones on uncopied.
// It must not hold more than one record once the handshake is over.

import NIOCore
import TLS

/// Writes that will never be flushed.
struct AbandonedWrites {
    fileprivate let promises: [EventLoopPromise<Void>]

    func fail(_ error: any Error) {
        for promise in promises { promise.fail(error) }
    }
}

/// What was written and is not encrypted yet, and the promises of all that was not flushed yet.
struct PendingPlaintext {
    /// Nothing copied while it is one write only.
    private var gathered: ByteBuffer?
    private var promises: [EventLoopPromise<Void>] = []

    /// Before the handshake is over: keeps the octets; false if they are more than the limit.
    mutating func add(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?) -> Bool {
        if let promise { promises.append(promise) }
        guard (gathered?.readableBytes ?? 0) + buffer.readableBytes <= Limits.plaintextBeforeHandshake else {
            return false
        }
        gather(buffer)
        return true
    }

    /// After the handshake: encrypts what fills a record, keeps the rest.
    mutating func add(
        _ buffer: ByteBuffer,
        _ promise: EventLoopPromise<Void>?,
        encryptingWith connection: TLSConnection
    ) -> TLSError? {
        if let promise { promises.append(promise) }
        if (gathered?.readableBytes ?? 0) + buffer.readableBytes <= Limits.record {
            gather(buffer)
            return nil
        }
        return encrypt(with: connection) ?? encrypt(buffer, with: connection)
    }

    /// Encrypts what was gathered.
    mutating func encrypt(with connection: TLSConnection) -> TLSError? {
        guard let plaintext = gathered.take() else { return nil }
        return encrypt(plaintext, with: connection)
    }

    /// One promise that keeps all of them; nil if nobody waits.
    mutating func takePromises(on eventLoop: any EventLoop) -> EventLoopPromise<Void>? {
        guard promises.count > 1 else { return promises.popLast() }
        let waiting = promises
        promises = []
        let all = eventLoop.makePromise(of: Void.self)
        for promise in waiting { all.futureResult.cascade(to: promise) }
        return all
    }

    /// Drops what was gathered and gives away the promises of all that was not flushed. Their owner fails them as the last
    /// thing it does: whoever is told may call it again at once.
    mutating func abandon() -> AbandonedWrites {
        gathered = nil
        defer { promises = [] }
        return AbandonedWrites(promises: promises)
    }

    private mutating func gather(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 0 else { return }
        if gathered == nil {
            gathered = buffer
        } else {
            gathered?.writeImmutableBuffer(buffer)
        }
    }

    private func encrypt(_ buffer: ByteBuffer, with connection: TLSConnection) -> TLSError? {
        switch connection.write(buffer) {
        case .complete: nil
        case .wantsMore: .protocolError(reason: "the peer wants a new handshake")
        case .failed(let error): error
        }
    }
}
