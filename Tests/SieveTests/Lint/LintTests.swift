// Warnings: what is found, and above all what is not.

import Foundation
import Testing

@testable import Sieve

struct LintTests {
    private func warnings(_ source: [UInt8], lists: Set<String>? = nil) -> [String] {
        var options = CompilerOptions()
        options.allowsTestsuite = true
        options.lists = lists
        options.includes = { _, _ in Array("keep;".utf8) }
        let compilation = Compiler(options: options).compile(source, name: "t")
        for diagnostic in compilation.diagnostics where diagnostic.severity == .error { Issue.record("\(diagnostic)") }
        return compilation.diagnostics.map { "\($0.position.line):\($0.position.column) \($0.message)" }
    }

    private static let expression = "this looks like a regular expression; in :matches only * and ? are special"

    private static let table: [(String, [String])] = [
        // Behind the end.
        ("stop; keep; discard;", ["1:7 this is never reached: the script has ended before it"]),
        ("if true {\n stop;\n keep; } ", ["3:2 this is never reached: the script has ended before it"]),
        (
            "if exists \"a\" { stop; } else { stop; }\nkeep;",
            ["2:1 this is never reached: the script has ended before it"]
        ),
        (
            "if exists \"a\" { stop; } elsif true { stop; }\nkeep;",
            ["2:1 this is never reached: the script has ended before it"]
        ),
        ("if exists \"a\" { stop; } else { keep; }\nkeep;", []),
        ("if exists \"a\" { stop; }\nkeep;", []),
        ("if exists \"a\" { stop; } elsif exists \"b\" { stop; }\nkeep;", []),
        ("require \"include\"; return; keep;", ["1:28 this is never reached: the script has ended before it"]),
        ("require \"foreverypart\"; foreverypart { break; } keep;", []),
        // Defects that there are not.
        (
            "require \"vnd.popsieve.defects\"; if defect [\"bare-cr\", \"bare-lfs\"] { stop; }",
            ["1:55 there is no defect \"bare-lfs\""]
        ),
        ("require \"vnd.popsieve.defects\"; if defect :matches \"bare-*\" { stop; }", []),
        // Branches.
        ("if false { keep; }", ["1:1 this block never runs: its test is always false"]),
        ("if not anyof (exists \"a\", true) { keep; }", ["1:1 this block never runs: its test is always false"]),
        ("if allof (exists \"a\", not true) { keep; }", ["1:1 this block never runs: its test is always false"]),
        ("if true { keep; } else { stop; }", ["1:19 this branch is never taken: a test before it is always true"]),
        ("if true { keep; }", []),
        ("if anyof (exists \"a\", false) { keep; }", []),
        ("require \"ihave\"; if ihave \"frop\" { frop; } else { keep; }", []),
        (
            "if exists \"a\" { keep; }\nelsif exists \"a\" { stop; }",
            ["2:7 this branch is never taken: same test as line 1"]
        ),
        ("if exists \"a\" { keep; } elsif exists \"b\" { stop; }", []),
        ("if exists \"a\" { keep; } if exists \"a\" { stop; }", []),
        (
            "require \"variables\"; if string \"${1}\" \"a\" { keep; } elsif string \"${1}\" \"a\" { stop; }", []
        ),
        // Discards that a keep makes useless.
        (
            "discard;\nkeep;",
            ["1:1 this discard has no effect: the keep in line 2 delivers the message all the same"]
        ),
        (
            "if true { discard; } keep;",
            ["1:11 this discard has no effect: the keep in line 1 delivers the message all the same"]
        ),
        (
            "if true { keep; if exists \"a\" { keep; } discard; }",
            ["1:41 this discard has no effect: the keep in line 1 delivers the message all the same"]
        ),
        ("if exists \"a\" { discard; } keep;", []), ("discard; if exists \"a\" { keep; }", []),
        ("discard; if exists \"a\" { stop; } keep;", []),
        (
            "if true { discard; stop; } else { keep; }",
            ["1:28 this branch is never taken: a test before it is always true"]
        ),
        ("require \"include\"; discard; include \"a\"; keep;", []),
        ("require \"fileinto\"; fileinto \"a\"; discard;", []), ("if exists \"a\" { discard; } else { keep; }", []),
        // Keys.
        ("if header \"a\" \"b*\" { keep; }", ["1:15 with :is, * stands for itself"]),
        ("if address :is \"from\" [\"x@y\", \"*@b\"] { keep; }", ["1:31 with :is, * stands for itself"]),
        ("if header \"a\" [\"***SPAM***\", \"*****\", \"*\", \"a*b\"] { keep; }", []),
        ("if header :contains \"a\" \"b*\" { keep; }", []),
        ("if header :matches \"a\" \"b*\" { keep; }", []),
        ("require \"editheader\"; deleteheader \"a\";", []),
        ("if header [\"a\", \"b\", \"a\"] \"x\" { keep; }", ["1:22 \"a\" stands twice in this list"]),
        ("if header \"a\" [\"x\", \"X\"] { keep; }", []),
        // Backslashes that quoting drops, wherever they stand.
        (
            #"require "regex"; if header :regex "a" "x\bspam\b" { keep; }"#,
            ["1:41 the backslash before 'b' is lost: strings keep one only where two are written"]
        ),
        (
            #"if header :matches "a" "\*b*" { keep; }"#,
            ["1:25 the backslash before '*' is lost: strings keep one only where two are written"]
        ),
        (#"require "regex"; if header :regex "a" ["\\bspam\\b", "\"", "\\\\"] { keep; }"#, []),
        // Regular expressions among wildcards.
        (#"if header :matches "a" ".*spam" { keep; }"#, ["1:24 \(expression)"]),
        (#"if header :matches "a" "invoice.*overdue*" { keep; }"#, ["1:24 \(expression)"]),
        (#"if header :matches "a" ["*@example\\.com", "x*"] { keep; }"#, ["1:25 \(expression)"]),
        (#"if header :matches "a" "*[a-z]+*" { keep; }"#, ["1:24 \(expression)"]),
        (#"if header :matches "a" "[xy]+" { keep; }"#, ["1:24 \(expression)"]),
        (#"if header :matches "a" "^spam$" { keep; }"#, ["1:24 \(expression)"]),
        (
            #"if header :matches "a" ["*.*", "*.*.exe", "news.*", "*.*@b", "[list] *", "[a-b]*", "*\\**", "a\\\\b*", "*$"] { keep; }"#,
            []
        ),
        // Those that the compiler makes where it compiles.
        ("if header :matches \"a\" \"b\" { keep; }", ["1:11 a :matches key without * and ? is compared whole"]),
        (
            "require \"regex\"; if header :regex \"a\" \"b*\" { keep; }",
            ["1:28 the regular expression matches the empty string"]
        ),
        (
            "require [\"regex\", \"copy\"]; if header :regex \"a\" \"b\" { keep; }",
            ["1:19 the extension \"copy\" is required, but not used"]
        ),
    ]

    @Test(arguments: table)
    func finds(_ source: String, _ expected: [String]) { #expect(warnings(Array(source.utf8)) == expected) }

    @Test func listsThatNobodyKeeps() {
        let source = Array("require \"extlists\"; if header :list \"a\" [\"friends\", \"freinds\"] { keep; }".utf8)
        #expect(warnings(source) == [])
        #expect(warnings(source, lists: ["friends"]) == ["1:53 there is no list \"freinds\", so nothing is in it"])
    }

    @Test func aLostBackslashThatMakesAnExpressionFaultyIsToldOfAsWell() {
        let source = Array(#"require "regex"; if header :regex "a" "\(" { keep; }"#.utf8)
        let found = Compiler().compile(source, name: "t").diagnostics
        #expect(found.map(\.severity) == [.error, .warning])
        #expect(found.last?.fix == #"write two: \\("#)
    }

    @Test func aFaultyScriptIsNotWarnedOf() {
        let compilation = Compiler().compile(Array("require \"copy\"; stop; kepe;".utf8), name: "t")
        #expect(compilation.diagnostics.map(\.severity) == [.error])
    }

    /// A script with errors, and one with a command behind its return.
    private static let faulty: Set = ["faulty.sieve", "included/shares.sieve"]

    @Test func nothingIsFoundInTheScriptsOfThePackage() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        for folder in ["Rules", "Tests/SieveSuite"] {
            let path = root.appending(path: folder).resolvingSymlinksInPath()
            for name in try FileManager.default.subpathsOfDirectory(atPath: path.path)
            where (name.hasSuffix(".sieve") || name.hasSuffix(".svtest")) && !Self.faulty.contains(name) {
                let found = warnings(Array(try Data(contentsOf: path.appending(path: name))))
                #expect(found == [], "\(name)")
            }
        }
    }

    private static func conflict(_ place: String, _ name: String, _ other: String, _ line: Int) -> String {
        "\(place) this \(name) can't stand beside the \(other) in line \(line): where both run, the rule file fails, changes "
            + "nothing, and the message is delivered"
    }

    @Test(
        arguments: [
            ("reject \"x\";\nfileinto \"a\";", [conflict("3:1", "fileinto", "reject", 2)]),
            ("fileinto :copy \"a\";\nereject \"x\";", [conflict("3:1", "ereject", "fileinto", 2)]),
            ("keep;\nif exists \"a\" { reject \"x\"; }", [conflict("3:17", "reject", "keep", 2)]),
            ("if exists \"a\" { reject \"x\"; }\nfileinto \"a\";", [conflict("3:1", "fileinto", "reject", 2)]),
            (
                "reject \"x\";\nif exists \"a\" { stop; }\nereject \"y\";",
                [conflict("4:1", "ereject", "reject", 2)]
            ),
            (
                "if exists \"a\" { reject \"x\"; } elsif exists \"b\" { stop; }\nkeep;",
                [conflict("3:1", "keep", "reject", 2)]
            ),
            ("if exists \"a\" { reject \"x\"; stop; }\nfileinto \"a\";", []),
            ("if exists \"a\" { reject \"x\"; } else { fileinto \"a\"; }", []),
            ("if exists \"a\" { reject \"x\"; }\nif not exists \"a\" { keep; }", []),
            ("if exists \"a\" { reject \"x\"; if exists \"b\" { stop; } }\nkeep;", []),
            ("if exists \"a\" { reject \"x\"; } include \"a\"; keep;", []),
            ("reject \"x\"; discard;", []), ("if false { reject \"x\"; } keep;", []),
        ]
    )
    func actionsThatCantStandBesideEachOther(_ source: String, _ expected: [String]) {
        let found = warnings(
            Array("require [\"reject\", \"ereject\", \"fileinto\", \"copy\", \"include\"];\n\(source)".utf8)
        )
        #expect(found.filter { !$0.contains("is required") && !$0.contains("never runs") } == expected)
    }
}
