// Names by wildcards.

import Testing

@testable import Patterns

@Suite struct GlobTests {
    @Test(
        arguments: [
            ("*", "me@example.com", true), ("*", "", true), ("*@old.example", "me@old.example", true),
            ("*@old.example", "me@OLD.example", true), ("*@old.example", "me@old.example.org", false),
            ("a?c", "abc", true), ("a?c", "ac", false), ("", "a", false), ("", "", true), ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false), ("**", "x", true), ("?", "", false), ("ü", "ü", true), ("[", "[", true),
        ]
    )
    func names(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Glob(pattern).matches(Array(name.utf8)) == matches)
    }

    @Test(arguments: [("*", true), ("**", true), ("", false), ("*?", false), ("*a", false)])
    func all(_ pattern: String, _ isAll: Bool) { #expect(Glob(pattern).matchesAll == isAll) }

    @Test(
        arguments: [
            ("*", "a", true), ("*", "*@a", true), ("*@a", "b*@A", true), ("*@a", "*@b", false), ("a", "a", true),
            ("a?", "ab", true), ("a?", "a*", false), ("?*", "*", false), ("b*", "*", false), ("a*b", "a?*b", true),
        ]
    )
    func allOfAnother(_ pattern: String, _ other: String, _ takesAll: Bool) {
        #expect(Glob(pattern).matchesAll(of: Glob(other)) == takesAll)
    }

    @Test func manyStarsDoNotExplode() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!Glob(pattern).matches([UInt8](repeating: 0x61, count: 2000)))
    }
}
