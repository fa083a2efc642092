// The TLS engine of one connection: ciphertext in, plaintext out, and the other way round, over byte areas.
// It must not know channels, event loops or time, and must not be used by two threads at once.

import COpenSSL
package import NIOCore

/// One TLS connection over byte areas.
///
/// Every call may produce ciphertext for the peer, also reading and failing ones: fetch it with `takeOutput()` after each.
/// Not thread-safe; it belongs to whoever made it. Ownership: it owns the `SSL` and the BIO, and keeps the context alive.
@safe package final class TLSConnection {
    /// What a call came to.
    package enum Outcome: Equatable, Sendable {
        /// Done. For `read`: the peer has sent close_notify, nothing follows.
        case complete
        /// All ciphertext is consumed; call again when there is more.
        case wantsMore
        /// The connection is dead. An alert for the peer may be in the output.
        case failed(TLSError)
    }

    /// Octets of plaintext that may wait for the end of a handshake.
    package static let mostBeforeHandshake = Limits.plaintextBeforeHandshake

    /// Which side of the handshake we are.
    enum Role {
        case server(ServerContext)
        case client(ClientContext, ServerName)
    }

    private enum Phase {
        /// No handshake yet, or a part of it.
        case handshaking
        /// Plaintext may go both ways, as far as no close_notify has been sent or received.
        case open
        /// A call has failed; OpenSSL must not be called again.
        case dead(TLSError)
    }

    let ssl: OpaquePointer
    private let bio: CiphertextBIO
    let role: Role
    private var phase = Phase.handshaking

    /// At a client: when the session that it offered to resume ends (SessionCache.swift).
    private(set) var offeredSessionEnd: Int?

    /// Whether ``peerCertificate`` is wanted: it takes memory.
    package var keepsPeerCertificate = false
    /// What a server has shown, accepted or not; written by Verification.swift while the handshake runs. Nil where an earlier
    /// session was resumed.
    package internal(set) var peerCertificate: PeerCertificate?

    /// Why we refused the peer's certificate; written by Verification.swift while the handshake runs.
    var rejection: CertificateProblem?

    /// The side that waits for a ClientHello.
    package convenience init(server context: ServerContext) throws(TLSError) {
        try self.init(role: .server(context), handle: context.handle)
    }

    /// The side that sends the ClientHello; `serverName` is what the peer's certificate must be valid for.
    package convenience init(client context: ClientContext, serverName: ServerName) throws(TLSError) {
        try self.init(role: .client(context, serverName), handle: context.handle)
    }

    private init(role: Role, handle: SSLContextHandle) throws(TLSError) {
        ERR_clear_error()
        guard let bio = CiphertextBIO(), let ssl = unsafe SSL_new(handle.pointer) else {
            throw .unavailable(reason: OpenSSLFailure.next().words)
        }
        self.role = role
        self.bio = bio
        unsafe self.ssl = ssl
        // SSL_set_bio takes one reference when both BIOs are one.
        unsafe BIO_up_ref(bio.pointer)
        unsafe SSL_set_bio(ssl, bio.pointer, bio.pointer)
        // Callbacks find their connection by this; the SSL does not outlive it.
        unsafe shim_SSL_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
        switch role {
        case .server: unsafe SSL_set_accept_state(ssl)
        case .client(let context, let serverName):
            unsafe SSL_set_connect_state(ssl)
            guard unsafe context.prepare(ssl, for: serverName) else {
                throw .unavailable(reason: OpenSSLFailure.next().words)
            }
            offeredSessionEnd = unsafe context.sessions?.resume(ssl, for: serverName)
        }
    }

    deinit {
        unsafe SSL_free(ssl)
    }

    /// The connection whose handshake or record OpenSSL is working on; for callbacks.
    static func of(_ ssl: OpaquePointer?) -> TLSConnection? {
        guard let data = unsafe shim_SSL_get_app_data(ssl) else { return nil }
        return unsafe Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: Handshake

    /// Goes on with the handshake. What follows it in `ciphertext` is left there. A client starts with an empty area.
    package func handshake(_ ciphertext: inout ByteBuffer) -> Outcome {
        switch phase {
        case .open: return .complete
        case .dead(let error): return .failed(error)
        case .handshaking: break
        }
        ERR_clear_error()
        let status = bio.reading(from: &ciphertext) { unsafe SSL_do_handshake(ssl) }
        guard status != 1 else {
            phase = .open
            return .complete
        }
        return outcome(of: status) ?? die(.protocolError(reason: "close_notify in the handshake"))
    }

    /// To be called once the handshake is complete: tells what it agreed on, and gives back what only it needed.
    package func settle() -> TLSHandshakeCompleted {
        let summary = summary
        // TLS 1.2 may resume a session again and again and sends no new one for it.
        if summary.resumed, unsafe SSL_version(ssl) == TLS1_2_VERSION { unsafe keep(SSL_get_session(ssl)) }
        unsafe sharedSessions.settle(ssl)
        return summary
    }

    /// At a server: what its tickets are encrypted with.
    var ticketKeys: TicketKeys? {
        if case .server(let context) = role { context.ticketKeys } else { nil }
    }

    /// Keeps a session of this connection for the next one to the same server.
    func keep(_ session: OpaquePointer?) {
        guard case .client(let context, let name) = role else { return }
        let resumed = unsafe SSL_session_reused(ssl) == 1
        unsafe context.sessions?.keep(session, for: name, until: resumed ? offeredSessionEnd : nil)
    }

    private var sharedSessions: SharedSessions {
        switch role {
        case .server(let context): context.sharedSessions
        case .client(let context, _): context.sharedSessions
        }
    }

    /// What the handshake agreed on. Of use once it is complete.
    var summary: TLSHandshakeCompleted {
        unsafe TLSHandshakeCompleted(
            version: String(cString: SSL_get_version(ssl)),
            cipher: String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))),
            negotiatedProtocol: negotiatedProtocol,
            serverName: SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map {
                unsafe printable(String(cString: $0))
            },
            resumed: SSL_session_reused(ssl) == 1
        )
    }

    private var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name = unsafe name else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    // MARK: Records

    /// Decrypts all of `ciphertext` and appends the plaintext.
    ///
    /// `.failed` and `.complete` too may come with plaintext, of the records before the bad or the last one.
    package func read(_ ciphertext: inout ByteBuffer, into plaintext: inout ByteBuffer) -> Outcome {
        if case .dead(let error) = phase { return .failed(error) }
        return bio.reading(from: &ciphertext) { readRecords(into: &plaintext) }
    }

    private func readRecords(into plaintext: inout ByteBuffer) -> Outcome {
        while unsafe !bio.input.isEmpty || SSL_pending(ssl) > 0 {
            let room = unsafe max(bio.input.count, Int(SSL_pending(ssl)))
            if plaintext.writableBytes < min(room, Limits.record) {
                plaintext.reserveCapacity(minimumWritableBytes: room)
            }
            ERR_clear_error()
            var status: Int32 = 0
            unsafe plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { area in
                var count = 0
                unsafe status = SSL_read_ex(ssl, area.baseAddress, area.count, &count)
                return count
            }
            if status != 1 { return outcome(of: status) ?? .complete }
        }
        return .wantsMore
    }

    /// Encrypts `plaintext` into the output; records are of full size but for the last.
    package func write(_ plaintext: ByteBuffer) -> Outcome {
        if case .dead(let error) = phase { return .failed(error) }
        let octets = plaintext.readableBytes
        guard octets > 0 else { return .complete }
        bio.reserveOutput(octets + (octets / Limits.record + 1) * Limits.recordOverhead)
        ERR_clear_error()
        let status = unsafe plaintext.withUnsafeReadableBytes { area in
            var count = 0
            return unsafe SSL_write_ex(ssl, area.baseAddress, area.count, &count)
        }
        return status == 1 ? .complete : outcome(of: status) ?? .complete
    }

    /// Writes close_notify into the output, once; without a finished handshake there is nothing to close.
    package func close() {
        guard case .open = phase else { return }
        ERR_clear_error()
        if unsafe SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN == 0 { unsafe SSL_shutdown(ssl) }
    }

    /// Ciphertext for the peer, given away with its memory; nil if there is none.
    package func takeOutput() -> ByteBuffer? { bio.takeOutput() }

    /// Octets of ciphertext that wait to be taken.
    package var outputOctets: Int { bio.outputOctets }

    // MARK: Outcomes

    /// What a status other than success means; nil: the peer has sent close_notify.
    private func outcome(of status: Int32) -> Outcome? {
        switch unsafe SSL_get_error(ssl, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wantsMore
        case SSL_ERROR_ZERO_RETURN: nil
        default: die(failure())
        }
    }

    private func failure() -> TLSError {
        let words = OpenSSLFailure.next().words
        if let rejection { return .certificateRejected(rejection) }
        if case .handshaking = phase { return .handshakeFailed(reason: words) }
        return .protocolError(reason: words)
    }

    private func die(_ error: TLSError) -> Outcome {
        phase = .dead(error)
        return .failed(error)
    }
}
