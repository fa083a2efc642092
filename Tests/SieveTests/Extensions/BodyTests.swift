// body: what of a part is searched (RFC 5173 section 5.2).

import Mail
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

    /// What is behind the limit could be what a rule looks for.
    @Test(arguments: [
        ("body :text :contains \"x\"", true), ("body :content \"text\" :contains \"x\"", true),
        ("body :raw :contains \"x\"", false), ("body :content \"image\" :contains \"x\"", false),
        ("body :count \"eq\" \"1\"", false),
    ])
    func aTextBeyondWhatIsConvertedIsNotJudged(test: String, fails: Bool) throws {
        var limits = Mail.Limits()
        limits.textOctets = 10
        let source = Array("require [\"body\", \"relational\"]; if \(test) { discard; }".utf8)
        let script = try #require(Compiler().compile(source, name: "t").script)
        for (body, isBeyond) in [("0123456789", false), ("0123456789a", true)] {
            let octets = Array("Subject: a\r\n\r\n\(body)".utf8)
            var evaluation = Evaluation(script, header: octets)
            guard case .needs(.message) = evaluation.run() else {
                Issue.record("the message is not asked for")
                continue
            }
            evaluation.provide(message: Message(octets, limits: limits))
            guard case .finished(let outcome) = evaluation.run() else { continue }
            let reason = "the message is beyond a limit of reading it (too-much-decoded)"
            #expect(outcome.failure?.message == (fails && isBeyond ? reason : nil))
        }
    }

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
