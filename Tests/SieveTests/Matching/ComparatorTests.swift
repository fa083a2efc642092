// Comparators: order and equality, with the examples of RFC 4790.

import Testing

@testable import Sieve

struct ComparatorTests {
    @Test(arguments: [
        (Comparator.octet, "a", "a", 0),
        (.octet, "a", "A", 1),
        (.octet, "ab", "a", 1),
        (.octet, "", "a", -1),
        (.asciiCasemap, "a", "A", 0),
        (.asciiCasemap, "b", "A", 1),
        (.asciiCasemap, "_", "a", 1),
        (.asciiCasemap, "é", "É", 1),
        (.asciiNumeric, "0", "1", -1),
        (.asciiNumeric, "1", "4294967298", -1),
        (.asciiNumeric, "4294967298", "04294967298", 0),
        (.asciiNumeric, "4294967298", "4294967298b", 0),
        (.asciiNumeric, "04294967298", "", -1),
        (.asciiNumeric, "", "x", 0),
        (.asciiNumeric, "x", "y", 0),
        (.asciiNumeric, "x", "99", 1),
        (.asciiNumeric, "99999999999999999999999", "100000000000000000000000", -1),
        (.asciiNumeric, "-5", "5", 1),
    ])
    func orders(comparator: Comparator, left: String, right: String, expected: Int) {
        #expect(comparator.order(Array(left.utf8), Array(right.utf8)).signum() == expected)
        #expect(comparator.order(Array(right.utf8), Array(left.utf8)).signum() == -expected)
        #expect(comparator.areEqual(Array(left.utf8), Array(right.utf8)) == (expected == 0))
    }
}
