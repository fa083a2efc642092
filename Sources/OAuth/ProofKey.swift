// Proof that who brings the code is who has asked for it (PKCE, RFC 7636), and other texts that nobody can guess.
// Must not be written anywhere.

import TLS

/// The verifier of one authorization.
struct ProofKey: Sendable {
    let verifier: Secret
    /// Its SHA-256, as the browser shows it to the provider.
    let challenge: String

    /// Nil where the system's OpenSSL may not compute the digest.
    init?() { self.init(verifier: RandomText.make()) }

    init?(verifier text: String) {
        guard let verifier = Secret(text), let digest = SHA256.digest(of: Array(text.utf8)) else { return nil }
        self.verifier = verifier
        challenge = Base64URL.text(digest)
    }
}

enum RandomText {
    /// 256 bits from the system.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.text((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}

/// RFC 4648, 5, without padding.
enum Base64URL {
    static func text(_ octets: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            var bits = group.reduce(0) { $0 << 8 | Int($1) }
            bits <<= 8 * (3 - group.count)
            for index in 0...group.count { text.append(alphabet[bits >> (18 - 6 * index) & 63]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
