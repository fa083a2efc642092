// editheader: RFC 5293, and that nothing else of the header changes.

import Testing

@testable import Sieve

private let message = """
    Received: from a
    X-Hello: one
    Subject:  foo
    x-hello: two
    X-Hello: three

    body
    """

struct EditheaderTests {
    private func edited(_ commands: String) -> String {
        evaluate("require \"editheader\"; \(commands)", on: message).header
    }

    private static let original = message.replacing("body", with: "")

    @Test(arguments: [
        ("", original),
        (#"addheader "X-New" "v";"#, "X-New: v\n" + original),
        (#"addheader :last "X-New" "v";"#, original.dropLast() + "X-New: v\n\n"),
        (#"addheader "X-Hello" "World"; deleteheader :index 1 "X-Hello";"#, original),
        (#"deleteheader "X-HELLO";"#, "Received: from a\nSubject:  foo\n\n"),
        (
            #"deleteheader :index 1 "X-Hello"; deleteheader :index 2 "X-Hello";"#,
            "Received: from a\nSubject:  foo\nx-hello: two\n\n"
        ),
        (#"deleteheader :index 1 :last "X-Hello";"#, original.replacing("X-Hello: three\n", with: "")),
        (#"deleteheader :index 4 "X-Hello";"#, original),
        (#"deleteheader :contains "X-Hello" ["tw", "thr"];"#, "Received: from a\nX-Hello: one\nSubject:  foo\n\n"),
        (#"deleteheader :index 1 :contains "X-Hello" "two";"#, original),
        (#"deleteheader "Received";"#, original),
        (#"deleteheader :is "Subject" "foo";"#, original.replacing("Subject:  foo\n", with: "")),
    ])
    func edits(commands: String, expected: String) {
        #expect(edited(commands) == expected)
    }

    @Test(arguments: [
        ("a\r\n b", "a b"), ("a\r\n\tb", "a b"), ("a \r\n  b", "a b"), ("a\nb", "a b"), ("a\r\n\r\n b", "a b"),
        ("a\r\nX-Evil: b", "a X-Evil: b"), ("a  b", "a  b"), ("a\r\n", "a"), ("\r\n a", "a"), ("a\rb", "a b"),
    ])
    func aFoldIsOneBlank(value: String, expected: String) {
        #expect(edited("addheader \"X-New\" \"\(value)\";") == "X-New: \(expected)\n" + Self.original)
    }

    @Test func aNULIsAnErrorCompiledAndRun() {
        let require = "require [\"editheader\", \"variables\", \"encoded-character\"];\n"
        let constant = evaluate(require + "addheader \"X-New\" \"a${hex:00}b\";", on: message)
        #expect(constant.diagnostics == ["2 error: addheader command: a header field cannot hold a NUL"])
        let source = require + "set \"n\" \"${hex:00}\";\naddheader \"X-New\" \"a${n}b\";"
        let variable = evaluate(source, on: message)
        #expect(variable.failure == "3 a header field cannot hold a NUL")
        #expect(variable.header == Self.original)
    }

    @Test func subjectCannotBeProtected() {
        var context = MessageContext()
        context.unaddableFields = ["subject", "x-new"]
        context.undeletableFields = ["subject", "x-hello"]
        let commands = """
            deleteheader "Subject"; deleteheader "X-Hello"; addheader "Subject" "new"; addheader "X-New" "v";
            """
        let result = evaluate("require \"editheader\"; \(commands)", on: message, context: context)
        #expect(result.header == "Subject: new\n" + Self.original.replacing("Subject:  foo\n", with: ""))
    }

    @Test func testsSeeEdits() {
        let source = """
            require ["editheader", "fileinto"];
            addheader "X-New" "World";
            if header :contains "X-New" "World" { fileinto "a"; }
            deleteheader "X-New";
            if not exists "X-New" { fileinto "b"; }
            """
        #expect(
            evaluate(source, on: message).actions == [
                "addheader X-New", "fileinto a", "deleteheader X-New", "fileinto b",
            ]
        )
    }

    /// The message has 83 octets.
    @Test(arguments: [
        ("", 83),
        (#"addheader "X-New" "v";"#, 93),
        (#"addheader "X-New" "v"; deleteheader "X-New";"#, 83),
        (#"deleteheader "Subject";"#, 68),
        (#"if size :over 84 { stop; } addheader "X-New" "v";"#, 93),
    ])
    func sizeCountsTheHeaderAsItIs(edit: String, size: Int) {
        let source = """
            require ["editheader", "fileinto"];
            \(edit)
            if not anyof (size :over \(size), size :under \(size)) { fileinto "x"; }
            """
        #expect(evaluate(source, on: message).actions.contains("fileinto x"))
    }

    @Test func editsDoNotCancelTheImplicitKeepAndAFailureForgetsThem() {
        let add = #"require ["editheader", "reject"]; addheader "X-New" "v";"#
        #expect(evaluate(add, on: message).actions == ["addheader X-New", "implicit keep"])
        let failed = evaluate(add + "keep; reject \"no\";", on: message)
        #expect(failed.actions == ["implicit keep"])
        #expect(failed.header == Self.original)
    }

    @Test func boundsEdits() {
        var limits = Limits()
        limits.headerEdits = 2
        limits.headerValueLength = 4
        limits.addedHeaderSize = 12
        let two = #"require "editheader"; addheader "A" "1234"; addheader "B" "1234";"#
        #expect(evaluate(two, on: message, limits: limits).failure == nil)
        #expect(
            evaluate(two + "deleteheader \"A\";", on: message, limits: limits).failure?.contains("(headerEdits)")
                == true
        )
        let long = #"require ["editheader", "variables"]; set "x" "12345"; addheader "A" "${x}";"#
        #expect(evaluate(long, on: message, limits: limits).failure?.contains("(headerValueLength)") == true)
        let constant = #"require "editheader"; addheader "A" "12345";"#
        #expect(evaluate(constant, on: message, limits: limits).diagnostics.count == 1)
        let large = #"require "editheader"; addheader "A" "1234"; addheader "LongName" "1";"#
        #expect(evaluate(large, on: message, limits: limits).failure?.contains("(addedHeaderSize)") == true)
    }
}
