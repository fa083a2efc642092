// What all TLS connections of a listener share: certificates, keys, ALPN, tickets.
// It must not change once made; a reload makes a new one, and running connections keep theirs.

import COpenSSL

/// The listener's side of TLS. Immutable, so it may be used by all event loops.
package final class ServerContext: Sendable {
    /// A PEM chain file (own certificate first) and its private key's file; both may be one file.
    package struct CertificateFiles: Hashable, Sendable {
        package var chain: String
        package var key: String
        /// What would be in the key's file, where there is none; `key` is its name then.
        package var keyText: [UInt8]?

        package init(chain: String, key: String, keyText: [UInt8]? = nil) {
            self.chain = chain
            self.key = key
            self.keyText = keyText
        }
    }

    /// What `check` may show of one certificate.
    package struct CertificateSummary: Equatable, Sendable {
        /// The chain file.
        package var file: String
        /// The subject, as RFC 2253 writes it.
        package var subject: String
        /// DNS names and IP addresses that it is valid for.
        package var names: [String]
        /// When the first certificate of the chain expires: seconds since 1970, UTC.
        package var notAfter: Int64
    }

    let handle: SSLContextHandle
    let sharedSessions = SharedSessions()
    let ticketKeys = TicketKeys()

    /// The certificates in the order given.
    package let certificates: [CertificateSummary]

    /// Makes a context with one certificate, or one of each key type (RSA, ECDSA): OpenSSL takes what the client can use.
    ///
    /// - Parameter spoken: what clients that name protocols (ALPN) have to name
    package init(
        certificates files: [CertificateFiles],
        speaks spoken: ApplicationProtocol = .pop3
    ) throws(TLSConfigurationError) {
        guard !files.isEmpty else {
            throw TLSConfigurationError(problem: "no certificate", fix: "give a certificate and its key")
        }
        handle = try unsafe SSLContextHandle(method: TLS_server_method())
        var summaries: [CertificateSummary] = []
        for pair in files { summaries.append(try handle.use(pair)) }
        certificates = summaries
        Self.configure(handle, spoken)
    }

    /// Makes a context with one certificate.
    package convenience init(certificateChainFile: String, privateKeyFile: String) throws(TLSConfigurationError) {
        try self.init(certificates: [CertificateFiles(chain: certificateChainFile, key: privateKeyFile)])
    }

    /// Tickets are stateless (RFC 8446, 4.6.1): no session is kept in memory. One per connection is what a mail client uses.
    private static func configure(_ handle: SSLContextHandle, _ spoken: ApplicationProtocol) {
        unsafe SSL_CTX_set_options(
            handle.pointer,
            shim_SSL_OP_CIPHER_SERVER_PREFERENCE | shim_SSL_OP_PRIORITIZE_CHACHA
        )
        unsafe shim_SSL_CTX_set_session_cache_mode(handle.pointer, Int(SSL_SESS_CACHE_OFF))
        unsafe SSL_CTX_set_num_tickets(handle.pointer, 1)
        // Otherwise OpenSSL makes keys once, for as long as the context lives.
        handle.rotateTicketKeys()
        switch spoken {
        case .pop3: unsafe SSL_CTX_set_alpn_select_cb(handle.pointer, selectPOP3, nil)
        case .http: unsafe SSL_CTX_set_alpn_select_cb(handle.pointer, selectHTTP, nil)
        }
    }
}

extension ServerContext.CertificateFiles {
    fileprivate var keyFile: PEMFile {
        get throws(TLSConfigurationError) { if let keyText { PEMFile(key, text: keyText) } else { try PEMFile(key) } }
    }
}

extension SSLContextHandle {
    /// Takes a certificate, its chain and its key from files, beside those of other key types.
    func use(
        _ files: ServerContext.CertificateFiles
    ) throws(TLSConfigurationError) -> ServerContext.CertificateSummary {
        let chainFile = try PEMFile(files.chain)
        let chain = try chainFile.certificates()
        let key = try files.keyFile.privateKey()
        let intermediates = unsafe shim_sk_X509_new_null()
        defer { unsafe shim_sk_X509_pop_free(intermediates) }
        for certificate in chain.dropFirst() {
            // The stack owns a reference of its own, which pop_free gives back.
            unsafe X509_up_ref(certificate.pointer)
            unsafe shim_sk_X509_push(intermediates, certificate.pointer)
        }
        ERR_clear_error()
        guard unsafe X509_check_private_key(chain[0].pointer, key.pointer) == 1 else {
            throw PEMFile.mismatch(key: files.key, chain: files.chain)
        }
        guard unsafe SSL_CTX_use_cert_and_key(pointer, chain[0].pointer, key.pointer, intermediates, 0) == 1 else {
            throw chainFile.refusal(OpenSSLFailure.next())
        }
        return ServerContext.CertificateSummary(
            file: files.chain,
            subject: chain[0].subject,
            names: chain[0].names,
            notAfter: chain.compactMap(\.notAfter).min() ?? 0
        )
    }
}

extension PEMFile {
    fileprivate func refusal(_ reason: OpenSSLFailure) -> TLSConfigurationError {
        if reason.library == ERR_LIB_SSL, reason.reason == SSL_R_NOT_REPLACING_CERTIFICATE {
            return failure("there is another certificate of the same key type", fix: "give one for each key type")
        }
        return failure("OpenSSL refuses the certificate: \(reason.words)", fix: "get a new certificate and key")
    }

    fileprivate static func mismatch(key: String, chain: String) -> TLSConfigurationError {
        TLSConfigurationError(
            file: key,
            problem: "the key does not belong to the first certificate in \(chain)",
            fix: "put the server's own certificate first in the chain file, or name the key that it was made with"
        )
    }
}

private func selectPOP3(
    _ ssl: OpaquePointer?,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ length: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe select(.pop3, selected, selectedLength, offered, length)
}

private func selectHTTP(
    _ ssl: OpaquePointer?,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ length: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe select(.http, selected, selectedLength, offered, length)
}

/// ALPN (RFC 7301): a client that names protocols, but not this one, has come to the wrong port, or is being used for an
/// attack across protocols. The list has been checked by OpenSSL: each name has its length before it.
private func select(
    _ spoken: ApplicationProtocol,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ length: UInt32
) -> Int32 {
    let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(length))
    let wanted = spoken.list
    var start = 0
    while start < offers.count {
        let end = unsafe start + 1 + Int(offers[start])
        guard end <= offers.count else { break }
        if unsafe offers[start..<end].elementsEqual(wanted) {
            // Points into the ClientHello, as OpenSSL asks; it copies the name before that goes away.
            unsafe selected?.pointee = offered?.advanced(by: start + 1)
            unsafe selectedLength?.pointee = UInt8(wanted.count - 1)
            return SSL_TLSEXT_ERR_OK
        }
        start = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
