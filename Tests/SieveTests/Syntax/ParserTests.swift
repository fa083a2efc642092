// The grammar: what it takes, and that after each fault the next one is found at its own line.

import Testing

@testable import Sieve

struct ParserTests {
    private func parse(_ source: String, limits: Limits = Limits()) -> (commands: [Statement], findings: [String]) {
        var parser = Parser(source: Array(source.utf8), limits: limits)
        let (commands, faults) = parser.parse()
        return (commands, faults.map { "\($0.position.line):\($0.position.column) \($0.message)" })
    }

    /// A statement in short: name, arguments in angle brackets, tests in parentheses, block in braces.
    private static func sketch(_ statement: Statement) -> String {
        var text = statement.name
        for argument in statement.arguments {
            switch argument.value {
            case .tag(let tag): text += " :\(tag)"
            case .number(let number): text += " \(number)"
            case .string(let string): text += " \"\(string.text)\""
            case .stringList(let strings): text += " [\(strings.map(\.value.text).joined(separator: ","))]"
            }
        }
        switch statement.tests {
        case .none: break
        case .one(let tests): text += " " + tests.map(sketch).joined()
        case .list(let tests): text += " (" + tests.map(sketch).joined(separator: ", ") + ")"
        }
        if let block = statement.block { text += " {" + block.map(sketch).joined(separator: " ") + "}" }
        return text
    }

    @Test(arguments: [
        ("keep;", "keep"),
        ("keep ; stop;", "keep stop"),
        ("if true { keep; }", "if true {keep}"),
        ("if not header :is [\"a\", \"b\"] \"c\" { }", "if not header :is [a,b] \"c\" {}"),
        ("if anyof (true, size :over 1K) { stop; } else { }", "if anyof (true, size :over 1024) {stop} else {}"),
        ("a 1 :b text:\nx\n.\n;", "a 1 :b \"x\r\n\""),
    ])
    func reads(source: String, sketch: String) {
        let (commands, findings) = parse(source)
        #expect(commands.map(Self.sketch).joined(separator: " ") == sketch)
        #expect(findings.isEmpty)
    }

    private static let end = "expected end of command ';' or the beginning of a compound block '{', but found"

    static let faults: [(String, [String])] = [
        ("keep\n}", ["2:1 \(end) '}'"]),
        ("keep", ["1:5 \(end) end of file"]),
        ("keep ];\nstop ];", ["1:6 \(end) ']'", "2:6 \(end) ']'"]),
        ("if true { keep }\nkeep ) ;", ["1:16 \(end) '}'", "2:6 \(end) ')'"]),
        (
            "if true { keep; ] }\nkeep ) ;",
            ["1:17 expected end of compound block '}', but found ']'", "2:6 \(end) ')'"]
        ),
        ("if true { keep;", ["1:16 expected end of compound block '}', but found end of file"]),
        ("} keep ) ;", ["1:1 expected a command, but found '}'", "1:8 \(end) ')'"]),
        ("// a } comment\nkeep ];", ["1:1 expected a command, but found '/'", "2:6 \(end) ']'"]),
        (";;; keep;", ["1:1 expected a command, but found ';'"]),
        (
            "a [\"x\" \"y\"];\nb ];",
            [
                "1:8 expecting ',' or end of string list ']', but found string", "2:3 \(end) ']'",
            ]
        ),
        ("a [\"x\", 1];", ["1:9 expecting string after ',' in string list, but found number"]),
        ("a [];", ["1:4 expecting string after '[' in string list, but found ']'"]),
        (
            "if anyof (true { stop; }\na ];",
            [
                "1:16 expecting ',' or end of test list ')', but found '{'", "2:3 \(end) ']'",
            ]
        ),
        ("if anyof (true, ) {}", ["1:17 expecting test identifier after ',' in test list, but found ')'"]),
        (
            "if anyof () {}",
            [
                "1:11 expecting test identifier after '(' in test list, but found ')'",
                "1:13 'anyof' has no test in its list",
            ]
        ),
        ("a \"x\nb;", ["1:3 end of file before end of the quoted string that begins here"]),
        (
            "a $$;\nb ];",
            ["1:3 unexpected '$'", "1:3 \(end) unknown characters", "2:3 \(end) ']'"]
        ),
    ]

    @Test(arguments: faults)
    func reportsEachFault(source: String, findings: [String]) {
        #expect(parse(source).findings == findings)
    }

    @Test func allowsNestingUpToTheLimits() {
        var limits = Limits()
        limits.blockNesting = 4
        limits.testNesting = 4
        func blocks(_ depth: Int) -> String {
            String(repeating: "if true {", count: depth) + String(repeating: "}", count: depth)
        }
        #expect(parse(blocks(3), limits: limits).findings.isEmpty)
        #expect(parse(blocks(4), limits: limits).findings.count == 1)
        #expect(parse("if not not true {}", limits: limits).findings.isEmpty)
        #expect(parse("if not not not true {} a ];", limits: limits).findings.count == 2)
        #expect(parse("if anyof (anyof (anyof (true))) {} a ];", limits: limits).findings.count == 2)
    }

    @Test func boundsArgumentsAndLists() {
        var limits = Limits()
        limits.arguments = 2
        limits.listLength = 2
        #expect(parse("a 1 2;", limits: limits).findings.isEmpty)
        #expect(parse("a 1 2 3; b ];", limits: limits).findings.count == 2)
        #expect(parse("a [\"1\", \"2\"];", limits: limits).findings.isEmpty)
        #expect(!parse("a [\"1\", \"2\", \"3\"];", limits: limits).findings.isEmpty)
    }

    @Test func survivesDeepNesting() {
        for opening in ["if true {", "if not ", "if anyof (", "a ["] {
            _ = parse(String(repeating: opening, count: 50_000))
        }
    }

    @Test func survivesEveryTruncation() {
        let source = Array(
            "if anyof (not header :is [\"a\", \"b\"] text:\nx\n.\n, size :over 1k) { stop; /* # */ }".utf8
        )
        for length in 0...source.count {
            var parser = Parser(source: Array(source[..<length]), limits: Limits())
            _ = parser.parse()
        }
    }
}
