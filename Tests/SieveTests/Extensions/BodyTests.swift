// body: what of a part is searched (RFC 5173 section 5.2).

import Testing

@testable import Sieve

struct BodyTests {
    private static let message = """
        Subject: outer
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: message/rfc822

        From: a@example.com
        Subject: inner

        text
        --b--

        """

    @Test(arguments: [
        (":contains", "Subject: inner", true), (":matches", "From: a@example.com\nSubject: inner\n", true),
        (":contains", "text", false), (":contains", "inner\n\n", false), (":contains", "outer", false),
    ])
    func aMessageInAPartIsItsHeaderWithoutTheEmptyLine(type: String, key: String, isThere: Bool) {
        let key = key.replacing("\n", with: "\r\n")
        let source = "require \"body\"; if body \(type) :content \"message/rfc822\" \"\(key)\" { discard; }"
        #expect(evaluate(source, on: Self.message).actions == [isThere ? "discard" : "implicit keep"])
    }
}
