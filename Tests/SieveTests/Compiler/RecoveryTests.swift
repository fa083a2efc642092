// Where faults are found in scripts that have several, as Pigeonhole counts them.
// A fault must not hide the next one, nor make others up.

import Testing

@testable import Sieve

struct RecoveryTests {
    static let scripts: [(source: String, lines: [Int])] = [
        ("keep\nstop;\nfrop;\n", [1, 3]),
        (#"require "fileinto"\#nfileinto "a";\#nkeep;\#n"#, [1]),
        ("if true {\n  keep\n}\nfrop;\n", [3]),
        (#"if header ["a" "b"] "c" {\#n  stop;\#n}\#nkeep 1;\#n"#, [1]),
        (#"if header ["a", "b" {\#n  stop;\#n}\#nkeep ];\#n"#, [1, 4]),
        ("if anyof (true, false {\n  stop;\n}\nkeep ];\n", [1, 4]),
        ("if anyof (true false) {\n  stop;\n}\nkeep ];\n", [4]),
        ("if true {\n  stop;\n", [2]),
        ("if true {\n  if false {\n    stop;\n}\nkeep ];\n", [5, 5]),
        ("keep;\n}\nstop;\n", [2]),
        ("keep;\n} else {\n  stop;\n}\nfrop ];\n", [2]),
        (#"redirect "a@b;\#nkeep;\#n"#, [1]),
        ("keep;\n/* keep;\nstop;\n", [2]),
        ("redirect text:\nhello\nkeep;\n", [1]),
        ("if size :over 12X {\n  stop;\n}\nkeep $;\n", [4, 4]),
        ("if size :over 99999999999999999999 {\n  stop;\n}\n", [1]),
        ("keep : ;\nstop ];\n", [1, 2]),
        ("else {\n  stop;\n}\nkeep 1;\n", [1, 4]),
        ("if true { stop; }\nkeep;\nelsif false { stop; }\nfrop;\n", [3, 4]),
        ("if true;\nkeep;\nfrop;\n", [1, 3]),
        ("if { keep; }\nfrop;\n", [1, 2]),
        ("keep { stop; }\nfrop;\n", [1, 2]),
        ("keep true;\nfrop;\n", [1, 2]),
        ("if not { stop; }\nfrop;\n", [1, 2]),
        ("if not (true) { stop; }\nfrop;\n", [1, 2]),
        ("if allof true { stop; }\nfrop;\n", [1, 2]),
        ("if true, false { stop; }\nfrop ];\n", [1, 2]),
        ("if anyof () { stop; }\nfrop ];\n", [1, 1, 2]),
        ("if true true { stop; }\nfrop ];\n", [2]),
        (
            #"if header "a" { stop; }\#nif header "a" 1 { stop; }\#nif header 1 "b" { stop; }\#nif header "a" "b" "c" { stop; }\#n"#,
            [1, 2, 3, 4]
        ),
        (
            #"if header :is :contains "a" "b" { stop; }\#nif header :all "a" "b" { stop; }\#nif header :comparator 1 "a" "b" { stop; }\#nif header :comparator "x" "a" "b" { stop; }\#n"#,
            [1, 2, 3, 4]
        ),
        (
            #"if size 1 { stop; }\#nif size :over "1" { stop; }\#nif size :over :under 1 { stop; }\#nif size :over { stop; }\#n"#,
            [1, 2, 3, 4]
        ),
        (#"fileinto "a";\#nfileinto "b";\#nvacation "x";\#nset "a" "b";\#n"#, [1, 3, 4]),
        (#"require "nothing";\#nrequire ["fileinto", "no", "none"];\#nfileinto 1;\#n"#, [1, 2, 2, 3]),
        (#"keep;\#nrequire "fileinto";\#nfileinto "x";\#n"#, [2, 3]),
        (#"if true {\#n  require "fileinto";\#n}\#nfrop;\#n"#, [2, 4]),
        (
            #"redirect;\#nredirect 1;\#nredirect "";\#nredirect "a";\#nredirect ["a@b.c", "d@e.f"];\#n"#,
            [1, 2, 3, 4, 5]
        ),
        (#"stop 1;\#ndiscard "a";\#nkeep :flags "a";\#n"#, [1, 2, 3]),
        ("if exists { stop; }\nif exists 1 { stop; }\nif exists [] { stop; }\n", [3]),
        (
            #"require ["variables"];\#nset "1a" "b";\#nset "a.b" "c";\#nset :upper :lower "a" "b";\#nset :length :length "a" "b";\#nset "a";\#n"#,
            [2, 3, 4, 5, 6]
        ),
        (
            #"require ["envelope"];\#nif envelope "frop" "x" { stop; }\#nif envelope :domain "from" { stop; }\#nif envelope :all :domain "from" "x" { stop; }\#n"#,
            [2, 3, 4]
        ),
        (
            #"require ["relational"];\#nif header :value "xx" "a" "b" { stop; }\#nif header :count "eq" :value "gt" "a" "b" { stop; }\#nif header :value "a" "b" { stop; }\#n"#,
            [2, 3, 4]
        ),
        (
            #"require ["regex"];\#nif header :regex "a" "(" { stop; }\#nif header :regex "a" ["b", "[", "("] { stop; }\#n"#,
            [2, 3]
        ),
        (#"if hedaer "a" "b" {\#n  if hedaer "c" "d" { fropp; }\#n}\#nfropp;\#n"#, [1, 2]),
        (#"if anyof (hedaer "a", true, exists 1) {\#n  keep 1;\#n}\#n"#, [1, 1, 2]),
        (
            #"if address :is :localpart "from" "x" { stop; }\#nif address :localpart :domain "from" "x" { stop; }\#n"#,
            [2]
        ),
        (#"require "variables";\#nset "1a" "b"\#nkeep;\#n"#, [2]),
        (#"require "variables"\#nset "a" "b";\#nset "c" "d";\#n"#, [1, 3]),
        (#"require ["variables", "nope"]\#nset "a" "b";\#nset "c" "d";\#n"#, [1, 3]),
        (#"redirect "xx" { keep; }\#nredirect 1 { keep; }\#nredirect :x "a@b.c" { frop; }\#n"#, [1, 2, 3]),
        (#"if header 1 "b" true { keep; }\#nredirect "xx" true;\#n"#, [1, 2]),
        (#"if :foo { keep; }\#nif 1 { keep; }\#n"#, [1, 1, 2, 2]),
        ("keep;\n\\stop;\nfrop ];\n", [2, 2]),
    ]

    @Test(arguments: scripts)
    func findsEachFault(source: String, lines: [Int]) {
        let options = TestStage(folder: "") { _ in nil }.options
        let faults = TestStage.faults(of: Compiler(options: options).compile(Array(source.utf8), name: "t"), name: "t")
        #expect(faults.map(\.position.line) == lines)
    }
}
