// The event that says that a handshake is over and what it agreed on.
// Values only, and no more than an audit line may show.

/// Fired as a user inbound event when the handshake is complete; plaintext follows it, never precedes it.
package struct TLSHandshakeCompleted: Equatable, Sendable {
    /// `TLSv1.2` or `TLSv1.3`.
    package var version: String
    /// OpenSSL's name of the cipher, such as `TLS_AES_256_GCM_SHA384`.
    package var cipher: String
    /// The application protocol agreed on by ALPN: `pop3`, or nil where a side does not know ALPN.
    package var negotiatedProtocol: String?
    /// The name that the client asked for (RFC 6066, 3), with unprintable characters replaced; nil if it named none.
    package var serverName: String?
    /// Whether an earlier session was resumed instead of a full handshake.
    package var resumed: Bool
}
