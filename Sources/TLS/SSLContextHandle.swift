// Owns one SSL_CTX and sets what both roles share: protocol versions, memory modes, ALPN's wire form.
// It must not know certificates or verification: the two contexts do.

import COpenSSL

/// What is spoken within TLS, as ALPN names it.
package enum ApplicationProtocol: String, Sendable {
    case pop3
    case http = "http/1.1"

    /// A list of one: the name with its length before it (RFC 7301, 3.1).
    var list: [UInt8] { [UInt8(rawValue.utf8.count)] + Array(rawValue.utf8) }
}

/// The owner of an `SSL_CTX`.
///
/// Invariant of `@unchecked Sendable`: the pointer is set up by one thread, in the initialiser of the context that owns this handle,
/// and never changed after that. OpenSSL counts references atomically and locks what it changes behind `SSL_new`.
@safe final class SSLContextHandle: @unchecked Sendable {
    /// Valid as long as this object; an `SSL` made from it holds its own reference.
    let pointer: OpaquePointer

    init(method: OpaquePointer?) throws(TLSConfigurationError) {
        ERR_clear_error()
        guard let pointer = unsafe SSL_CTX_new(method) else {
            throw TLSConfigurationError(
                problem: "OpenSSL cannot make a context: \(OpenSSLFailure.next().words)",
                fix: "look at the system's openssl.cnf"
            )
        }
        unsafe self.pointer = pointer
        requireModernProtocol()
        saveMemory()
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    /// TLS 1.2 and up, or what the site's crypto policy demands beyond it. Compression and renegotiation are attacks' tools.
    private func requireModernProtocol() {
        if unsafe shim_SSL_CTX_get_min_proto_version(pointer) < TLS1_2_VERSION {
            _ = unsafe shim_SSL_CTX_set_min_proto_version(pointer, TLS1_2_VERSION)
        }
        unsafe SSL_CTX_set_options(pointer, shim_SSL_OP_NO_COMPRESSION | shim_SSL_OP_NO_RENEGOTIATION)
    }

    /// A relay holds thousands of idle sessions: record buffers (32 KiB each) are freed while nothing is in them.
    private func saveMemory() {
        unsafe shim_SSL_CTX_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        unsafe shim_SSL_CTX_set_read_ahead(pointer, 0)
    }
}
