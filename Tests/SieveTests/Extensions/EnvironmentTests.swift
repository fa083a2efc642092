// environment: RFC 5183 and vnd.dovecot.environment.

import Testing

@testable import Sieve

struct EnvironmentTests {
    private static let table: [(test: String, holds: Bool)] = [
        (#"environment "name" "Popsieve""#, true),
        (#"environment "REMOTE-IP" "192.0.2.7""#, true),
        (#"environment :contains "remote-host" """#, false),
        (#"environment :count "eq" "remote-ip" "1""#, true),
        (#"environment "vnd.dovecot.default-mailbox" "INBOX""#, true),
        (#"environment "vnd.dovecot.username" "ann""#, true),
        (#"string "${env.remote_ip}${env.phase}" "post""#, true),
        (#"string "${env.vnd.dovecot.default_mailbox}" "INBOX""#, true),
        (#"string "${env.vnd.dovecot.username}-${env.frop}" "ann-""#, true),
    ]

    private func holds(_ test: String, requiring capabilities: String) -> Bool {
        var context = MessageContext()
        context.environment = ["remote-ip": "192.0.2.7", "vnd.popsieve.user": "ann"]
        let result = evaluate("require [\(capabilities)]; if \(test) { discard; }", context: context)
        #expect(result.diagnostics == [])
        return result.actions == ["discard"]
    }

    @Test(arguments: table)
    func knows(test: String, isTrue: Bool) {
        let capabilities =
            #""environment", "vnd.dovecot.environment", "variables", "relational", "comparator-i;ascii-numeric""#
        #expect(holds(test, requiring: capabilities) == isTrue)
    }

    @Test func itemsOfAnExtensionThatIsNotRequiredAreNotThere() {
        #expect(!holds(#"environment "vnd.dovecot.default-mailbox" "INBOX""#, requiring: #""environment""#))
    }
}
