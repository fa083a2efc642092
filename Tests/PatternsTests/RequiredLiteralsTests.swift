// What patterns require, form by form; and that what a scan leaves out could not have matched.
// Must not test PCRE2: it is what is compared with.

import Testing

@testable import Patterns

struct RequiredLiteralsTests {
    private static let understood: [(pattern: String, literals: [String])] = [
        (#"prince"#, ["prince"]), (#"(?i)\bprince[a-z]{0,3}\W+bank17\b"#, ["bank17"]),
        (#"v[i1!]agra"#, ["v!agra", "v1agra", "viagra"]),
        (#"https?://"#, ["http://", "https://"]),
        (#"cheap(?: offer| loan)s?"#, ["cheap loan", "cheap loans", "cheap offer", "cheap offers"]),
        (#"ab{3}c"#, ["abbbc"]), (#"ab{2,}cd"#, ["bb"]), (#"ab{0,2}cde"#, ["cde"]), (#"(?:money)+ back"#, ["money"]),
        (#"ab*cde"#, ["cde"]), (#"(one|two)three"#, ["onethree", "twothree"]), (#"x(?:one.*|two)"#, ["one", "two"]),
        (#"foo(?=bar)"#, ["bar"]), (#"^(?=.*win)(?=.*prizes)"#, ["prizes"]), (#"(?<=free )gift"#, ["free "]),
        (#"(?!spam)egg(?<!ham)s"#, ["eggs"]), (#"a\.b\*c"#, ["a.b*c"]), (#"\Qa.*\E+b"#, ["a."]), (#"a\x2eb"#, ["a.b"]),
        (#"(?x) a b # c"#, ["ab"]), (#"a(?#comment)b"#, ["ab"]), (#"(?<name>abc)(?'n2'def)(?P<n3>ghi)"#, ["abcdefghi"]),
        (#"(?>abc)|(?|def|ghi)"#, ["abc", "def", "ghi"]), (#"é(?i)é?abc"#, ["abc"]), (#"Größe"#, ["größe"]),
        (#"(.)\1abc"#, ["abc"]), (#"[[:alpha:]]abc[]x]de"#, ["abc]de", "abcxde"]), (#"[s[]ab"#, ["[ab", "sab"]),
        (#"\p{Lu}abc\pL"#, ["abc"]), (#"a{,b"#, ["a{,b"]),
        (#"(?-i:AbC)"#, ["abc"]), (#"a|(?i)b|c"#, []), (#"ab|(?i)cd|ef"#, ["ab", "cd", "ef"]), ("\\tab\\n", ["\tab\n"]),
    ]

    @Test(arguments: understood)
    func whatIsRequired(_ pattern: String, _ literals: [String]) throws {
        _ = try Pattern(Array(pattern.utf8))
        let found = RequiredLiterals(of: Array(pattern.utf8), options: .utf)?.alternatives ?? []
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == literals)
    }

    /// Each is right, or may be in another version.
    @Test(arguments: [
        "", "a", "a*", "(abc)?", "abc|", "abc|d", ".", "(*UCP)abc", "abc(*ACCEPT)def", "(*atomic:abc)", "(?R)?abc",
        "(a)(?1)bc", "(?&n)abc(?<n>x)",
        "(?(?=a)abc|abd)", "(?C)abc", "abc(?^i)d", "(?xx)abc", "(?aD)abc", #"\x{61}bc"#, #"\o{141}bc"#, #"\cAbc"#,
        #"abc\012"#, #"\k<n>abc(?<n>d)"#,
        #"\g1abc(d)"#, #"[a\Q]\E]bc"#, #"[[:<:]]abc"#, #"[[.a.]]bc"#, "(?x)abc\u{2028}d", "abc{,3}",
        "(?x)abc # x\r d\n e", #"\N{U+61}bc"#, "(?*a)bcd", "(?<*a)bcd",
    ])
    func whatIsNotUnderstoodRequiresNothing(_ pattern: String) {
        #expect(RequiredLiterals(of: Array(pattern.utf8), options: .utf) == nil)
    }

    @Test func lettersThatHaveOtherFormsAreTheKnownOnes() throws {
        // Each character that is not of US-ASCII, and what PCRE2 takes for one of its letters.
        let matcher = try #require(Matcher())
        let letters = try Pattern(Array("(?i)[a-z]".utf8))
        let scalars = (0x80...0x10FFFF).compactMap(UnicodeScalar.init)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: scalars.count, by: 4_096) {
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars[start..<min(start + 4_096, scalars.count)])
            let octets = Array(text.utf8)
            var from = 0
            while let match = try matcher.firstMatch(of: letters, in: octets, from: from) {
                found.append(Array(octets[match.whole]))
                from = match.whole.upperBound
            }
        }
        #expect(found == [Folding.longS, Folding.kelvin])
    }
}
