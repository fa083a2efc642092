// What is sealed is opened by who has the key, whole and in its context, or not at all.

import Testing

@testable import TLS

@Suite struct AuthenticatedCipherTests {
    private let key = [UInt8](repeating: 7, count: 32)

    @Test(arguments: [0, 1, 15, 16, 17, 100_000])
    func opens(octets: Int) throws {
        let cipher = try #require(AuthenticatedCipher(key: key))
        let plaintext = (0..<octets).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = try #require(cipher.seal(plaintext, context: [1, 2]))
        #expect(sealed.count == octets + 28)
        #expect(cipher.open(sealed, context: [1, 2]) == plaintext)
        #expect(cipher.seal(plaintext, context: [1, 2]) != sealed)
        #expect(cipher.open(sealed, context: [1]) == nil)
        #expect(AuthenticatedCipher(key: key.map { $0 + 1 })?.open(sealed, context: [1, 2]) == nil)
    }

    @Test("a changed or cut octet is noticed wherever it is")
    func changes() throws {
        let cipher = try #require(AuthenticatedCipher(key: key))
        let sealed = try #require(cipher.seal(Array("token".utf8), context: []))
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(cipher.open(changed, context: []) == nil)
            #expect(cipher.open(Array(sealed.prefix(index)), context: []) == nil)
        }
    }

    /// NIST's test case 16 (GCM with AES-256, additional data).
    @Test("ciphertext of another implementation")
    func standard() throws {
        func octets(_ text: String) -> [UInt8] {
            let digits = Array(text)
            return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        }
        let cipher = try #require(
            AuthenticatedCipher(key: octets("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        )
        let sealed = octets(
            "cafebabefacedbaddecaf888"
                + "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                + "c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b"
        )
        let plaintext = octets(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                + "b16aedf5aa0de657ba637b39"
        )
        #expect(cipher.open(sealed, context: octets("feedfacedeadbeeffeedfacedeadbeefabaddad2")) == plaintext)
    }

    @Test("a key has 32 octets, and is not shown")
    func keys() throws {
        #expect(AuthenticatedCipher(key: Array(key.dropLast())) == nil)
        var shown = ""
        dump(try #require(AuthenticatedCipher(key: key)), to: &shown)
        #expect(!shown.contains("7"))
    }
}
