// The bounds of the TLS layer, each with its reason.
// Values only: who enforces a bound names it at the place.

/// The bounds of the TLS layer.
enum Limits {
    /// Octets of plaintext that may be written before the handshake ends: a greeting and a few commands fit many times.
    static let plaintextBeforeHandshake = 65_536

    /// The largest plaintext of one record (RFC 8446, 5.1). Small writes are gathered up to this size.
    static let record = 16_384

    /// Octets that a record adds to its plaintext at most with the ciphers in use: header, nonce, tag, padding.
    static let recordOverhead = 96

    /// Octets of the largest PEM file that is read: far more than any bundle of roots has.
    static let pemFile = 16 * 1024 * 1024

    /// Certificates in one chain file: public chains have 2 to 4.
    static let chainLength = 16

    /// Names of a peer's certificate that an error message repeats, and the characters of each.
    static let namesInMessage = 4
    static let nameCharacters = 128

    /// How long a key encrypts new session tickets.
    static let ticketKeyAge = Duration.seconds(3600)

    /// How long a ticket may be used, as OpenSSL's contexts of servers have it by themselves.
    static let ticketAge = Duration.seconds(7200)

    /// Sessions kept for resumption in one client context: one for each parallel login of a busy second.
    static let cachedSessions = 64

    /// Of these, sessions for one server name.
    static let cachedSessionsPerName = 32

    /// Octets of one session kept for resumption, with its ticket and the server's certificate. Larger ones are not kept.
    static let cachedSessionSize = 16_384

    /// Seconds that a session may be resumed after its full handshake: a certificate that was withdrawn counts that long.
    static let cachedSessionAge = 3600
}
