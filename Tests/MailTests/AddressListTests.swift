// Address lists: RFC 5322's examples, obsolete forms, and what mailers get wrong.
// Must not test header blocks.

import Testing

@testable import Mail

@Suite struct AddressListTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        /// `name|localPart|domain|group`, or `!text` for what is no address.
        let addresses: [String]
        let defects: [Defect.Kind]

        init(_ text: String, _ addresses: String..., defects: [Defect.Kind] = []) {
            self.text = text
            self.addresses = addresses
            self.defects = defects
        }

        var testDescription: String { text }
    }

    static let cases: [Case] = [
        // RFC 5322 appendix A.
        Case("John Doe <jdoe@machine.example>", "John Doe|jdoe|machine.example|-"),
        Case("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public|john.q.public|example.com|-"),
        Case(
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            "Mary Smith|mary|x.test|-",
            "|jdoe|example.org|-",
            "Who?|one|y.test|-"
        ),
        Case(
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
            "|boss|nil.test|-",
            "Giant; \"Big\" Box|sysservices|example.net|-"
        ),
        Case(
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            "Ed Jones|c|a.test|A Group",
            "|joe|where.test|A Group",
            "John|jdoe|one.test|A Group"
        ),
        Case("Undisclosed recipients:;"),
        Case("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|pete|silly.test|-"),
        Case(
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n  joe@example.org,\r\n "
                + " John <jdoe@one.test> (my dear friend); (the end of the group)",
            "Chris Jones|c|public.example|A Group",
            "|joe|example.org|A Group",
            "John|jdoe|one.test|A Group"
        ),
        Case("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;"),
        Case("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public|john.q.public|example.com|-"),
        Case(
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            "Mary Smith|mary|example.net|-",
            "|jdoe|test.example|-"
        ),
        Case("<@a.test,@b.test:joe@c.test>", "|joe|c.test|-"),
        Case("John Doe <jdoe@machine(comment).  example>", "John Doe|jdoe|machine.example|-"),

        // Other forms.
        Case("pete@a.test (Pete \\(P\\))", "Pete (P)|pete|a.test|-"),
        Case("\"john doe\"@example.com", "|john doe|example.com|-"),
        Case("\"a@b\"@example.com", "|a@b|example.com|-"),
        Case("\"a\".b@example.com", "|a.b|example.com|-"),
        Case("user@[192.0.2.1]", "|user|[192.0.2.1]|-"),
        Case("<user@[IPv6:2001:db8::1]>", "|user|[IPv6:2001:db8::1]|-"),
        Case("jörg@exämple.org", "|jörg|exämple.org|-"),
        Case("=?utf-8?q?J=C3=B6rg?= <j@a.test>", "Jörg|j|a.test|-"),
        Case("\"=?utf-8?q?J=C3=B6rg?=\" <j@a.test>", "Jörg|j|a.test|-"),
        Case("a+b=c@a.test", "|a+b=c|a.test|-"),
        Case("<>", "!"),
        Case(""), Case(" , ,, "), Case("(comment only)"),
        Case("a@b,c@d", "|a|b|-", "|c|d|-"),
        Case("j..doe.@docomo.test", "|j..doe.|docomo.test|-"),

        // Mistakes.
        Case("postmaster", "!postmaster", defects: [.invalidAddress]),
        Case("John Doe", "!John Doe", defects: [.invalidAddress]),
        Case("a b@c", "!a b@c", defects: [.invalidAddress]),
        Case("a@b@c", "!a@b@c", defects: [.invalidAddress]),
        Case("@b", "!@b", defects: [.invalidAddress]),
        Case("a@", "!a@", defects: [.invalidAddress]),
        Case("a@b c", "!a@b c", defects: [.invalidAddress]),
        Case("<a@b", "|a|b|-", defects: [.unclosedAddress]),
        Case("<a@b, <c@d>", "|a|b|-", "|c|d|-", defects: [.unclosedAddress]),
        Case("<a@b> rest, c@d", "|a|b|-", "|c|d|-", defects: [.invalidAddress]),
        Case("a@b; c@d", "|a|b|-", "|c|d|-", defects: [.invalidAddress]),
        Case("Group: a@b, c@d", "|a|b|Group", "|c|d|Group", defects: [.unclosedAddress]),
        Case("Group: a@b; x@y", "|a|b|Group", "|x|y|-"),
        Case("\"never ends <a@b>", "!\"never ends <a@b>", defects: [.invalidAddress, .unclosedAddress]),
        Case("a@b (never ends", "never ends|a|b|-", defects: [.unclosedAddress]),
        Case("a@[1.2", "|a|[1.2|-", defects: [.unclosedAddress]),
        Case("<<a@b>>", "!<<a@b>>", defects: [.invalidAddress]),
        Case(">", "!>", defects: [.invalidAddress]),
        Case("mailto:a@b", "|a|b|mailto", defects: [.unclosedAddress]),
        Case("\\", "!\\", defects: [.invalidAddress]),
        Case("\"\\", "!\"\\", defects: [.invalidAddress, .unclosedAddress]),
        Case("\"\"@b", "!\"\"@b", defects: [.invalidAddress]),
    ]

    private func describe(_ address: Address) -> String {
        guard address.isValid else { return "!" + String(decoding: address.text, as: UTF8.self) }
        let octets = [address.displayName, address.localPart, address.domain, address.group ?? [0x2D]]
        return octets.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
    }

    @Test(arguments: cases)
    func reads(_ test: Case) {
        let list = AddressList(Array(test.text.utf8))
        #expect(list.addresses.map(describe) == test.addresses)
        #expect(list.defects.map(\.kind) == test.defects)
        for address in list.addresses where address.isValid {
            #expect(address.text.suffix(address.domain.count + 1) == [.at] + address.domain)
            // Written and read again, it is the same.
            let again = AddressList(address.text).addresses
            #expect(again.map(\.localPart) == [address.localPart] && again.map(\.domain) == [address.domain])
        }
    }

    @Test(arguments: [
        ("\"john doe\"@a.test", "\"john doe\"@a.test"), ("\"john\".doe@a.test", "john.doe@a.test"),
        ("\"a\\\"\\\\b\"@a.test", "\"a\\\"\\\\b\"@a.test"), ("j..doe.@a.test", "j..doe.@a.test"),
        ("< a . b (c) @ a . test >", "a.b@a.test"), ("jörg@a.test", "jörg@a.test"),
    ])
    func isQuotedWhereItMustBe(text: String, written: String) {
        #expect(AddressList(Array(text.utf8)).addresses.map(\.text) == [Array(written.utf8)])
    }

    @Test(arguments: cases)
    func cutAtEveryByte(_ test: Case) {
        let text = Array(test.text.utf8)
        for end in 0...text.count {
            let list = AddressList(Array(text[..<end]))
            #expect(list.addresses.count <= end)
        }
    }

    @Test func addressCountAtAndPastTheLimit() {
        var limits = Limits()
        limits.addresses = 2
        #expect(AddressList(Array("a@b, c@d".utf8), limits: limits).defects.isEmpty)
        let list = AddressList(Array("a@b, c@d, e@f".utf8), limits: limits)
        #expect(list.addresses.count == 2)
        #expect(list.defects == [Defect(.tooManyAddresses, at: 10)])
    }

    @Test(arguments: ["(", "<", "\"", "[", ":", ";", "a:", "@", ".", ",", "<@", "a@b,", "\\", "a <", "()", "=?"])
    func hostileRepetitionsAreLinear(piece: String) {
        let text = Array(String(repeating: piece, count: 200_000 / piece.utf8.count).utf8)
        #expect(AddressList(text).addresses.count <= 10_000)
    }
}
