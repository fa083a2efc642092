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

    /// Where scripts are uploaded one by one, the other may come later (RFC 6609 section 3.1).
    @Test(arguments: ["include \"none\";", "include \"itself\";", "include \"there\";"])
    func whatIsNotThereYetIsNoFault(source: String) {
        #expect(errors(source, isFinal: false) == [])
    }
}
