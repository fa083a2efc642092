// Accounts, rewritten names and ways to log in among the settings: what is wrong with them, and that all of it is shown again.
// Must not check passwords; see PasswordsTests.

import Foundation
import Relay
import Testing

@testable import popsieve

@Suite struct AccountSettingsTests {
    private static let hash = "$2b$04$abcdefghijklmnopqrstuultCqDh8llbZjmsuYCqTslEkkP7EnfHa"
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(
        "what does not fit",
        arguments: [
            (
                "accounts: [{ password: x }]",
                "f:2:12: error: an account needs a \"user\"; write for example user: printer@office.example"
            ),
            (
                "accounts: [{ user: a }]",
                "f:2:12: error: an account needs a \"secret\" or a \"token\" to log in upstream; write for example secret: me.secret, a file with the password"
            ),
            (
                "accounts: [{ user: a, secret: s, token: t }]",
                "f:2:41: error: an account logs in upstream with a \"secret\" or with a \"token\"; keep one of them"
            ),
            (
                "accounts: [{ user: a, secret: \"env:\" }]",
                "f:2:31: error: the environment has no \"\"; Environment= or EnvironmentFile= in the unit, or export it; it holds the text of the file itself"
            ),
            (
                "accounts: [{ user: a, token: t, upstream: b.example }]",
                "f:2:43: error: there is no upstream \"b.example\"; did you mean \"a.example\"?"
            ),
            (
                "accounts: [{ user: a, token: t, as: \"*\" }]",
                "f:2:37: error: the star in \"*\" stands for what the only star of \"a\" has matched; write one star in each, or a name without one"
            ),
            (
                "accounts: [{ user: a, token: t }, { user: A, token: t }]",
                "f:2:43: error: the user \"A\" has an account already, at f:2:20; keep one of them"
            ),
            ("accounts: [{ user: a, tokn: t }]", "f:2:23: error: unknown key \"tokn\"; did you mean \"token\"?"),
            ("accounts: 3", "f:2:11: error: \"accounts\" must be a list; begin each element with \"- \""),
            (
                "passwords: p",
                "f:2:12: warning: nobody uses these passwords: there are no accounts; say with accounts what is behind them, or take it away"
            ),
            (
                "routes: [{ user: \"*@*\", upstream: a.example, as: \"*\" }]",
                "f:2:50: error: the star in \"*\" stands for what the only star of \"*@*\" has matched; write one star in each, or a name without one"
            ),
        ]
    )
    func faults(yaml: String, expected: String) {
        #expect(SettingsTests.read("upstream: a.example\n\(yaml)\n", file: "f").findings == [expected])
    }

    @Test(
        "ways to log in",
        arguments: [
            ("[scram-sha-256, PLAIN]", nil), ("[user]", nil),
            ("[scram-sha256]", "f:1:38: error: \"scram-sha256\" is no way to log in; did you mean scram-sha-256?"),
            ("plain", "f:1:37: error: \"login\" must be a list; begin each element with \"- \""),
            ("[]", "f:1:37: error: there is no way to log in; name one, or take the key away"),
        ] as [(String, String?)]
    )
    func logins(text: String, fault: String?) {
        let read = SettingsTests.read("upstream: { host: a.example, login: \(text) }\n", file: "f")
        #expect(read.findings == (fault.map { [$0] } ?? []))
    }

    @Test("two upstreams without routes need accounts that say which")
    func severalUpstreams() {
        func findings(_ account: String) -> [String] {
            SettingsTests.read(
                "upstreams: { a: a.example, b: b.example }\naccounts: [{ user: x, token: t\(account) }, { user: y, token: t, upstream: b }]\n",
                file: "f"
            ).findings
        }
        #expect(findings(", upstream: a") == [])
        #expect(
            findings("").first
                == "f:2:12: error: there are 2 upstreams, and the account does not say which; add upstream: a"
        )
    }

    @Test("what is shown is read again")
    func text() throws {
        let yaml = """
            upstreams: { a: { host: a.example, login: [apop, user] } }
            routes: [{ user: "*@x", upstream: a, as: "*" }]
            accounts:
              - { user: p, password: "\(Self.hash)", upstream: a, as: q, secret: s }
              - { user: "*", token: t }
              - { user: r, secret: "env:PATH" }
            passwords: file

            """
        let (settings, findings) = SettingsTests.read(yaml)
        #expect(findings == [])
        #expect(SettingsTests.read(settings.text).settings.text == settings.text)
        for word in ["apop, user", "as: \"*\"", "\"/etc/s\"", "env:PATH", "passwords: \"/etc/file\"", Self.hash] {
            #expect(settings.text.contains(word), "\(word)")
        }
    }

    /// What is found when files are opened, with the folder's path left out.
    private func loaded(_ yaml: String) throws -> [String] {
        let flags = SettingsFlags(config: try folder.write("f", "upstream: a.example\n\(yaml)\n"))
        let found: [Finding]
        do {
            found = try SettingsLoader(flags: flags).load().findings
        } catch {
            found = error.findings
        }
        return found.map { $0.description.replacing(folder.path + "/", with: "") }
    }

    @Test(
        "what files have in them",
        arguments: [
            ("[{ user: a, password: \"\(hash)\", secret: good }]", []), ("[{ user: b, secret: good }]", []),
            ("[{ user: \"*\", secret: good }]", []),
            (
                "[{ user: c, secret: good }]",
                [
                    "f:2:20: error: \"c\" has no password; add password: with what popsieve password prints, or a line to the file of passwords"
                ]
            ),
            (
                "[{ user: a, password: secret, secret: good }]",
                ["f:2:33: error: this is no hash of a password; make one with: popsieve password"]
            ),
            (
                "[{ user: b, secret: empty }]",
                ["f:2:31: error: empty: this is not one line with a password; put the password there, and nothing else"]
            ),
            (
                "[{ user: b, secret: two }]",
                ["f:2:31: error: two: this is not one line with a password; put the password there, and nothing else"]
            ),
            (
                "[{ user: b, secret: none }]",
                [
                    "f:2:31: error: the secret can't be read: there is no file of this name; write a file's name, or credential:NAME or env:NAME"
                ]
            ),
            (
                "[{ user: b, secret: open }]",
                ["f:2:31: warning: open: anybody on this machine may read it; chmod o-r open"]
            ),
            (
                "[{ user: b, secret: \"env:POPSIEVE_NOBODY_SETS_THIS\" }]",
                [
                    "f:2:31: error: the environment has no \"POPSIEVE_NOBODY_SETS_THIS\"; Environment= or EnvironmentFile= in the unit, or export it; it holds the text of the file itself"
                ]
            ),
        ]
    )
    func files(accounts: String, expected: [String]) throws {
        for (name, text) in ["good": "far-away\n", "empty": "\n", "two": "a\nb\n", "passwords": "b:\(Self.hash)\n"] {
            try folder.write(name, text)
        }
        try folder.write("open", "far-away\n", mode: 0o604)
        #expect(try loaded("accounts: \(accounts)\npasswords: passwords") == expected)
    }

    @Test("faults of the file of passwords, with their lines")
    func passwords() throws {
        try folder.write("good", "far-away")
        try folder.write("passwords", "a:\(Self.hash)\nb\nc:{PLAIN}x\n:y\nA:\(Self.hash)\n")
        let found = try loaded("accounts: [{ user: a, secret: good }]\npasswords: passwords")
        #expect(
            found == [
                "passwords:2:1: error: this is no user with a hash; write USER:HASH",
                "passwords:3:1: error: hashes of the scheme PLAIN can't be checked here; make one with: popsieve password",
                "passwords:4:1: error: there is no user before the colon; write USER:HASH",
                "passwords:5:1: error: the user stands in line 1 already; keep one of them",
            ]
        )
    }
}
