// Whom a client says it is, in the mechanisms that pass line by line.

import Testing

@testable import POP3

@Suite struct SASLRelayTests {
    /// In these nobody was counted: guesses at one user were as many as there were addresses.
    @Test(
        arguments: [
            ("PLAIN", "\u{0}anna\u{0}secret", "anna"), ("LOGIN", "anna", "anna"),
            ("CRAM-MD5", "anna of office 0123456789abcdef0123456789abcdef", "anna of office"),
            ("DIGEST-MD5", #"charset=utf-8,username="an\"na",realm="x",nonce="y",response=0"#, "an\"na"),
            ("SCRAM-SHA-1", "n,,n=anna,r=abc", "anna"), ("SCRAM-SHA-256", "n,a=anna,n=anna,r=abc", "anna"),
            ("XOAUTH2", "user=anna\u{1}auth=Bearer abc\u{1}\u{1}", "anna"),
            ("OAUTHBEARER", "n,a=anna,\u{1}auth=Bearer abc\u{1}\u{1}", "anna"),
        ] as [(String, String, String)]
    )
    func firstResponse(mechanism: String, response: String, user: String) {
        var relay = SASLRelay(mechanism: mechanism)
        #expect(relay.tellsUser)
        let line = Array(base64(response).utf8)
        relay.learn(line.span)
        #expect(relay.user == Array(user.utf8))
        // What comes behind it tells no name.
        relay.learn(Array(base64("somebody else").utf8).span)
        #expect(relay.user == Array(user.utf8))
    }

    @Test(
        arguments: ["CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256", "XOAUTH2", "GSSAPI", "PLAIN"],
        ["", "=", "%%%", "YWJj"]
    )
    func nobody(mechanism: String, response: String) {
        var relay = SASLRelay(mechanism: mechanism)
        relay.learn(Array(response.utf8).span)
        #expect(relay.user == nil)
    }

    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let octets = Array(text.utf8)
        var encoded = ""
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 { encoded.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=") }
        }
        return encoded
    }
}
