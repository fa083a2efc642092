// envelope: paths as RFC 5321 has them; what is none has no parts.

import Testing

@testable import Sieve

struct EnvelopeTests {
    private func holds(_ test: String, from path: String) -> Bool {
        var context = MessageContext()
        context.envelopeFrom = Array(path.utf8)
        let require = "require [\"envelope\", \"subaddress\", \"relational\", \"comparator-i;ascii-numeric\"];"
        let result = evaluate("\(require) if \(test) { discard; }", context: context)
        #expect(result.diagnostics == [])
        return result.actions == ["discard"]
    }

    @Test(arguments: [
        ("a@b.example", "a@b.example", "a", "b.example"), ("<a@b.example>", "a@b.example", "a", "b.example"),
        ("<@x.example,@y.example:a@b.example>", "a@b.example", "a", "b.example"),
        ("@x.example:a@b.example", "a@b.example", "a", "b.example"),
        ("<\"a b\"@b.example>", "\"a b\"@b.example", "a b", "b.example"),
        ("<\"a\"@b.example>", "a@b.example", "a", "b.example"),
        ("<\"a\\\"b\"@b.example>", "\"a\\\"b\"@b.example", "a\"b", "b.example"),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]", "a", "[192.0.2.1]"),
        ("<ä@ö.example>", "ä@ö.example", "ä", "ö.example"), ("<>", "", "", ""), ("", "", "", ""),
    ])
    func partsOfPaths(path: String, all: String, localPart: String, domain: String) {
        let quoted = all.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        #expect(holds("envelope \"from\" \"\(quoted)\"", from: path))
        #expect(holds("envelope :localpart \"from\" \"\(localPart.replacing("\"", with: "\\\""))\"", from: path))
        #expect(holds("envelope :domain \"from\" \"\(domain)\"", from: path))
        let count = all.isEmpty ? "0" : "1"
        #expect(holds("envelope :count \"eq\" :comparator \"i;ascii-numeric\" \"from\" \"\(count)\"", from: path))
    }

    @Test(arguments: [
        "<a@b.example", "a@b.example>", "<<a@b.example>>", "<>a@b.example>", "a@", "<a@>", "@b.example", "<@b.example>",
        "a@b@c.example", "<@x.example a@b.example>", "<x.example,@y.example:a@b.example>", "<@x.example:>",
        "a@b..example",
        "a@.example", "a b@c.example", "a@b.example (comment)", "<a@b.example> x", "\"a@b.example", "\"\"@b.example",
        "Anna <a@b.example>", "a@[192.0.2.1", "a@[]", "a@b.example,c@d.example", "<", ">", "@",
    ])
    func whatIsNoPathIsComparedAsAWholeOnly(path: String) {
        #expect(!holds("envelope :localpart :matches \"from\" \"*\"", from: path))
        #expect(!holds("envelope :domain :matches \"from\" \"*\"", from: path))
        #expect(!holds("envelope :user :matches \"from\" \"*\"", from: path))
        #expect(!holds("envelope \"from\" \"a@b.example\"", from: path))
        #expect(holds("envelope \"from\" \"\(path.replacing("\"", with: "\\\""))\"", from: path))
    }

    @Test func aLocalPartAloneHasNoDomain() {
        #expect(holds("envelope \"from\" \"Postmaster\"", from: "<Postmaster>"))
        #expect(holds("envelope :localpart \"from\" \"postmaster\"", from: "Postmaster"))
        #expect(!holds("envelope :domain :matches \"from\" \"*\"", from: "Postmaster"))
    }
}
