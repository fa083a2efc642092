// base64, PLAIN, and what must never be printed.

import POP3
import Testing

@Suite struct SASLResponseTests {
    @Test(
        arguments: [
            ("", ""), ("=", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"), ("AAAA", "\0\0\0"),
            ("Z", nil), ("Zg", "f"), ("Zg=", nil), ("Zm8", "fo"), ("Zm9vZ", nil), ("====", nil), ("Z===", nil),
            ("=Zg=", nil),
            ("Zg==Zg==", nil),
            ("Zm=v", nil), ("Zm9v\r\n", nil), ("Zm 9", nil), ("Zm9-", nil), ("Zm9_", nil), ("Zm\u{FC}", nil),
            ("*", nil),
            ("==", nil), ("Zg==\0\0\0\0", nil),
        ] as [(String, String?)]
    )
    func base64(_ text: String, _ decoded: String?) {
        #expect(SASLResponse.decodeBase64(Array(text.utf8).span) == decoded.map { Array($0.utf8) })
    }

    @Test(arguments: [
        ("\0me\0secret", "me", "secret"), ("me\0me\0secret", "me", "secret"), ("\0me\0two words", "me", "two words"),
        ("\0gr\u{FC}n\0\u{FC}", "gr\u{FC}n", "\u{FC}"),
    ])
    func plain(_ message: String, _ user: String, _ secret: String) throws {
        let parsed = SASLResponse.plain(Self.encode(message).span)
        let credentials = try #require(parsed)
        #expect(credentials.user == Array(user.utf8))
        #expect(credentials.secret == Array(secret.utf8))
    }

    @Test(arguments: [
        "", "\0", "\0\0", "\0me\0", "\0\0secret", "me\0secret", "other\0me\0secret", "\0me\0a\0b", "\0me\0a\r\nDELE 1",
        "\0me\n\0x", "\0me\u{7F}\0x", "\0me\0\u{1}", "me secret", "\0\0\0", "\0me\0x\0",
    ])
    func plainIsMalformed(_ message: String) {
        #expect(SASLResponse.plain(Self.encode(message).span) == nil)
    }

    @Test func credentialsAreNeverPrinted() throws {
        let credentials = try #require(Credentials(user: Array("wilma".utf8), secret: Array("hunter2".utf8)))
        var texts = [
            "\(credentials)", String(describing: credentials), String(reflecting: credentials),
            String(describing: Optional(credentials)), String(reflecting: [credentials]),
            "\(Mirror(reflecting: credentials).children.map { "\($0)" })",
        ]
        var dumped = ""
        dump(credentials, to: &dumped)
        dump([credentials], to: &dumped)
        texts.append(dumped)
        for text in texts {
            // As text, and as octets.
            for secret in ["wilma", "hunter2", "119, 105, 108", "104, 117, 110"] {
                #expect(!text.contains(secret), "\(text)")
            }
        }
    }

    private static func encode(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let octets = Array(text.utf8)
        var encoded: [UInt8] = []
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            var bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            var four: [UInt8] = []
            for _ in 0..<4 {
                four.append(alphabet[bits & 63])
                bits >>= 6
            }
            encoded += four.reversed().prefix(group.count + 1) + Array(repeating: 0x3D, count: 3 - group.count)
        }
        return encoded
    }
}
