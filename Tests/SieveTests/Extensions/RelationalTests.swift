// relational and i;ascii-numeric: RFC 5231 with its examples.

import Testing

@testable import Sieve

private let message = """
    received: a
    received: b
    subject: example
    to: foo@example.com, baz@example.com
    cc: qux@example.com
    x-priority: 3
    x-none: many

    """

struct RelationalTests {
    @Test(arguments: [
        (#"address :count "ge" :comparator "i;ascii-numeric" ["to", "cc"] ["3"]"#, true),
        (#"address :count "ge" :comparator "i;ascii-numeric" "to" ["3"]"#, false),
        (#"header :count "ge" :comparator "i;ascii-numeric" ["received"] ["3"]"#, false),
        (#"header :count "ge" :comparator "i;ascii-numeric" ["received", "subject"] ["3"]"#, true),
        (#"header :count "eq" :comparator "i;ascii-numeric" "absent" "0""#, true),
        (#"header :value "lt" :comparator "i;ascii-numeric" "x-priority" "10""#, true),
        (#"header :value "lt" "x-priority" "10""#, false),
        (#"header :value "gt" :comparator "i;ascii-numeric" "x-none" "99999""#, true),
        (#"header :value "ne" :comparator "i;ascii-numeric" "x-priority" "3""#, false),
        (#"header :value "le" "subject" "example""#, true),
        (#"header :value "gt" "absent" """#, false),
        (#"string :count "eq" :comparator "i;ascii-numeric" ["a", "", "b"] "2""#, true),
    ])
    func holds(test: String, expected: Bool) {
        let capabilities = "\"relational\", \"comparator-i;ascii-numeric\", \"variables\""
        #expect(SieveTests.holds(test, requiring: capabilities, on: message) == expected)
    }
}
