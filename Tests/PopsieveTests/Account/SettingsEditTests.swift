// Edits of settings files: the line that was wanted is there, and every other is as it was.

import Testing

@testable import popsieve

@Suite struct SettingsEditTests {
    @Test(
        "a line is added where it belongs",
        arguments: [
            ("", "accounts", "accounts:\n  - x\n"),
            ("upstream: a", "accounts", "upstream: a\n\naccounts:\n  - x\n"),
            (
                "accounts:\n  - a # first\n\n# of rules\nrules: R\n", "accounts",
                "accounts:\n  - a # first\n  - x\n\n# of rules\nrules: R\n"
            ),
            ("accounts: # all\n- a\n- b\nrules: R\n", "accounts", "accounts: # all\n- a\n- b\n- x\nrules: R\n"),
            (
                "accounts:\n    - user: a\n      as: b\n    # end\nrules: R\n", "accounts",
                "accounts:\n    - user: a\n      as: b\n    - x\n    # end\nrules: R\n"
            ),
            ("accounts:\r\n  - a\r\nrules: R\r\n", "accounts", "accounts:\r\n  - a\r\n  - x\r\nrules: R\r\n"),
            ("#accounts:\n#  - a\n", "accounts", "#accounts:\n#  - a\n\naccounts:\n  - x\n"),
        ]
    )
    func adds(text: String, key: String, result: String) throws {
        var edit = SettingsEdit(text)
        try edit.add("- x", below: key)
        #expect(edit.text == result)
    }

    @Test("what is written in one line is left alone", arguments: ["accounts: [{ user: a }]\n", "accounts: *a\n"])
    func flow(text: String) {
        var edit = SettingsEdit("# head\n" + text)
        #expect(throws: SettingsEditFault.self) { try edit.add("- x", below: "accounts") }
        #expect(edit.text == "# head\n" + text)
    }

    @Test(
        "an element goes with all that belongs to it",
        arguments: [
            ("accounts:\n  - a\n  - b\nrules: R\n", 2, "accounts:\n  - b\nrules: R\n"),
            ("accounts:\n  - user: a\n    as: c\n  # of b\n  - b\n", 2, "accounts:\n  # of b\n  - b\n"),
            ("accounts:\n  - a\n\n# of rules\nrules: R\n", 2, "\n# of rules\nrules: R\n"),
            ("accounts:\n- a\n- b\nrules: R\n", 3, "accounts:\n- a\nrules: R\n"),
        ]
    )
    func removes(text: String, line: Int, result: String) {
        var edit = SettingsEdit(text)
        edit.remove(elementAt: line, below: "accounts")
        #expect(edit.text == result)
    }

    @Test("a single upstream becomes the first of several, with its comment")
    func upstreams() throws {
        var edit = SettingsEdit("upstream: pop.example.com   # ours\nrules: R\n")
        try edit.nameUpstream("first")
        #expect(edit.text == "upstreams:\n  first: pop.example.com   # ours\nrules: R\n")
        var long = SettingsEdit("upstream:\n  host: a\n\nrules: R\n")
        try long.nameUpstream("first")
        #expect(long.text == "upstreams:\n  first:\n    host: a\n\nrules: R\n")
        var odd = SettingsEdit("upstream: &name pop.example.com\n")
        #expect(throws: SettingsEditFault.self) { try odd.nameUpstream("first") }
    }
}
