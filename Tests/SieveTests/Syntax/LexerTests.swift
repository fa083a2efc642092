// Tokens: kinds, values, places, and what is reported when an octet begins none.

import Testing

@testable import Sieve

struct LexerTests {
    private func tokens(_ source: String) -> [Token] {
        var lexer = Lexer(source: Array(source.utf8), limits: Limits())
        var tokens: [Token] = []
        while true {
            let token = lexer.next()
            if token.kind == .end { return tokens }
            tokens.append(token)
        }
    }

    private func findings(_ source: [UInt8], limits: Limits = Limits()) -> [String] {
        var lexer = Lexer(source: source, limits: limits)
        while lexer.next().kind != .end {}
        return lexer.faults.map { "\($0.position.line):\($0.position.column) \($0.message)" }
    }

    private static func string(_ text: String) -> Token.Kind { .string(Array(text.utf8)) }

    static let words: [(String, [Token.Kind])] = [
        ("", []),
        ("keep;", [.identifier("keep"), .semicolon]),
        ("_a9 KEEP", [.identifier("_a9"), .identifier("KEEP")]),
        (":is :_x", [.tag("is"), .tag("_x")]),
        (": is", [.colon, .identifier("is")]),
        ("0 7k 2M 1g 3K", [.number(0), .number(7 << 10), .number(2 << 20), .number(1 << 30), .number(3 << 10)]),
        ("12x", [.number(12), .identifier("x")]),
        ("18446744073709551615", [.number(.max)]),
        ("18446744073709551616", [.number(.max)]),
        ("17179869184g", [.number(.max)]),
        (
            "[](){},;/",
            [
                .leftBracket, .rightBracket, .leftParenthesis, .rightParenthesis, .leftBrace, .rightBrace, .comma,
                .semicolon,
                .slash,
            ]
        ),
        ("a # b \" c\nd", [.identifier("a"), .identifier("d")]),
        ("a/* b * / \" **/d/**/", [.identifier("a"), .identifier("d")]),
        (#""a\"b\\c\d""#, [string(#"a"b\cd"#)]),
        ("\"\"", [string("")]),
        ("\"a\nb\"", [string("a\r\nb")]),
        ("\"a\r\nb\"", [string("a\r\nb")]),
        ("text:\nab\n.\n;", [string("ab\r\n"), .semicolon]),
        ("text:\r\nab\r\n.\r\n;", [string("ab\r\n"), .semicolon]),
        ("TEXT: # why\n..a\n.b\n..\n.\n", [string(".a\r\n.b\r\n.\r\n")]),
        ("text:\n.\n", [string("")]),
        ("texts", [.identifier("texts")]),
        ("text :is", [.identifier("text"), .tag("is")]),
        ("$$ a", [.garbage, .identifier("a")]),
        ("\"a", [.broken]),
        ("text:\na", [.broken]),
        ("/* a", [.broken]),
    ]

    @Test(arguments: words)
    func reads(source: String, kinds: [Token.Kind]) {
        #expect(tokens(source).map(\.kind) == kinds)
    }

    @Test func givesPlaces() {
        let places = tokens("a  \"x\ny\"\n\tb\r\n:c").map(\.position)
        #expect(places == [(1, 1), (1, 4), (3, 2), (4, 1)].map { SourcePosition(line: $0.0, column: $0.1) })
    }

    @Test func skipsAByteOrderMark() {
        #expect(tokens("\u{FEFF}keep").map(\.kind) == [.identifier("keep")])
    }

    @Test(arguments: [
        ("a $$%b", "1:3 unexpected '$'"),
        ("\n\"ab\n", "2:1 end of file before end of the quoted string that begins here"),
        ("/*\n", "1:1 end of file before end of the bracket comment ('/* ... */') that begins here"),
        ("text: a\n", "1:7 invalid character 'a' after 'text:' in multiline string"),
        ("text:\na\n", "1:1 end of file before end of the multi-line string that begins here"),
        ("99999999999999999999", "1:1 number exceeds integer limits (max 18446744073709551615)"),
        ("\"\0\"", "1:2 encountered NUL character in quoted string"),
        ("# \0", "1:3 encountered NUL character in hash comment"),
    ])
    func reports(source: String, finding: String) {
        #expect(findings(Array(source.utf8)) == [finding])
    }

    @Test func boundsStrings() {
        var limits = Limits()
        limits.stringLength = 4
        #expect(findings(Array("\"abcd\"".utf8), limits: limits).isEmpty)
        #expect(findings(Array("\"abcde\"".utf8), limits: limits).count == 1)
    }

    @Test func endsOnAnyOctet() {
        for octet in UInt8.min...UInt8.max {
            _ = findings([octet])
            _ = findings([UInt8(ascii: "\""), octet])
            _ = findings(Array("text:\n".utf8) + [octet])
        }
    }

    @Test func skipsManyCommentsWithoutRecursion() {
        #expect(tokens(String(repeating: "/**/ #\n", count: 200_000)).isEmpty)
    }
}
