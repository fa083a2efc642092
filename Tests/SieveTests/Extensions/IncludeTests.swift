// include: RFC 6609, and whose faults are told where.

import Testing

@testable import Sieve

struct IncludeTests {
    private static let scripts = [
        "good": "keep;",
        "broken": "keep\nstop ];",
        "wrong": "\nfrop;",
        "itself": "require \"include\";\ninclude \"itself\";",
        "once": "require \"include\"; include :once \"once\";",
        "there": "require \"include\"; include \"back\";",
        "back": "require \"include\"; include \"there\";",
    ]

    private func errors(_ source: String, isFinal: Bool = true) -> [String] {
        var options = CompilerOptions()
        options.includesAreFinal = isFinal
        options.includes = { _, name in Self.scripts[name].map { Array($0.utf8) } }
        let compilation = Compiler(options: options).compile(Array("require \"include\";\n\(source)".utf8), name: "t")
        return compilation.diagnostics.filter { $0.severity == .error }.map {
            "\($0.file):\($0.position.line) \($0.message)"
        }
    }

    private static let table: [(source: String, errors: [String])] = [
        ("include \"good\";", []),
        ("include :optional \"none\";", []),
        ("include \"once\";", []),
        ("require \"ihave\"; if ihave \"frop\" { include \"wrong\"; include \"none\"; }", []),
        ("include \"none\";", ["t:2 included personal script 'none' does not exist"]),
        ("include :global \"none\";", ["t:2 included global script 'none' does not exist"]),
        (
            "include\n\"wrong\";",
            [
                "personal/wrong:2 unknown command 'frop' (only reported once at first occurrence)",
                "t:2 failed to validate included script 'wrong'",
            ]
        ),
        (
            "include \"broken\";",
            [
                "personal/broken:2 expected end of command ';' or the beginning of a compound block '{', but found ']'",
                "t:2 failed to parse included script 'broken'",
            ]
        ),
        (
            "include \"itself\";",
            ["personal/itself:2 circular include", "t:2 failed to generate code for included script 'itself'"]
        ),
        (
            "include \"there\";",
            [
                "personal/back:1 circular include",
                "personal/there:1 failed to generate code for included script 'back'",
                "t:2 failed to generate code for included script 'there'",
            ]
        ),
        (
            "frop;\ninclude \"wrong\";",
            [
                "t:2 unknown command 'frop' (only reported once at first occurrence)",
                "personal/wrong:2 unknown command 'frop' (only reported once at first occurrence)",
                "t:3 failed to validate included script 'wrong'",
            ]
        ),
    ]

    @Test(arguments: table)
    func tellsFaultsOfIncludedScripts(source: String, expected: [String]) {
        #expect(errors(source) == expected)
    }

    /// Each of nine scripts includes the next one twelve times: five thousand million scripts.
    @Test func aScriptThatIsIncludedOftenIsCompiledOnce() {
        var options = CompilerOptions()
        options.includes = { _, name in
            guard let number = Int(name), number < 9 else { return Array("keep;".utf8) }
            return Array(("require \"include\";" + String(repeating: "include \"\(number + 1)\";", count: 12)).utf8)
        }
        let compilation = Compiler(options: options).compile(
            Array("require \"include\"; include \"1\";".utf8),
            name: "t"
        )
        #expect(compilation.diagnostics == [])
        guard let script = compilation.script else { return }
        var limits = Sieve.Limits()
        limits.instructions = 10_000
        var evaluation = Evaluation(script, header: [], limits: limits)
        guard case .finished(let outcome) = evaluation.run() else { return }
        #expect(outcome.failure?.message == "too many steps (instructions)")
    }

    @Test func includesAreBounded() {
        let many = String(repeating: "include \"good\";", count: 255)
        #expect(errors(many) == [])
        #expect(errors(many + "include \"good\";") == ["t:2 cannot include more than 255 scripts"])
    }

    /// Whether it is one depends on where the way began.
    @Test func aCircleOnOneWayIsNoneOnAnother() {
        var options = CompilerOptions()
        options.includesAreFinal = true
        options.includes = { _, name in
            let other = name == "a" ? "b" : "a"
            return Array("require [\"include\", \"fileinto\"]; fileinto \"\(name)\"; include :once \"\(other)\";".utf8)
        }
        let source = "require \"include\"; include \"a\"; include \"b\";"
        guard let script = Compiler(options: options).compile(Array(source.utf8), name: "t").script else {
            Issue.record("it does not compile")
            return
        }
        var evaluation = Evaluation(script, header: [])
        guard case .finished(let outcome) = evaluation.run() else { return }
        #expect(outcome.actions.map(\.description) == ["fileinto a", "fileinto b"])
    }

    /// Where scripts are uploaded one by one, the other may come later (RFC 6609 section 3.1).
    @Test(arguments: ["include \"none\";", "include \"itself\";", "include \"there\";"])
    func whatIsNotThereYetIsNoFault(source: String) {
        #expect(errors(source, isFinal: false) == [])
    }
}
