// The tests of RFC 5228 section 5, with its examples.

import Testing

@testable import Sieve

private let message = """
    From: Tim <tim@Example.COM>, "Big Bob" <bob@example.org>
    To: coyote@ACME.example.com
    Subject: a FOO b
    Bcc: "a b"@example.org (who)
    Sender: no address
    Reply-To: nobody, a@b.example, <>
    Resent-To:
    Resent-From: undisclosed-recipients:;
    X-Caffeine: C8H10N4O2
    X-Empty:
    X-Twice: one
    x-twice: two
    X-Folded: a
     b

    body
    """

struct BaseTests {
    @Test(arguments: [
        ("true", true),
        ("false", false),
        ("not true", false),
        ("allof (true, true)", true),
        ("allof (true, false, true)", false),
        ("anyof (false, false)", false),
        ("anyof (false, true, false)", true),
        ("not anyof (false, allof (true, not false))", false),
        ("header \"subject\" \"A foo B\"", true),
        ("header :is :comparator \"i;octet\" \"subject\" \"A foo B\"", false),
        ("header :contains \"subject\" \"foo\"", true),
        ("header :contains \"subject\" \"\"", true),
        ("header :contains \"absent\" \"\"", false),
        ("header :is \"X-Caffeine\" \"\"", false),
        ("header :contains \"X-Caffeine\" \"\"", true),
        ("header :is \"X-Empty\" \"\"", true),
        ("header :matches \"X-Empty\" \"?*\"", false),
        ("header :matches \"subject\" \"*f?o*\"", true),
        ("header :matches \"subject\" \"f?o\"", false),
        ("header :is [\"absent\", \"x-twice\"] [\"none\", \"two\"]", true),
        ("header :is \"x-folded\" \"a b\"", true),
        ("exists \"x-TWICE\"", true),
        ("exists [\"subject\", \"absent\"]", false),
        ("size :over 100", true),
        ("size :under 100", false),
        ("address \"from\" \"tim@example.com\"", true),
        ("address :is :all \"from\" \"bob@example.org\"", true),
        ("address :localpart \"from\" \"BOB\"", true),
        ("address :domain [\"from\", \"to\"] \"acme.example.com\"", true),
        ("address :domain :comparator \"i;octet\" \"from\" \"example.com\"", false),
        ("address :matches :localpart \"from\" \"t?m\"", true),
        ("address \"from\" \"Tim\"", false),
        ("address :contains \"cc\" \"\"", false),
        ("address \"bcc\" \"\\\"a b\\\"@example.org\"", true),
        ("address :localpart \"bcc\" \"a b\"", true),
        ("address :localpart \"sender\" \"\"", false),
        ("address :all \"sender\" \"no address\"", true),
        ("address :all \"resent-from\" \"undisclosed-recipients:;\"", true),
        ("address :domain \"resent-from\" \"\"", false),
        ("address :all \"resent-to\" \"\"", true),
        ("address :domain \"resent-to\" \"\"", true),
        ("address :all \"reply-to\" \"a@b.example\"", true),
        ("address :all \"reply-to\" [\"nobody\", \"<>\", \"\"]", false),
    ])
    func holds(test: String, expected: Bool) {
        #expect(SieveTests.holds(test, on: message) == expected)
    }

    @Test(arguments: [0, 1, -1])
    func sizeIsNeitherOverNorUnderItself(difference: Int) {
        let octets = message.replacing("\n", with: "\r\n").utf8.count
        #expect(SieveTests.holds("size :over \(octets + difference)", on: message) == (difference < 0))
        #expect(SieveTests.holds("size :under \(octets + difference)", on: message) == (difference > 0))
    }

    @Test(arguments: [
        ("", ["implicit keep"]),
        ("keep;", ["keep"]),
        ("keep; keep;", ["keep"]),
        ("discard;", ["discard"]),
        ("discard; keep;", ["discard", "keep"]),
        ("stop; discard;", ["implicit keep"]),
        ("if false { discard; } elsif false { stop; } else { keep; }", ["keep"]),
        ("if true { } elsif true { discard; } else { discard; }", ["implicit keep"]),
        ("if false { } elsif true { discard; } else { stop; } keep;", ["discard", "keep"]),
        ("if true { if false { stop; } else { discard; } } else { keep; }", ["discard"]),
        ("if false { stop; } if true { keep; } else { discard; }", ["keep"]),
        ("redirect \"a@b.example\"; redirect \"a@b.example\";", ["redirect a@b.example"]),
        ("require \"fileinto\"; fileinto \"x\"; fileinto \"y\"; fileinto \"x\";", ["fileinto x", "fileinto y"]),
        ("require \"fileinto\"; fileinto \"Inbox\"; keep; fileinto \"INBOX\";", ["fileinto Inbox"]),
        ("require \"fileinto\"; keep; fileinto \"INBOX\";", ["keep"]),
        ("require \"reject\"; reject \"no\";", ["reject"]),
        ("require \"ereject\"; ereject \"no\"; discard;", ["ereject", "discard"]),
    ])
    func acts(source: String, actions: [String]) {
        let result = evaluate(source, on: message)
        #expect(result.actions == actions)
        #expect(result.diagnostics.isEmpty)
        #expect(result.failure == nil)
    }

    @Test(arguments: [
        (
            "require \"reject\"; keep; reject \"no\";",
            "1 reject/ereject action conflicts with other action: the keep action tries to deliver the message (the other is in line 1)"
        ),
        (
            "require \"reject\";\nreject \"no\";\nkeep;",
            "3 reject/ereject action conflicts with other action: the keep action tries to deliver the message (the other is in line 2)"
        ),
        (
            "require [\"reject\", \"fileinto\"]; fileinto \"x\"; reject \"no\";",
            "1 reject/ereject action conflicts with other action: the fileinto action tries to deliver the message (the other is in line 1)"
        ),
        (
            "require \"reject\"; reject \"no\"; reject \"never\";",
            "1 duplicate reject/ereject action not allowed (the first is in line 1)"
        ),
        (
            "require \"variables\";\nset \"a\" \"x\";\nredirect \"${a} y\";",
            "3 specified redirect address 'x y' is invalid"
        ),
    ])
    func fails(source: String, failure: String) {
        let result = evaluate(source, on: message)
        #expect(result.failure == failure)
        #expect(result.actions == ["implicit keep"])
    }

    @Test func asksTheSizeOnceAndOnlyWhenTheTestIsReached() {
        let source = "require \"variables\"; set \"n\" \"\"; if anyof (false, size :over 1) { set \"n\" \"${n}x\"; } "
        #expect(evaluate(source + "if size :over 2 { stop; }", on: message).needs == 1)
        #expect(evaluate("if anyof (true, size :over 1) { keep; }", on: message).needs == 0)
    }

    @Test func boundsActionsAndRedirects() {
        var limits = Limits()
        limits.actions = 2
        limits.redirects = 1
        let files = "require \"fileinto\"; fileinto \"a\"; fileinto \"b\"; fileinto \"a\";"
        #expect(evaluate(files, limits: limits).failure == nil)
        #expect(evaluate(files + "fileinto \"c\";", limits: limits).failure?.contains("(3 > 2)") == true)
        let redirects = "redirect \"a@b.example\"; redirect \"a@b.example\";"
        #expect(evaluate(redirects, limits: limits).failure == nil)
        #expect(
            evaluate(redirects + "redirect \"c@b.example\";", limits: limits).failure?.contains("(2 > 1)") == true
        )
    }

    @Test func boundsInstructionsAndComparedOctets() {
        var limits = Limits()
        limits.instructions = 4
        #expect(evaluate("keep; keep; keep; keep;", limits: limits).failure == nil)
        #expect(evaluate("keep; keep; keep; keep; keep;", limits: limits).failure?.contains("(instructions)") == true)
        limits = Limits()
        limits.comparedOctets = 1000
        let long = "Subject: " + String(repeating: "a", count: 2000) + "\n\n"
        let test = "if header :contains \"subject\" \"aab\" { keep; }"
        #expect(evaluate(test, on: long, limits: limits).failure?.contains("(comparedOctets)") == true)
    }
}

struct AddressFieldTests {
    @Test(
        arguments: [
            "X-BeenThere", "Read-Receipt-To", "Return-Receipt-Requested", "X-Complaints-To", "X-Report-Abuse-To",
            "X-Admin", "X-Confirm-Reading-To", "Registered-Mail-Reply-Requested-By", "Delivered-To", "Errors-To",
            "Mail-Reply-To", "For-Approval",
        ]
    )
    func addressTakesTheFieldsThatPigeonholeTakes(field: String) {
        #expect(holds("address \"\(field)\" \"a@example.com\"", on: "\(field): Anna <a@example.com>\n\n") == true)
    }
}
