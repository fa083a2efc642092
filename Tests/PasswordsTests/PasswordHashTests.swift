// Hashes: those of others, those that are made here, those that will not do.

import Testing

@testable import Passwords

@Suite struct PasswordHashTests {
    /// Of `secret`, as mkpasswd, htpasswd and doveadm make them.
    static let known = [
        "$y$j75$abcdefghijklmnop$vZlXu1XtxOBWRxjOpQqONp1WYfMO0dN.H4xeSMU2ZvC",
        "$6$rounds=5000$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.",
        "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.",
        "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "$7$CU..../....abcdefgh$XWs9HxtpA2.6U5CDBBbcW.h3o9pYlC.MIIb8JqMgZx6",
        "$gy$j75$abcdefghijklmnop$5Matl8XuRgYmKQHzzPfQ1wwZku2K3P416/n0C0jUu9D",
        "{SHA512-CRYPT}$6$rounds=5000$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.",
        "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
    ]

    @Test("hashes that other programs have made", arguments: known)
    func others(text: String) throws {
        let hash = try PasswordHash(text)
        #expect(hash.matches(Array("secret".utf8)))
        for wrong in ["Secret", "secret ", "", "secre", "secret\0"] { #expect(!hash.matches(Array(wrong.utf8))) }
    }

    @Test("a hash that is made here", arguments: ["secret", "p\u{e4}ss w\u{f6}rd", String(repeating: "x", count: 200)])
    func own(password: String) throws {
        let hash = try #require(PasswordHash.make(of: Array(password.utf8)))
        #expect(hash.text.hasPrefix("$y$"))
        #expect(try PasswordHash(hash.text) == hash)
        #expect(hash.matches(Array(password.utf8)))
        #expect(!hash.matches(Array((password + "x").utf8)))
        #expect(PasswordHash.make(of: Array(password.utf8)) != hash)
    }

    @Test(
        "what is no hash, or none that will do",
        arguments: [
            ("", .unknown), ("secret", .unknown), ("$y$", .unknown), ("$9$abc$def", .unknown), ("$2b$05$", .unknown),
            ("{PLAIN}secret", .scheme("PLAIN")), ("{SSHA}abcd", .scheme("SSHA")), ("{CRYPT}secret", .unknown),
            ("$1$salt$qJH7.N4xYta3aEG/dfqo/0", .weak), ("rl0uE1bQKg3gE", .weak), ("$y$j9T$ $", .unknown),
        ] as [(String, PasswordHashFault)]
    )
    func bad(text: String, fault: PasswordHashFault) {
        #expect(throws: fault) { try PasswordHash(text) }
    }

    @Test("a password with a zero in it has no hash")
    func zero() {
        #expect(PasswordHash.make(of: Array("a\0b".utf8)) == nil)
    }
}

@Suite struct PasswordFileTests {
    static let hash = PasswordHashTests.known[0]

    @Test("users and hashes, whatever else a passwd-file has")
    func lines() throws {
        let text = "# printers\n\nMe@Example.com:\(Self.hash)\r\nyou:\(Self.hash):1000:1000::/home:/bin/false\n  \n"
        let (file, faults) = PasswordFile.read(text)
        #expect(faults.isEmpty)
        #expect(file[Array("me@example.COM".utf8)]?.text == file[Array("you".utf8)]?.text)
        #expect(file[Array("you".utf8)] != nil)
        #expect(file[Array("other".utf8)] == nil)
        #expect(file.any != nil)
    }

    @Test("each fault with its line")
    func faults() {
        let (_, faults) = PasswordFile.read("me\n:\(Self.hash)\nyou:secret\na:\(Self.hash)\nA:\(Self.hash)\n")
        #expect(
            faults == [
                .init(line: 1, cause: .noColon), .init(line: 2, cause: .noUser),
                .init(line: 3, cause: .hash(.unknown)), .init(line: 5, cause: .twice(4)),
            ]
        )
    }
}
