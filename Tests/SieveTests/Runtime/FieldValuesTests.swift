// Fields that many tests look at are read once: each test still sees its own field, its own part of it, and every edit.

import Testing

@testable import Sieve

struct FieldValuesTests {
    private static let message = "From: Ann <ann@example.com>\nSubject: one\nTo: bob@example.org\n\n"

    private static let scripts: [(name: String, source: String, actions: [String])] = [
        (
            "two fields, in turns",
            """
            if header "Subject" "one" { fileinto "a"; }
            if header "To" "bob@example.org" { fileinto "b"; }
            if header "Subject" "one" { fileinto "c"; }
            if header "To" "bob@example.org" { fileinto "d"; }
            if header "subject" "bob@example.org" { fileinto "wrong"; }
            if header "to" "one" { fileinto "wrong"; }
            """,
            ["fileinto a", "fileinto b", "fileinto c", "fileinto d"]
        ),
        (
            "the same field as text and as address, whole and in parts",
            """
            if header "From" "Ann <ann@example.com>" { fileinto "a"; }
            if address "From" "ann@example.com" { fileinto "b"; }
            if address :domain "From" "example.com" { fileinto "c"; }
            if header "From" "ann@example.com" { fileinto "wrong"; }
            if header "From" "Ann <ann@example.com>" { fileinto "d"; }
            if address :domain "From" "ann@example.com" { fileinto "wrong"; }
            if address :domain "From" "example.com" { fileinto "e"; }
            if address "From" "example.com" { fileinto "wrong"; }
            """,
            ["fileinto a", "fileinto b", "fileinto c", "fileinto d", "fileinto e"]
        ),
        (
            "an edit between the tests",
            """
            if header "Subject" "one" { fileinto "a"; }
            if header "Subject" "one" { fileinto "b"; }
            deleteheader "Subject";
            if header "Subject" "one" { fileinto "wrong"; }
            addheader "Subject" "two";
            if header "Subject" "two" { fileinto "c"; }
            if header :count "eq" "Subject" "1" { fileinto "d"; }
            """,
            ["fileinto a", "fileinto b", "deleteheader Subject", "addheader Subject", "fileinto c", "fileinto d"]
        ),
    ]

    @Test(arguments: scripts)
    func eachTestSeesItsOwn(script: (name: String, source: String, actions: [String])) {
        let require = #"require ["fileinto", "editheader", "relational"];"#
        let result = evaluate("\(require)\n\(script.source)", on: Self.message)
        #expect(result.diagnostics == [])
        #expect(result.actions == script.actions)
    }

    @Test func anIncludedScriptHasNumbersOfItsOwn() {
        var options = CompilerOptions()
        options.includes = { _, _ in
            Array(
                #"require "fileinto"; if header "To" "one" { fileinto "x"; } if header "To" "one" { fileinto "x"; }"#
                    .utf8
            )
        }
        let source = """
            require ["fileinto", "include"];
            if header "Subject" "one" { fileinto "a"; }
            if header "Subject" "one" { fileinto "b"; }
            include "other";
            if header "Subject" "one" { fileinto "c"; }
            """
        guard let script = Compiler(options: options).compile(Array(source.utf8), name: "t").script else {
            Issue.record("it does not compile")
            return
        }
        var evaluation = Evaluation(script, header: Array(Self.message.utf8))
        guard case .finished(let outcome) = evaluation.run() else {
            Issue.record("it asks for something")
            return
        }
        #expect(outcome.actions.map(\.description) == ["fileinto a", "fileinto b", "fileinto c"])
    }
}
