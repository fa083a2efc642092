// The formatter: what scripts look like, that a second run changes nothing, that the meaning stays.

import Foundation
import Testing

@testable import Sieve

struct ScriptFormatterTests {
    private func format(_ source: String) throws -> String {
        try ScriptFormatter().format(Array(source.utf8), name: "t").text
    }

    private static let cases: [(String, String)] = [
        ("", ""),
        ("\n\n", ""),
        ("keep;", "keep;\n"),
        ("KEEP ;STOP;", "keep;\nstop;\n"),
        ("# only a comment  \r\n", "# only a comment\r\n"),
        ("if TRUE{keep;}", "if true { keep; }\n"),
        ("if true{}else{stop;}", "if true {} else { stop; }\n"),
        ("if true{\n}else{keep;stop;}", "if true {\n} else {\n    keep;\n    stop;\n}\n"),
        ("if size:OVER 10k{discard;}", "if size :over 10K { discard; }\n"),
        ("keep;\n\n\n\nstop;", "keep;\n\nstop;\n"),
        ("\n\nif true {\n\n  keep;\n\n}\n", "if true {\n    keep;\n}\n"),
        ("require[\"a\" ,\"b\"];", "require [\"a\", \"b\"];\n"),
        ("require [\n\"a\",\"b\"];", "require [\n    \"a\",\n    \"b\"\n];\n"),
        ("if anyof(true,not  false)\n{keep;}", "if anyof (true, not false) { keep; }\n"),
        ("if anyof(true,\nfalse){keep;}", "if anyof (true,\n          false) { keep; }\n"),
        ("if anyof(\ntrue,false){keep;}", "if anyof (\n    true,\n    false\n) { keep; }\n"),
        ("x text: # c\nline\n..dot\n.\n;y;", "x text: # c\nline\n..dot\n.\n;\ny;\n"),
        ("x text:\n.\n \"b\";", "x text:\n.\n\"b\";\n"),
        ("x [\"a\", text:\n.\n];", "x [\n    \"a\",\n    text:\n.\n];\n"),
        ("x \"a\nb\" 1;", "x \"a\nb\" 1;\n"),
        ("\u{FEFF}keep;", "\u{FEFF}keep;\n"),
        ("keep;\r\nstop;\r\n", "keep;\r\nstop;\r\n"),
    ]

    @Test(arguments: cases)
    func looks(_ source: String, _ expected: String) throws { #expect(try format(source) == expected) }

    private static let commented: [(String, String)] = [
        ("keep; # why\n# next\nstop;", "keep;  # why\n# next\nstop;\n"),
        ("# head\n\n# rule\nkeep;\n\n# end", "# head\n\n# rule\nkeep;\n\n# end\n"),
        (
            "if true { # a\n# b\nkeep;# c\n\n# d\n} # e\n",
            "if true {  # a\n    # b\n    keep;  # c\n\n    # d\n}  # e\n"
        ),
        ("if true {}\n# why\nelse {}", "if true {}\n# why\nelse {}\n"),
        ("if true {} # why\nelse {}", "if true {}  # why\nelse {}\n"),
        ("/* a\n   b */ keep; /* c */", "/* a\n   b */\nkeep;  /* c */\n"),
        ("x [\"a\", # one\n\"b\" # two\n];", "x [\n    \"a\",  # one\n    \"b\"  # two\n];\n"),
        ("x [\"a\" # one\n, \"b\"];", "x [\n    \"a\",  # one\n    \"b\"\n];\n"),
        ("x [# list\n# more\n\"a\"];", "x [\n    # list\n    # more\n    \"a\"\n];\n"),
        ("x [\"a\"\n# end\n];", "x [\n    \"a\"\n    # end\n];\n"),
        (
            "if anyof(true, # one\n# two\nnot false){}",
            "if anyof (\n    true,  # one\n    # two\n    not false\n) {}\n"
        ),
        ("keep # odd\n ;stop;", "keep # odd\n;\nstop;\n"),
        ("if  /* odd */ TRUE  {keep;}", "if  /* odd */ TRUE { keep; }\n"),
        ("x  :a # odd\n 1 [\"b\"];", "x  :a # odd\n 1 [\"b\"];\n"),
    ]

    @Test(arguments: commented)
    func commentsStayWhereTheyStand(_ source: String, _ expected: String) throws {
        #expect(try format(source) == expected)
    }

    @Test(arguments: cases + commented)
    func aSecondRunChangesNothing(_ source: String, _ expected: String) throws {
        #expect(try format(expected) == expected)
    }

    @Test func longListsAreBroken() throws {
        let keys = (1...12).map { "\"somebody-\($0)@example.com\"" }.joined(separator: ",")
        let formatted = try format("if address \"from\" [\(keys)] { keep; }")
        let lines = formatted.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.count <= 120 })
        #expect(lines[1].hasPrefix(String(repeating: " ", count: 19) + "\""))
        #expect(try format(formatted) == formatted)
    }

    @Test func longTestsAreBroken() throws {
        let test = "header :contains [\"subject\", \"x-subject\"] [\"one thing\", \"another thing\"]"
        let formatted = try format("if allof (\(test), not anyof (\(test), \(test))) {\nkeep; }")
        let expected = """
            if allof (\(test),
                      not anyof (\(test),
                                 \(test))) {
                keep;
            }

            """
        #expect(formatted == expected)
        #expect(try format(formatted) == formatted)
    }

    @Test(arguments: [
        ("keep", 1, 5), ("if true {\n  keep;\n", 2, 8), ("keep;\nx \"a", 2, 3), (" /* a", 1, 2),
    ])
    func whatIsBrokenIsReported(_ source: String, _ line: Int, _ column: Int) {
        #expect {
            try format(source)
        } throws: { error in
            (error as? ScriptFormatter.Failure)?.diagnostics.first?.position
                == SourcePosition(line: line, column: column)
        }
    }

    // MARK: Every script there is, and many there are not

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardized

    private static func scripts() -> [URL] {
        ["Rules", "Tests/SieveSuite"].flatMap { folder in
            let path = root.appending(path: folder).resolvingSymlinksInPath()
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: path.path)) ?? []
            return names.filter { $0.hasSuffix(".sieve") || $0.hasSuffix(".svtest") }.sorted().map {
                path.appending(path: $0)
            }
        }
    }

    /// Formats twice; nil if the source is broken.
    private func check(_ source: [UInt8], _ what: @autoclosure () -> String) -> [UInt8]? {
        var parser = Parser(source: source, limits: Sieve.Limits())
        let (statements, faults) = parser.parse()
        guard faults.isEmpty else { return nil }
        do {
            let formatted = try ScriptFormatter().format(source, name: "t")
            var again = Parser(source: formatted, limits: Sieve.Limits())
            #expect(Statement.areSame(again.parse().commands, statements), "\(what())")
            #expect(comments(formatted) == comments(source), "\(what())")
            let second = try ScriptFormatter().format(formatted, name: "t")
            #expect(second.text == formatted.text, "\(what())")
            return formatted
        } catch {
            Issue.record("\(what()): \(error.diagnostics)")
            return nil
        }
    }

    private func comments(_ source: [UInt8]) -> [String] {
        SourceScanner.words(of: source).filter(\.isComment).map { source[$0.range].text }
    }

    @Test func everyScriptOfThePackage() throws {
        let scripts = Self.scripts()
        #expect(scripts.count > 5)
        for script in scripts { _ = check(Array(try Data(contentsOf: script)), script.lastPathComponent) }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func generatedScripts(seed: UInt64) {
        var generator = ScriptGenerator(seed: seed)
        var formatted = 0
        for _ in 0..<250 {
            let script = generator.script()
            if check(Array(script.utf8), script) != nil { formatted += 1 }
        }
        #expect(formatted > 220)
    }
}
