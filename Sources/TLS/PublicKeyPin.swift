// A public key pin as curl writes it: "sha256//" and the base64 of the SHA-256 of the SubjectPublicKeyInfo.
// It must not be taken for a secret: it is compared in plain, and printed in errors.

import COpenSSL

/// The digest of a public key that a peer must have (RFC 7469's measure, curl's notation).
package struct PublicKeyPin: Hashable, Sendable, CustomStringConvertible {
    /// `sha256//` and 44 characters of base64.
    package let description: String

    private static let prefix = "sha256//"

    /// Reads curl's notation; nil if it is not that or not 32 octets long.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let base64 = Array(text.utf8.dropFirst(Self.prefix.utf8.count))
        guard base64.count == 44, base64.last == UInt8(ascii: "="), base64[42] != UInt8(ascii: "=") else { return nil }
        var decoded = [UInt8](repeating: 0, count: 33)
        guard unsafe EVP_DecodeBlock(&decoded, base64, 44) == 33 else { return nil }
        self.init(digest: Array(decoded.prefix(32)))
    }

    /// The pin of a digest of 32 octets.
    init(digest: [UInt8]) {
        var base64 = [UInt8](repeating: 0, count: 4 * ((digest.count + 2) / 3) + 1)
        let count = unsafe EVP_EncodeBlock(&base64, digest, Int32(truncatingIfNeeded: digest.count))
        description = Self.prefix + String(decoding: base64.prefix(Int(count)), as: UTF8.self)
    }
}
