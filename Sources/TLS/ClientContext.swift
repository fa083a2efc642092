// What all TLS connections to an upstream share: whom we trust, pins, our own certificate, sessions to resume.
// It must not change once made, but for the session cache, which has a lock of its own.

import COpenSSL

/// The upstream's side of TLS. Immutable, so it may be used by all event loops.
package final class ClientContext: Sendable {
    /// How a server's certificate is judged.
    package enum Verification: Hashable, Sendable {
        /// Chain to the system's roots, and the host name.
        case systemRoots
        /// Chain to a certificate of this PEM file (a root, an intermediate, or the server's own), and the host name.
        case roots(file: String)
        /// Nothing is checked, neither chain nor name nor dates: anybody in between can read and change all. Pins still count.
        case acceptAnyCertificate
    }

    /// Our own certificate, where there is one.
    package let certificate: ServerContext.CertificateSummary?

    let handle: SSLContextHandle
    let verification: Verification
    let pins: Set<PublicKeyPin>
    let sessions: SessionCache?
    let sharedSessions = SharedSessions()

    /// - Parameters:
    ///   - pins: the server's public key must be one of these, unless there are none.
    ///   - clientCertificate: shown to a server that asks for one.
    ///   - resumption: whether sessions are kept to be resumed; a resumed one has been verified by this same context.
    package init(
        verification: Verification = .systemRoots,
        pins: Set<PublicKeyPin> = [],
        clientCertificate: ServerContext.CertificateFiles? = nil,
        resumption: Bool = true,
        speaks spoken: ApplicationProtocol = .pop3
    ) throws(TLSConfigurationError) {
        handle = try unsafe SSLContextHandle(method: TLS_client_method())
        self.verification = verification
        self.pins = pins
        sessions = resumption ? SessionCache() : nil
        try Self.trust(verification, in: handle)
        certificate = if let clientCertificate { try handle.use(clientCertificate) } else { nil }
        unsafe SSL_CTX_set_verify(handle.pointer, SSL_VERIFY_PEER, nil)
        unsafe SSL_CTX_set_cert_verify_callback(handle.pointer, verifyServerCertificate, nil)
        let alpn = spoken.list
        unsafe SSL_CTX_set_alpn_protos(handle.pointer, alpn, UInt32(alpn.count))
        Self.keepSessions(resumption, in: handle)
    }

    private static func trust(
        _ verification: Verification,
        in handle: SSLContextHandle
    ) throws(TLSConfigurationError) {
        switch verification {
        case .acceptAnyCertificate: break
        case .systemRoots: unsafe SSL_CTX_set_default_verify_paths(handle.pointer)
        case .roots(let path):
            let file = try PEMFile(path)
            let store = unsafe SSL_CTX_get_cert_store(handle.pointer)
            for root in try file.certificates(limit: .max) {
                // The store takes a reference of its own.
                unsafe X509_STORE_add_cert(store, root.pointer)
            }
            // Who names a file trusts what is in it, also if that is not self-signed.
            unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
    }

    private static func keepSessions(_ resumption: Bool, in handle: SSLContextHandle) {
        let mode = resumption ? Int(SSL_SESS_CACHE_CLIENT) | shim_SSL_SESS_CACHE_NO_INTERNAL : Int(SSL_SESS_CACHE_OFF)
        unsafe shim_SSL_CTX_set_session_cache_mode(handle.pointer, mode)
        if resumption { unsafe SSL_CTX_sess_set_new_cb(handle.pointer, keepSession) }
    }

    /// Sets on `ssl` what depends on the server: its name, to check and to ask for.
    func prepare(_ ssl: OpaquePointer, for name: ServerName) -> Bool {
        let parameters = unsafe SSL_get0_param(ssl)
        switch name.kind {
        case .address:
            guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name.description) == 1 else { return false }
        case .dns:
            // RFC 7817, 3: DNS names of the certificate only, and a wildcard is a whole left-most label.
            let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
            unsafe X509_VERIFY_PARAM_set_hostflags(parameters, flags)
            guard unsafe X509_VERIFY_PARAM_set1_host(parameters, name.description, 0) == 1,
                unsafe shim_SSL_set_tlsext_host_name(ssl, name.description) == 1
            else { return false }
        }
        return true
    }
}

/// A session came that could be resumed. The connection's own context keeps a copy; OpenSSL keeps its reference.
private func keepSession(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
    unsafe TLSConnection.of(ssl)?.keep(session)
    return 0
}
