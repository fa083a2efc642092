// The bounds of the handler, each with its reason.
// Values only.

import NIOCore

enum Limits {
    /// Octets of plaintext that may be written before the handshake ends: a greeting and a few commands fit many times.
    static let plaintextBeforeHandshake = 65_536

    /// How long a closing connection waits for its last octets and the close_notify to leave.
    static let closeNotifyWait = TimeAmount.seconds(2)

    /// The largest plaintext of one record (RFC 8446, 5.1).
    static let record = 16_384

    /// Octets of ciphertext that are handed to the channel at once.
    static let ciphertextChunk = 8 * record
}
