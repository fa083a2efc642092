// What a server may quote of a login, and what is left of it in a log.

import Testing

@testable import POP3

@Suite struct SecretsTests {
    static let hidden = "(not shown: it quotes the login)"

    /// An upstream quoted the PASS line in an odd reply, and the password stood in the audit log.
    static let quotes: [(line: String, excerpt: String)] = [
        ("-ERR bad command: PASS hunter22", "-ERR bad command: PASS [secret]"),
        ("-ERR HUNTER22 hunter22", "-ERR [secret] [secret]"),
        ("what is aHVudGVyMjI= for?", "what is [secret] for?"),
        ("AG1lAGh1bnRlcjIy", "[secret]"),
        ("\0me\0hunter22", "[secret]"),
        ("-ERR no", "-ERR no"),
        // In other words: without padding, inside of something, cut, escaped.
        ("-ERR aHVudGVyMjI", hidden), ("-ERR AG1lAGh1bnRlcjIyAA", "-ERR [secret]AA"),
        ("-ERR AGJvYgBodW50ZXIyMg==", hidden), ("-ERR UEFTUyBodW50ZXIyMg0K", hidden),
        ("-ERR hunter...", hidden), ("-ERR h-u-n-t-e-r-2-2", hidden), ("-ERR %68unter22", hidden),
        ("-ERR =68unter=32=32", hidden), ("-ERR &#104;unter22", hidden), ("-ERR &#x68;unter&#0050;2", hidden),
        ("-ERR 68756e7465723232", hidden), ("-ERR hunt", "-ERR hunt"),
        ("", ""),
        (String(repeating: "x", count: 116) + "hunter22", String(repeating: "x", count: 116) + "[sec"),
    ]

    @Test(arguments: quotes) func quote(_ line: String, _ excerpt: String) {
        var secrets = Secrets()
        secrets.add(response: Array("AG1lAGh1bnRlcjIy".utf8))
        #expect(secrets.excerpt(Array(line.utf8).span) == excerpt)
    }

    @Test(
        "a response that is no base64",
        arguments: [
            ("hunter-22", "-ERR what is hunter-22?", "-ERR what is [secret]?"),
            ("hunter-22", "-ERR what is aHVudGVyLTIy?", "-ERR what is [secret]?"),
            ("hunter2233", "-ERR what is aHVudGVyMjIzMw==?", "-ERR what is [secret]?"),
            ("AG1lAGh1bnRlcg", "-ERR no hunter", "-ERR no [secret]"),
            ("AG1lAGh1bnRlcg", "-ERR no aHVudGVy", "-ERR no [secret]"),
        ]
    )
    func clear(_ response: String, _ line: String, _ excerpt: String) {
        var secrets = Secrets()
        secrets.add(response: Array(response.utf8))
        #expect(secrets.excerpt(Array(line.utf8).span) == excerpt)
    }

    @Test func aShortPasswordHidesTheWholeLineThatHasIt() {
        var secrets = Secrets()
        secrets.add(Array("ok".utf8))
        #expect(secrets.excerpt(Array("-ERR no".utf8).span) == "-ERR no")
        #expect(secrets.excerpt(Array("-ERR lOOk".utf8).span) == "(not shown: it quotes the login)")
    }

    @Test func nothingOfItIsPrinted() {
        var secrets = Secrets()
        secrets.add(Array("hunter22".utf8))
        var text = "\(secrets)"
        dump(secrets, to: &text)
        #expect(!text.contains("hunter") && !text.contains("104"))
    }

    @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"]) func base64ReadsItselfAgain(_ text: String) {
        let encoded = Base64.encode(Array(text.utf8))
        #expect(SASLResponse.decodeBase64(encoded.span) == Array(text.utf8))
    }

    static let dialogues: [(String, String)] = [
        (
            "an odd reply to PASS",
            """
            C PASS hunter22
                to upstream: PASS hunter22
            U what is PASS hunter22?
                to client: -ERR [SYS/TEMP] The mail server broke the protocol
                record violation not-a-reply of upstream: what is PASS [secret]?
                record protocol-violation during login: what is PASS [secret]?
                close upstream-protocol-violation
            """
        ),
        (
            "a refusal that quotes it",
            """
            C PASS hunter22
                to upstream: PASS hunter22
            U -ERR hunter22 is wrong
                record failed login of me by USER, upstream: [secret] is wrong
                to client: -ERR hunter22 is wrong
            """
        ),
        (
            "a line behind the reply",
            """
            C PASS hunter22
                to upstream: PASS hunter22
            U +OK
                record login of me by USER
                to client: +OK
            U +OK hunter22
                to client: -ERR [SYS/TEMP] The mail server broke the protocol
                record violation unsolicited-reply of upstream: +OK [secret]
                record protocol-violation during command: +OK [secret]
                close upstream-protocol-violation
            """
        ),
    ]

    @Test(arguments: dialogues) func dialogue(_ name: String, _ script: String) {
        var session = SessionScript(.fixed)
        session.showsDetails = true
        session.play(Opening.fixed + "C USER me\n    to upstream: USER me\nU +OK\n    to client: +OK\n" + script)
    }
}
