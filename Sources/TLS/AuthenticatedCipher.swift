// Encryption of what lies on disk, which shows whether it was changed: AES-256-GCM (NIST SP 800-38D), from OpenSSL.
// Must not be used for more than 2^32 texts with one key: the numbers used once are drawn by chance.

import COpenSSL

/// A cipher with its key.
package struct AuthenticatedCipher: Sendable, CustomStringConvertible, CustomReflectable {
    /// Octets of a key, of the number used once, and of the tag.
    package static let keySize = 32
    private static let nonceSize = 12
    private static let tagSize = 16

    private let key: [UInt8]

    /// Nil unless the key has 32 octets.
    package init?(key: [UInt8]) {
        guard key.count == Self.keySize else { return nil }
        self.key = key
    }

    package var description: String { "(key)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The number used once, the ciphertext and its tag; nil where OpenSSL can't.
    ///
    /// - Parameter context: is not in it, and has to be the same when it is opened
    package func seal(_ plaintext: [UInt8], context: [UInt8]) -> [UInt8]? {
        var nonce = [UInt8](repeating: 0, count: Self.nonceSize)
        guard unsafe RAND_bytes(&nonce, Int32(nonce.count)) == 1, let cipher = Cipher(key, nonce, encrypts: true),
            cipher.authenticate(context), let ciphertext = cipher.update(plaintext), cipher.finish()
        else { return nil }
        var tag = [UInt8](repeating: 0, count: Self.tagSize)
        guard unsafe EVP_CIPHER_CTX_ctrl(cipher.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1 else {
            return nil
        }
        return nonce + ciphertext + tag
    }

    /// What was sealed with this key in this context; nil for anything else.
    package func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.nonceSize + Self.tagSize else { return nil }
        let ciphertext = Array(sealed[Self.nonceSize..<sealed.count - Self.tagSize])
        var tag = Array(sealed.suffix(Self.tagSize))
        guard let cipher = Cipher(key, Array(sealed.prefix(Self.nonceSize)), encrypts: false),
            cipher.authenticate(context), let plaintext = cipher.update(ciphertext),
            unsafe EVP_CIPHER_CTX_ctrl(cipher.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
            cipher.finish()
        else { return nil }
        return plaintext
    }
}

/// One operation. Owns the context, which clears the key when it is freed.
@safe private final class Cipher {
    let pointer: OpaquePointer
    private let encrypts: Bool

    init?(_ key: [UInt8], _ nonce: [UInt8], encrypts: Bool) {
        guard let pointer = unsafe EVP_CIPHER_CTX_new() else { return nil }
        unsafe self.pointer = pointer
        self.encrypts = encrypts
        // GCM's number has 12 octets unless it is set otherwise.
        guard unsafe EVP_CipherInit_ex(pointer, EVP_aes_256_gcm(), nil, key, nonce, encrypts ? 1 : 0) == 1 else {
            return nil
        }
    }

    deinit { unsafe EVP_CIPHER_CTX_free(pointer) }

    func authenticate(_ context: [UInt8]) -> Bool {
        var count: Int32 = 0
        return unsafe EVP_CipherUpdate(pointer, nil, &count, context, Int32(context.count)) == 1
    }

    func update(_ octets: [UInt8]) -> [UInt8]? {
        guard octets.count < Int(Int32.max) - 64 else { return nil }
        guard !octets.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: octets.count)
        var count: Int32 = 0
        let isDone = unsafe EVP_CipherUpdate(pointer, &output, &count, octets, Int32(octets.count)) == 1
        return isDone && Int(count) == octets.count ? output : nil
    }

    /// Whether the tag is right, when it decrypts.
    func finish() -> Bool {
        var none = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        return unsafe EVP_CipherFinal_ex(pointer, &none, &count) == 1
    }
}
