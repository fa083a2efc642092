// variables: RFC 5229 with its examples, and its limits.

import Testing

@testable import Sieve

struct VariablesTests {
    /// The value of `${x}` after some commands.
    private func value(_ commands: String, on message: String = "", limits: Limits = Limits()) -> String? {
        let source =
            "require [\"variables\", \"fileinto\", \"encoded-character\", \"regex\"];\n\(commands)\nfileinto \"=${x}\";"
        let result = evaluate(source, on: message, limits: limits)
        for diagnostic in result.diagnostics { Issue.record("\(diagnostic)") }
        return result.actions.first.map { String($0.dropFirst("fileinto =".count)) }
    }

    @Test(arguments: [
        ("", ""),
        (#"set "x" "ACME";"#, "ACME"),
        (#"set "X" "a"; set "x" "${x}b${X}";"#, "aba"),
        (##"set "x" "&%${}!";"##, "&%${}!"),
        (#"set "x" "${doh!}";"#, "${doh!}"),
        (#"set "x" "${full}";"#, ""),
        (#"set "company" "ACME"; set "x" "${BAD${Company}";"#, "${BADACME"),
        (#"set "company" "ACME"; set "x" "${President, ${Company} Inc.}";"#, "${President, ACME Inc.}"),
        (#"set "foo" "y"; set "x" "${fo\o}";"#, "y"),
        (#"set "foo" "y"; set "x" "${fo\\o}";"#, #"${fo\o}"#),
        (#"set "foo" "y"; set "x" "\${foo}";"#, "y"),
        (#"set "foo" "y"; set "x" "\\${foo}";"#, #"\y"#),
        (#"set "dollar" "$"; set "x" "${dollar}{beep}";"#, "${beep}"),
        (#"set "name" "E"; set "x" "dear${hex:20 24 7b 4e}ame}";"#, "dear E"),
        (#"set :length "x" "juMBlEd lETteRS";"#, "15"),
        (#"set :length "x" "äß€";"#, "3"),
        (#"set :lower "x" "juMBlEd";"#, "jumbled"),
        (#"set :upper "x" "aé";"#, "Aé"),
        (#"set :upperfirst "x" "juMBlEd";"#, "JuMBlEd"),
        (#"set :upperfirst :lower "x" "juMBlEd";"#, "Jumbled"),
        (#"set :lower :upperfirst "x" "juMBlEd";"#, "Jumbled"),
        (#"set :lowerfirst :upper "x" "abc";"#, "aBC"),
        (#"set :quotewildcard "x" "Rock*?\\";"#, #"Rock\*\?\\"#),
        (#"set :quotewildcard :length "x" "*";"#, "2"),
        (#"set :quoteregex "x" "a.b*[c]";"#, #"a\.b\*\[c\]"#),
        (#"set :length "x" "";"#, "0"),
    ])
    func sets(commands: String, expected: String) {
        #expect(value(commands) == expected)
    }

    private static let message = """
        Subject: [acme-users] [fwd] version 1.0 is out
        To: coyote@ACME.Example.COM
        List-ID: The List <list@x.example>

        """

    @Test(arguments: [
        (
            #"if header :matches "Subject" "[*] *" { set "x" "${1}|${2}|${3}|${0}"; }"#,
            "acme-users|[fwd] version 1.0 is out||[acme-users] [fwd] version 1.0 is out"
        ),
        (
            #"if address :matches ["To", "Cc"] ["coyote@**.com", "wile@**.com"] { set "x" "${0}|${1}|${02}"; }"#,
            "coyote@ACME.Example.COM||ACME.Example"
        ),
        (#"if anyof (true, header :matches "Subject" "*") { set "x" "${0}"; }"#, ""),
        (
            #"if header :matches "Subject" "[*] *" { } if header :matches "Subject" "no*" { } set "x" "${1}";"#,
            "acme-users"
        ),
        (#"if header :regex "Subject" "([0-9])\\.([0-9])(x)?" { set "x" "${0},${1},${2},${3}"; }"#, "1.0,1,0,"),
        (#"if string :matches "pending" "* pending *" { set "x" "yes"; }"#, ""),
        (#"if string :matches "${state} pending " "* pending *" { set "x" "yes"; }"#, "yes"),
        (#"set "k" "e 1*\\"; if not header :matches "Subject" "${k}" { set "x" "whole"; }"#, "whole"),
        (#"set "k" "*1.?*"; if header :matches "Subject" "${k}" { set "x" "${2}"; }"#, "0"),
        (#"if string :is "a b" " a b" { set "x" "stripped"; }"#, ""),
    ])
    func matches(commands: String, expected: String) {
        #expect(value(commands, on: Self.message) == expected)
    }

    @Test(arguments: [
        (#"set "a.b" "c";"#, "referring to variable in unknown namespace 'a'"),
        (#"set "0" "c";"#, "cannot assign to match variable"),
        (#"set "0a" "c";"#, "invalid variable name '0a'"),
        (#"set "" "c";"#, "invalid variable name ''"),
        (#"set "${a}" "c";"#, "invalid variable name '${a}'"),
        (
            #"set :upper :lower "a" "c";"#,
            "modifiers :lower and :upper specified for the set command conflict having equal precedence"
        ),
        (#"set "a" "${a.b}";"#, "referring to variable in unknown namespace 'a'"),
        (#"set "a" "${33}";"#, "match value index 33 out of range (max: 32)"),
    ])
    func refuses(command: String, message: String) {
        let result = evaluate("require \"variables\";\n\(command)")
        #expect(result.diagnostics == ["2 error: \(message)"])
    }

    @Test func cutsLongValuesBetweenCharacters() {
        var limits = Limits()
        limits.variableSize = 4
        #expect(value(#"set "y" "abc"; set "x" "${y}d";"#, limits: limits) == "abcd")
        #expect(value(#"set "y" "abc"; set "x" "${y}de";"#, limits: limits) == "abcd")
        #expect(value(#"set "y" "abc"; set "x" "${y}é";"#, limits: limits) == "abc")
    }

    /// The value is `a` and two octets that need an escape, or backslashes.
    @Test(arguments: [
        ("quotewildcard", "a*?", 3, #"a\*"#), ("quotewildcard", "a*?", 4, #"a\*"#),
        ("quotewildcard", "a*?", 5, #"a\*\?"#), ("quotewildcard", "a*?", 2, "a"),
        ("quotewildcard", #"a\\\\"#, 4, #"a\\"#), ("quotewildcard", #"a\\\\"#, 3, #"a\\"#),
        ("quotewildcard", "*", 1, ""), ("quoteregex", "a.b", 2, "a"), ("quoteregex", "a.b", 3, #"a\."#),
        ("lower", #"ab\\cd"#, 3, #"ab\"#),
    ])
    func cutsNoEscapeInTwo(modifier: String, text: String, size: Int, expected: String) {
        var limits = Limits()
        limits.variableSize = size
        let commands = "if header :matches \"S\" \"*\" { set :\(modifier) \"x\" \"${1}\"; }"
        #expect(value(commands, on: "S: \(text.replacing(#"\\"#, with: #"\"#))\n\n", limits: limits) == expected)
    }

    @Test func boundsTheNumberOfVariables() {
        var limits = Limits()
        limits.variables = 2
        let two = #"require "variables"; set "a" "1"; set "b" "2"; set "A" "3";"#
        #expect(evaluate(two, limits: limits).diagnostics.isEmpty)
        #expect(evaluate(two + #"set "c" "1";"#, limits: limits).diagnostics.count == 1)
    }

    @Test func withoutRequireStringsAreLeftAlone() {
        #expect(evaluate(#"require "fileinto"; fileinto "${x}${hex:40}";"#).actions == ["fileinto ${x}${hex:40}"])
    }
}
