// Reads OpenSSL's error queue and says in plain words what stands there.
// It must not decide what follows from a failure.

import COpenSSL

/// One entry of the calling thread's error queue. The queue must have been cleared before the call that failed.
struct OpenSSLFailure {
    /// Which part of OpenSSL it comes from (`ERR_LIB_…`).
    let library: Int32
    /// What happened, a number of that part's own (`SSL_R_…`).
    let reason: Int32

    /// The first entry of the queue, which is nearest to the cause; the queue is empty afterwards.
    static func next() -> OpenSSLFailure {
        let code = ERR_get_error()
        ERR_clear_error()
        return OpenSSLFailure(library: shim_ERR_GET_LIB(code), reason: shim_ERR_GET_REASON(code))
    }

    /// What happened, as a log line can say it.
    var words: String {
        if library == ERR_LIB_SSL, let known = Self.known[reason] { return known }
        if library == ERR_LIB_SSL, let alert { return "the peer refused: \(alert)" }
        let code = UInt(library) << 23 | UInt(reason)
        guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return "no reason given" }
        return unsafe String(cString: text)
    }

    /// The name of the alert that the peer sent, if that was the failure: alert n has reason 1000 + n.
    private var alert: String? {
        guard (1000...1255).contains(reason) else { return nil }
        return unsafe String(cString: SSL_alert_desc_string_long(reason - 1000))
    }

    /// OpenSSL's words for these are about its own insides.
    private static let known: [Int32: String] = [
        SSL_R_HTTP_REQUEST: "the peer speaks HTTP, not TLS",
        SSL_R_HTTPS_PROXY_REQUEST: "the peer speaks HTTP, not TLS",
        SSL_R_WRONG_VERSION_NUMBER: "the peer does not speak TLS, or a version that is not supported",
        SSL_R_UNSUPPORTED_PROTOCOL: "no TLS version in common",
        SSL_R_VERSION_TOO_LOW: "no TLS version in common",
        SSL_R_NO_SHARED_CIPHER: "no cipher in common",
        SSL_R_NO_APPLICATION_PROTOCOL: "the client offers application protocols (ALPN) without pop3",
        SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "the peer refused: it speaks another protocol (ALPN)",
        SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: "the peer refused: no TLS version in common",
        SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            "the peer refused: handshake failure (nothing in common, or no certificate)",
        SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: "a record was forged or damaged",
        SSL_R_UNEXPECTED_EOF_WHILE_READING: "the connection ended without close_notify",
    ]
}
