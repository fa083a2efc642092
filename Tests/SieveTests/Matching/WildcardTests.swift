// Wildcards: the whole value, the shortest captures, escapes, and no more work than the budget.

import Testing

@testable import Sieve

struct WildcardTests {
    private func captures(_ pattern: String, _ value: String, ignoringCase: Bool = false) -> [String]? {
        var budget = ComparisonBudget(1_000_000)
        let octets = Array(value.utf8)
        return Wildcard(Array(pattern.utf8)).match(octets, ignoringCase: ignoringCase, budget: &budget)?
            .map { octets[$0].text }
    }

    @Test(arguments: [
        ("", "", [""]),
        ("a", "a", ["a"]),
        ("*", "", ["", ""]),
        ("*", "abc", ["abc", "abc"]),
        ("?", "a", ["a", "a"]),
        ("a*c", "abbc", ["abbc", "bb"]),
        ("*a*", "xaya", ["xaya", "x", "ya"]),
        ("*a", "aaa", ["aaa", "aa"]),
        ("**", "ab", ["ab", "", "ab"]),
        ("*?*", "ab", ["ab", "", "a", "b"]),
        ("[*] *", "[acme] [fwd] out", ["[acme] [fwd] out", "acme", "[fwd] out"]),
        ("*<*@*", "List <a@b>", ["List <a@b>", "List ", "a", "b>"]),
        ("coyote@**.com", "coyote@ACME.Example.com", ["coyote@ACME.Example.com", "", "ACME.Example"]),
        ("a\\*b", "a*b", ["a*b"]),
        ("a\\?b\\\\", "a?b\\", ["a?b\\"]),
        ("a\\", "a\\", ["a\\"]),
        ("*\\", "a\\", ["a\\", "a"]),
        ("\\", "\\", ["\\"]),
        ("*?\\", "ab\\", ["ab\\", "a", "b"]),
        ("?b*d?", "abccde", ["abccde", "a", "cc", "e"]),
        ("*ab?d*", "xabcabcdz", ["xabcabcdz", "xabc", "c", "z"]),
    ])
    func captures(pattern: String, value: String, expected: [String]) {
        #expect(captures(pattern, value) == expected)
    }

    @Test(arguments: [
        ("", "a"), ("a", ""), ("?", ""), ("a", "ab"), ("ab", "a"), ("a*b", "a"), ("*ab", "ab "), ("ab*ba", "aba"),
        ("a\\*b", "axb"), ("*a*a*", "a"), ("A", "a"),
    ])
    func refuses(pattern: String, value: String) {
        #expect(captures(pattern, value) == nil)
    }

    @Test func ignoresCaseOfASCIILetters() {
        #expect(captures("*FOO*", "a foo b", ignoringCase: true) == ["a foo b", "a ", " b"])
        #expect(captures("É", "é", ignoringCase: true) == nil)
    }

    @Test func agreesWithASlowMatcher() {
        // Every pattern of up to five signs against every value of up to five letters.
        func words(_ letters: [Character], _ length: Int) -> [String] {
            length == 0 ? [""] : words(letters, length - 1).flatMap { word in letters.map { word + String($0) } }
        }
        let values = (0...5).flatMap { words(["a", "b"], $0) }
        for pattern in (0...5).flatMap({ words(["a", "*", "?"], $0) }) {
            for value in values {
                let fast = captures(pattern, value) != nil
                #expect(fast == Self.slow(Array(pattern)[...], Array(value)[...]), "\(pattern) \(value)")
            }
        }
    }

    private static func slow(_ pattern: ArraySlice<Character>, _ value: ArraySlice<Character>) -> Bool {
        guard let sign = pattern.first else { return value.isEmpty }
        let rest = pattern.dropFirst()
        if sign == "*" { return slow(rest, value) || (!value.isEmpty && slow(pattern, value.dropFirst())) }
        return !value.isEmpty && (sign == "?" || sign == value.first) && slow(rest, value.dropFirst())
    }

    @Test func spendsNoMoreThanItsBudget() {
        let value = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
        let pattern = Array("*".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 50_000) + Array("ba*".utf8)
        var budget = ComparisonBudget(1_000_000)
        #expect(Wildcard(pattern).match(value, ignoringCase: true, budget: &budget) == nil)
        #expect(budget.isSpent)
        #expect(budget.remaining > -200_000)
    }
}
