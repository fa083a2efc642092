// The client's side of each mechanism, with the examples of its RFC.

import Testing

@testable import SASL

@Suite struct MechanismTests {
    private func client(
        _ mechanism: SASLMechanism,
        _ user: String,
        _ secret: String,
        nonce: String? = nil
    ) throws -> SASLClient {
        let client = SASLClient(
            mechanism,
            user: Array(user.utf8),
            secret: Array(secret.utf8),
            host: "pop.example.com",
            port: 995,
            nonce: nonce.map { Array($0.utf8) }
        )
        return try #require(client)
    }

    private func text(_ octets: [UInt8]?) -> String? { octets.map { String(decoding: $0, as: UTF8.self) } }

    /// What is said to a challenge.
    private func answer(_ client: inout SASLClient, _ challenge: String) -> String {
        switch client.challenge(Array(challenge.utf8)) {
        case .answer(let octets, let decides, let complaint):
            String(decoding: octets, as: UTF8.self) + (decides ? "!" : "") + (complaint.map { " (\($0))" } ?? "")
        case .failed(let why): "failed: \(why)"
        }
    }

    /// RFC 5802 section 5, RFC 7677 section 3.
    static let examples: [(mechanism: SASLMechanism, nonce: String, lines: [String])] = [
        (
            .scramSHA1, "fyko+d2lbbFgONRv9qkxdawL",
            [
                "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
                "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            ]
        ),
        (
            .scramSHA256, "rOprNGfwEbeRWgbNEkqO",
            [
                "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ]
        ),
    ]

    @Test("SCRAM, step by step", arguments: examples)
    func scram(_ example: (mechanism: SASLMechanism, nonce: String, lines: [String])) throws {
        var client = try client(example.mechanism, "user", "pencil", nonce: example.nonce)
        #expect(text(client.first) == example.lines[0])
        #expect(!client.firstDecides)
        #expect(answer(&client, example.lines[1]) == example.lines[2])
        #expect(answer(&client, example.lines[3]) == "!")
        #expect(answer(&client, "") == "failed: the server does not come to an end")
    }

    private static let nonce = "rOprNGfwEbeRWgbNEkqO"
    private static let salt = "s=W22ZaJ0SNY7soEsUEjb6gQ=="

    @Test(
        "a server's first challenge that SCRAM can't have",
        arguments: [
            ("r=\(nonce)x,\(salt),i=4095", "4095 iterations"), ("r=\(nonce)x,\(salt),i=1000001", "1000001 iterations"),
            ("r=\(nonce)x,\(salt),i=-1", "-1 iterations"), ("r=\(nonce),\(salt),i=4096", "nonce"),
            ("r=other,\(salt),i=4096", "nonce"), ("m=x,r=\(nonce)x,\(salt),i=4096", "challenge"),
            ("r=\(nonce)x,s=?,i=4096", "challenge"), ("r=\(nonce)x,s=,i=4096", "challenge"), ("", "challenge"),
            ("r=\(nonce)x,\(salt),i=4096,i=4096", "challenge"), ("r=\(nonce)x,\(salt),i=many", "challenge"),
            ("r=\(nonce)\(String(repeating: "x", count: 600)),\(salt),i=4096", "nonce"),
        ]
    )
    func badChallenge(challenge: String, why: String) throws {
        var client = try client(.scramSHA256, "user", "pencil", nonce: Self.nonce)
        let answer = answer(&client, challenge)
        #expect(answer.hasPrefix("failed: ") && answer.contains(why), "\(answer)")
    }

    @Test(
        "a server that does not know the password",
        arguments: ["v=AAAA", "v=", "", "x", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", "e=other-error"]
    )
    func impostor(last: String) throws {
        var client = try client(.scramSHA256, "user", "pencil", nonce: Self.nonce)
        _ = answer(&client, Self.examples[1].lines[1])
        #expect(answer(&client, last).hasPrefix("failed: the server "))
    }

    @Test("the least and the most iterations", arguments: [4_096, 250_000])
    func iterations(count: Int) throws {
        var client = try client(.scramSHA1, "user", "pencil", nonce: Self.nonce)
        #expect(answer(&client, "r=\(Self.nonce)x,\(Self.salt),i=\(count)").hasPrefix("c=biws,"))
    }

    @Test("each exchange has a nonce of its own")
    func nonces() throws {
        #expect(try client(.scramSHA256, "a", "b").first != client(.scramSHA256, "a", "b").first)
    }

    @Test("names that would be read as something else")
    func names() throws {
        #expect(text(try client(.scramSHA256, "a,b=c", "x", nonce: "n").first) == "n,,n=a=2Cb=3Dc,r=n")
        #expect(text(try client(.oauthBearer, "a,b", "x").first)?.hasPrefix("n,a=a=2Cb,\u{1}host=") == true)
    }

    /// RFC 2195 section 2.
    @Test("CRAM-MD5")
    func cramMD5() throws {
        var client = try client(.cramMD5, "tim", "tanstaaftanstaaf")
        #expect(client.first == nil)
        let challenge = "<1896.697170952@postoffice.reston.mci.net>"
        #expect(answer(&client, challenge) == "tim b913a602c7eda7a495b4e6e7334d3890!")
    }

    /// RFC 1939 section 7.
    @Test("APOP")
    func apop() {
        let stamp = Array("<1896.697170952@dbc.mtview.ca.us>".utf8)
        #expect(text(apopDigest(stamp: stamp, secret: Array("tanstaaf".utf8))) == "c4c9334bac560ecc979e58001b3e22fb")
    }

    @Test("PLAIN, LOGIN")
    func clear() throws {
        var plain = try client(.plain, "me", "secret")
        #expect(text(plain.first) == "\0me\0secret")
        #expect(plain.firstDecides)
        #expect(answer(&plain, "") == "\0me\0secret!")
        #expect(answer(&plain, "").hasPrefix("failed"))
        var login = try client(.login, "me", "secret")
        #expect(login.first == nil)
        #expect(answer(&login, "Username:") == "me")
        #expect(answer(&login, "Password:") == "secret!")
        #expect(answer(&login, "More?").hasPrefix("failed"))
    }

    /// RFC 7628 section 4.1 and 4.3; XOAUTH2 as Google and Microsoft describe it.
    @Test("tokens, and what a server says of a bad one")
    func tokens() throws {
        var standard = try client(.oauthBearer, "user@example.com", "vF9dft4qmT")
        #expect(
            text(standard.first)
                == "n,a=user@example.com,\u{1}host=pop.example.com\u{1}port=995\u{1}auth=Bearer vF9dft4qmT\u{1}\u{1}"
        )
        #expect(standard.firstDecides)
        let error = #"{"status":"invalid_token","scope":"example_scope"}"#
        #expect(answer(&standard, error) == "\u{1} (the token was refused: invalid_token)")
        var google = try client(.xoauth2, "someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
        #expect(
            encodedBase64(google.first ?? [])
                == Array(
                    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
                        .utf8
                )
        )
        #expect(answer(&google, #"{"status": "400" }"#) == " (the token was refused: 400)")
        #expect(answer(&google, "") == "failed: the server does not come to an end")
    }

    @Test(
        "nothing of a hostile complaint is quoted",
        arguments: ["", "status", #"{"status":"<b>\u0007"}"#, "\u{1b}[2J"]
    )
    func complaints(words: String) throws {
        var client = try client(.xoauth2, "me", "token")
        #expect(answer(&client, words) == " (the token was refused)")
    }

    @Test("nobody can print the secret")
    func silent() throws {
        let client = try client(.plain, "me", "hunter2")
        #expect(!"\(client)".contains("hunter2") && !String(reflecting: client).contains("hunter2"))
        var dumped = ""
        dump(client, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }

    @Test("base64", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(clear: String, encoded: String) {
        #expect(encodedBase64(Array(clear.utf8)) == Array(encoded.utf8))
        #expect(decodedBase64(Array(encoded.utf8)) == Array(clear.utf8))
    }

    @Test("no base64", arguments: ["Z", "Zg=", "Zg", "Zg=a", "=m9v", "Zm 9", "Z==="])
    func noBase64(text: String) {
        #expect(decodedBase64(Array(text.utf8)) == nil)
    }
}
