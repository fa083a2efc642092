// Every bound of the mechanisms: name, value, reason.
// Must not hold bounds of lines; POP3 has those.

/// What a server may ask for.
package enum Limits {
    /// Of SCRAM: fewer would let somebody who poses as the server find the password out (RFC 7677 section 4); with more,
    /// a server could keep us busy for minutes.
    static let iterations = 4_096...250_000
    /// Octets of a nonce and of a salt: real ones have a tenth of it.
    static let parameter = 512
    /// Characters of a server's complaint that are told.
    static let complaint = 60
}
