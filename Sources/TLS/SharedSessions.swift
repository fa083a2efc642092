// Gives back what an established connection keeps of its handshake: a session of its own and, at a client, the
// server's certificates. With thousands of idle connections that is 1 KiB each at a server, 10 KiB at a client.
// It must not touch a connection whose handshake is not over, nor an OpenSSL that it is not known to work with.

import COpenSSL
import Synchronization

/// Sessions that established connections of one context share, one for each pair of protocol version and cipher.
final class SharedSessions: Sendable {
    /// Addresses of a method and a cipher in OpenSSL's constant tables.
    private struct Key: Hashable {
        let method: UInt
        let cipher: UInt
    }

    private let table = Mutex<[Key: SharedSession]>([:])

    /// In OpenSSL 3.2 and later `SSL_set_session` resets every connection.
    private static let isKnownToWork = OpenSSL_version_num() < 0x3020_0000

    /// Replaces the session of `ssl` by a shared one. Tickets of its own have been sent, or kept, before.
    func settle(_ ssl: OpaquePointer) {
        guard Self.isKnownToWork, unsafe SSL_is_init_finished(ssl) == 1, let shared = unsafe shared(for: ssl) else {
            return
        }
        unsafe shared.replaceSession(of: ssl)
    }

    private func shared(for ssl: OpaquePointer) -> SharedSession? {
        guard let own = unsafe SSL_get_session(ssl), unsafe SSL_SESSION_get_max_fragment_length(own) == 0,
            let cipher = unsafe SSL_get_current_cipher(ssl), let method = unsafe SSL_get_ssl_method(ssl)
        else { return nil }
        let key = Key(method: UInt(bitPattern: method), cipher: UInt(bitPattern: cipher))
        return table.withLock { table in
            if let known = table[key] { return known }
            let made = unsafe SharedSession(method: method, cipher: cipher, version: SSL_version(ssl))
            table[key] = made
            return made
        }
    }
}

/// A session without secrets, and the context that it may be set with.
///
/// After the handshake OpenSSL asks a connection's session for three things only: whether there is one, cipher and version
/// (for the session that it makes of a ticket), and the maximum fragment length. So all connections that agree in these can
/// refer to one. `SSL_set_session` would reset a connection whose method is not its context's; after the handshake it is
/// that of one version, so the context is made with exactly that method.
///
/// Invariant of `@unchecked Sendable`: both objects are set up in the initialiser and not changed after it (OpenSSL marks a session in
/// place only if it has an id, which this has not); their references are counted atomically.
@safe private final class SharedSession: @unchecked Sendable {
    private let context: OpaquePointer
    private let session: OpaquePointer

    init?(method: OpaquePointer, cipher: OpaquePointer, version: Int32) {
        guard let context = unsafe SSL_CTX_new(method) else { return nil }
        guard let session = unsafe SSL_SESSION_new() else {
            unsafe SSL_CTX_free(context)
            return nil
        }
        unsafe self.context = context
        unsafe self.session = session
        guard unsafe SSL_SESSION_set_protocol_version(session, version) == 1,
            unsafe SSL_SESSION_set_cipher(session, cipher) == 1
        else { return nil }
    }

    deinit {
        unsafe SSL_SESSION_free(session)
        unsafe SSL_CTX_free(context)
    }

    /// The SSL takes references of its own to both.
    func replaceSession(of ssl: OpaquePointer) {
        guard unsafe SSL_set_SSL_CTX(ssl, context) == context,
            unsafe SSL_get_ssl_method(ssl) == SSL_CTX_get_ssl_method(context)
        else { return }
        unsafe SSL_set_session(ssl, session)
    }
}
