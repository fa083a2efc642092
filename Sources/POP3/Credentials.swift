// A name and a secret, kept from every text that a person or a log could see.
// Must not be printable: no description, no reflection, no Codable.

/// What a client logs in with.
package struct Credentials: Equatable, Sendable, CustomReflectable, CustomStringConvertible {
    package let user: [UInt8]
    /// Only ever written to the upstream.
    package let secret: [UInt8]

    /// Nil where an octet could end a line or hide a part of it (CR, LF, NUL): such a name must not reach a server.
    package init?(user: [UInt8], secret: [UInt8]) {
        guard !user.isEmpty, !secret.isEmpty else { return nil }
        guard (user + secret).allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        self.user = user
        self.secret = secret
    }

    package var description: String { "(credentials)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
