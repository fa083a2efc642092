// A digest that nobody can make another text for, from OpenSSL.
// Must not be used to hide passwords: it is quick.

import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// The 32 octets for a text; nil where OpenSSL is not allowed to compute them.
    package static func digest(of octets: [UInt8]) -> [UInt8]? { digest(of: octets.span) }

    /// The same of octets that lie elsewhere.
    package static func digest(of octets: Span<UInt8>) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let isDone = unsafe octets.withUnsafeBytes { bytes in
            unsafe EVP_Digest(bytes.baseAddress, bytes.count, &digest, &count, EVP_sha256(), nil) == 1
        }
        return isDone && count == 32 ? Array(digest.prefix(32)) : nil
    }

    /// The 32 octets that only who has the key can make of a text (HMAC, RFC 2104); nil where OpenSSL can't.
    package static func code(of octets: [UInt8], key: [UInt8]) -> [UInt8]? {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        let size = code.count
        let isDone = unsafe EVP_Q_mac(
            nil,
            "HMAC",
            nil,
            "SHA256",
            nil,
            key,
            key.count,
            octets,
            octets.count,
            &code,
            size,
            &count
        )
        return unsafe isDone != nil && count == 32 ? Array(code.prefix(32)) : nil
    }
}
