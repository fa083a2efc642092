// Judges the certificate of an upstream: chain, dates and name by OpenSSL, pins by us; says in plain words what is wrong.
// It must not accept anything that OpenSSL refused, but for the one setting that says so by name.

import COpenSSL

/// OpenSSL's call in the middle of a handshake, once for the whole chain; 1 accepts it. It runs on the thread and within the call of the
/// connection that it finds, so it may write to that.
func verifyServerCertificate(_ store: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
    let data = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let connection = unsafe TLSConnection.of(data.map { OpaquePointer($0) }),
        case .client(let context, let name) = connection.role,
        let store = unsafe store
    else { return 0 }
    let verification = unsafe Verification(store: store, context: context, name: name, connection: connection)
    guard let problem = verification.problem() else { return 1 }
    connection.rejection = problem
    if unsafe X509_STORE_CTX_get_error(store) == X509_V_OK {
        unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
    }
    return 0
}

/// One judgement. The store belongs to OpenSSL and is valid during the call only.
@safe private struct Verification {
    let store: OpaquePointer
    let context: ClientContext
    let name: ServerName
    let connection: TLSConnection

    func problem() -> CertificateProblem? {
        let isAccepted = unsafe context.verification == .acceptAnyCertificate || X509_verify_cert(store) == 1
        if connection.keepsPeerCertificate { connection.peerCertificate = peerCertificate }
        guard isAccepted else { return chainProblem() }
        // Nobody looks at the chain again; the connection would keep it as long as it lives.
        unsafe X509_STORE_CTX_set0_verified_chain(store, nil)
        guard !context.pins.isEmpty else { return nil }
        guard let pin = leaf?.pin else { return .pinMismatch(got: "none that can be read") }
        return context.pins.contains(pin) ? nil : .pinMismatch(got: pin.description)
    }

    /// The server's own certificate.
    private var leaf: Certificate? { unsafe X509_STORE_CTX_get0_cert(store).map { unsafe Certificate(sharing: $0) } }

    /// For whoever wants to know more than whether it will do.
    private var peerCertificate: PeerCertificate? {
        leaf.map { PeerCertificate($0, issuers: issuers) }
    }

    /// Of the certificates above the server's own: those that were found to sign it, or what the server has sent.
    private var issuers: [String] {
        let chain = unsafe X509_STORE_CTX_get0_chain(store) ?? X509_STORE_CTX_get0_untrusted(store)
        let count = unsafe chain.map { unsafe Int(shim_sk_X509_num($0)) } ?? 0
        return (1..<max(1, min(count, Limits.namesInMessage))).compactMap { index in
            unsafe shim_sk_X509_value(chain, Int32(index)).map { unsafe Certificate(sharing: $0).subject }
        }
    }

    private func chainProblem() -> CertificateProblem {
        let code = unsafe X509_STORE_CTX_get_error(store)
        // The certificate at fault, which may be further up the chain.
        let certificate = unsafe X509_STORE_CTX_get_current_cert(store).map { unsafe Certificate(sharing: $0) } ?? leaf
        let subject = certificate?.subject ?? "no name"
        return switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: .expired(subject: subject)
        case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid(subject: subject)
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: .selfSigned(subject: subject)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            .unknownIssuer(issuer: certificate?.issuer ?? "no name")
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            .nameMismatch(
                expected: name.description,
                got: Array((leaf?.names ?? []).prefix(Limits.namesInMessage))
            )
        default: unsafe .other(reason: String(cString: X509_verify_cert_error_string(Int(code))))
        }
    }
}
