// fileinto and mailboxexists: names that no mailbox can have.

import Testing

@testable import Sieve

struct FileintoTests {
    private static let require = """
        require ["fileinto", "mailbox", "variables", "encoded-character"];

        """

    @Test(arguments: [
        "fileinto \"a${hex:ff}\";", "fileinto \"${hex:c3 28}\";", "fileinto \"${hex:ed a0 80}\";",
        "fileinto \"\";", "if mailboxexists \"a${hex:ff}\" {}", "if mailboxexists [\"INBOX\", \"${hex:c3}\"] {}",
    ])
    func aConstantNameThatIsNoUTF8IsAnError(command: String) {
        let diagnostics = evaluate(Self.require + command).diagnostics
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.hasPrefix("2 error: ") == true)
    }

    @Test(arguments: ["fileinto \"${x}\";", "if mailboxexists \"${x}\" { discard; }", "fileinto :copy \"A/${x}\";"])
    func aNameThatIsNoUTF8WhenTheScriptRunsFails(command: String) {
        let require = Self.require.replacing("\"mailbox\"", with: "\"mailbox\", \"copy\"")
        let result = evaluate(require + "set \"x\" \"${hex:e2 82}\";\n\(command)")
        #expect(result.diagnostics == [])
        #expect(result.actions == ["implicit keep"])
        #expect(result.failure?.hasPrefix("3 ") == true)
    }

    @Test func anyUTF8Is() {
        #expect(evaluate(Self.require + "fileinto \"Ärger/€\";").actions == ["fileinto Ärger/€"])
    }
}
