// The certificate that a server has shown, as far as people ask about it.
// Values only: it outlives its connection.

/// What stands in a server's certificate.
package struct PeerCertificate: Equatable, Sendable {
    /// As RFC 2253 writes it.
    package var subject: String
    /// DNS names and IP addresses.
    package var names: [String]
    /// Whoever has signed it, and who has signed that, as far as is known.
    package var issuers: [String]
    /// Its validity in seconds since 1970; nil where it can't be read.
    package var notBefore: Int64?
    package var notAfter: Int64?
    /// Of its public key.
    package var pin: PublicKeyPin?

    init(_ certificate: Certificate, issuers: [String]) {
        subject = certificate.subject
        names = Array(certificate.names.prefix(Limits.namesInMessage))
        self.issuers = issuers.isEmpty ? [certificate.issuer] : issuers
        notBefore = certificate.notBefore
        notAfter = certificate.notAfter
        pin = certificate.pin
    }
}
