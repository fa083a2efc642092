// The lists of real servers, made true for the client.

import POP3
import Testing

@Suite struct CapabilitiesTests {
    static let dovecot = "CAPA|TOP|UIDL|RESP-CODES|PIPELINING|AUTH-RESP-CODE|STLS|USER|SASL PLAIN LOGIN"
    static let gmail =
        "USER|RESP-CODES|EXPIRE 0|LOGIN-DELAY 300|TOP|UIDL|X-GOOGLE-RICO|SASL PLAIN XOAUTH2 OAUTHBEARER"
    static let exchange = "TOP|UIDL|STLS"
    static let stalwart =
        "USER|SASL PLAIN XOAUTH2 OAUTHBEARER|STLS|TOP|RESP-CODES|PIPELINING|EXPIRE NEVER|UIDL|UTF8|IMPLEMENTATION Stalwart"

    @Test(
        arguments: [
            // In TLS, or where plain text is allowed.
            (dovecot, "CAPA|TOP|UIDL|RESP-CODES|PIPELINING|AUTH-RESP-CODE|USER|SASL PLAIN LOGIN", false, true),
            (
                gmail, "USER|RESP-CODES|EXPIRE 0|LOGIN-DELAY 300|TOP|UIDL|SASL PLAIN XOAUTH2 OAUTHBEARER|PIPELINING",
                false, true
            ),
            (exchange, "TOP|UIDL|PIPELINING", false, true),
            (stalwart, stalwart.replacing("STLS|", with: ""), false, true),
            // Before STLS.
            (dovecot, "CAPA|TOP|UIDL|RESP-CODES|PIPELINING|AUTH-RESP-CODE|STLS", true, false),
            (gmail, "RESP-CODES|EXPIRE 0|LOGIN-DELAY 300|TOP|UIDL|PIPELINING|STLS", true, false),
            (exchange, "TOP|UIDL|PIPELINING|STLS", true, false),
            // What is odd.
            ("stls|user|sasl plain external", "user|SASL plain|PIPELINING", false, true),
            ("SASL EXTERNAL|SASL|SASL SCRAM-SHA-1-PLUS scram-sha-256-plus", "SASL|PIPELINING", false, true),
            ("XCLIENT ADDR|X-UNKNOWN|PIPELINING x|STLS now", "PIPELINING x", false, true),
            ("", "PIPELINING", false, true),
        ] as [(String, String, Bool, Bool)]
    )
    func offered(_ upstream: String, _ offered: String, _ offersSTLS: Bool, _ allowsLogin: Bool) {
        let lines = upstream.split(separator: "|").map { $0 + "\r\n" }.joined()
        let conditions = Capabilities.Conditions(offersSTLS: offersSTLS, allowsLogin: allowsLogin)
        let list = Capabilities(reply: Array(lines.utf8)).offered(under: conditions)
        #expect(list.lines == offered.split(separator: "|").map(String.init))
        #expect(String(decoding: list.list, as: UTF8.self) == list.lines.map { $0 + "\r\n" }.joined() + ".\r\n")
    }

    @Test(arguments: [
        ("PIPELINING\r\n", true), ("pipelining\r\n.\r\n", true), ("TOP\nPIPELINING\n", true), ("PIPELINING \r\n", true),
        ("PIPELINING", true), ("TOP\r\n", false), ("X-PIPELINING\r\n", false), ("PIPELININGS\r\n", false), ("", false),
        ("IMPLEMENTATION PIPELINING\r\n", false), ("\u{FF}\0\r\n", false),
    ])
    func pipelining(_ reply: String, _ isAllowed: Bool) {
        #expect(Capabilities(reply: Array(reply.utf8)).allowsPipelining == isAllowed)
    }
}
