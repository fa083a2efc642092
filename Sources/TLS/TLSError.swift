// What can go wrong with a connection, sorted by whose fault it is, in words that can stand in a log line.
// Nothing here knows OpenSSL: OpenSSLFailure.swift translates.

/// Why a TLS connection failed. After any of these the connection is dead.
package enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// We do not accept the peer's certificate.
    case certificateRejected(CertificateProblem)
    /// There was no agreement, or the peer left or refused before there was one.
    case handshakeFailed(reason: String)
    /// The peer broke the rules of TLS after the handshake, or a record was forged or damaged.
    case protocolError(reason: String)
    /// The connection ended without the peer's close_notify: what was read may lack its end (RFC 8446, 6.1).
    case closedWithoutNotify
    /// More was written before the handshake ended than `Limits.plaintextBeforeHandshake`.
    case tooMuchBeforeHandshake
    /// OpenSSL refused a call that cannot fail with valid arguments: no memory, or our bug.
    case unavailable(reason: String)

    /// The failure in plain words, without the peer's address.
    package var description: String {
        switch self {
        case .certificateRejected(let problem): "certificate rejected: \(problem)"
        case .handshakeFailed(let reason): "TLS handshake failed: \(reason)"
        case .protocolError(let reason): "TLS protocol error: \(reason)"
        case .closedWithoutNotify: "the peer closed the connection without TLS close_notify"
        case .tooMuchBeforeHandshake: "more than \(Limits.plaintextBeforeHandshake) octets written before the handshake"
        case .unavailable(let reason): "TLS is not available: \(reason)"
        }
    }
}

/// What is wrong with a peer's certificate.
package enum CertificateProblem: Equatable, Sendable, CustomStringConvertible {
    /// A certificate of the chain is past its notAfter.
    case expired(subject: String)
    /// A certificate of the chain is before its notBefore.
    case notYetValid(subject: String)
    /// The chain ends in a certificate that signed itself and is not among the roots.
    case selfSigned(subject: String)
    /// Nobody among the roots issued it, or the server sent no intermediate certificate.
    case unknownIssuer(issuer: String)
    /// It is for other names (RFC 7817: DNS and IP names only, never the common name).
    case nameMismatch(expected: String, got: [String])
    /// The chain may be fine, but the public key is not one of the pinned ones.
    case pinMismatch(got: String)
    /// Anything else, in OpenSSL's words.
    case other(reason: String)

    /// The problem in plain words.
    package var description: String {
        switch self {
        case .expired(let subject): "it has expired (\(subject))"
        case .notYetValid(let subject): "it is not valid yet (\(subject))"
        case .selfSigned(let subject):
            "it is self-signed and not among the trusted roots (\(subject)); if it is the right one, name it as ca"
        case .unknownIssuer(let issuer):
            "its issuer is unknown (\(issuer)); if it is to be trusted, name its certificate as ca"
        case .nameMismatch(let expected, let got):
            "the host name does not match: expected \(expected), got \(got.isEmpty ? "none" : got.joined(separator: ", "))"
        case .pinMismatch(let got): "the pin does not match: the server's key is \(got)"
        case .other(let reason): reason
        }
    }
}

/// Why a context could not be made: a fault in the settings or in a file that they name.
package struct TLSConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file at fault, if it is one.
    package var file: String?
    /// What is wrong.
    package var problem: String
    /// What would be right.
    package var fix: String

    /// File, problem and fix in one line.
    package var description: String { "\(file.map { "\($0): " } ?? "")\(problem); \(fix)" }
}
