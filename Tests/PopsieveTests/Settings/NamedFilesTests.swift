// Files that settings and commands name and that are something else.
// Must not read what is in them.

import Foundation
import Testing

@testable import popsieve

@Suite struct NamedFilesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["other.yaml", "m.eml", "x.svtest", "a.jsonl", "c.pem", "list", "r.sieve"] {
            try folder.write(name, "# nothing\n")
        }
    }

    private func findings(_ yaml: String, file: String = "f.yaml") throws -> [String] {
        let flags = SettingsFlags(config: try folder.write(file, "upstream: a.example\n\(yaml)\n"))
        func shown(_ findings: [Finding]) -> [String] {
            findings.map { $0.description.replacing(folder.path + "/", with: "") }
        }
        do {
            return shown(try SettingsLoader(flags: flags).load().findings)
        } catch {
            return shown(error.findings)
        }
    }

    private static let rules = "name a directory of *.sieve files"

    @Test(
        arguments: [
            ("rules: f.yaml", "2:8: error: \"rules\" names the settings file itself; \(rules)"),
            ("rules: ./other/../f.yaml", "2:8: error: \"rules\" names the settings file itself; \(rules)"),
            ("rules: other.yaml", "2:8: error: \"other.yaml\" is a settings file, not a rule file; \(rules)"),
            ("rules: m.eml", "2:8: error: \"m.eml\" is a message, not a rule file; \(rules)"),
            ("rules: x.svtest", "2:8: error: \"x.svtest\" is a file of test cases, not a rule file; \(rules)"),
            ("rules: a.jsonl", "2:8: error: \"a.jsonl\" is an audit log, not a rule file; \(rules)"),
            ("rules: c.pem", "2:8: error: \"c.pem\" is a certificate or a key, not a rule file; \(rules)"),
            ("store: f.yaml", "2:8: error: \"store\" names the settings file itself; name a file of its own"),
            ("store: other/../f.yaml", "2:8: error: \"store\" names the settings file itself; name a file of its own"),
            ("notices: f.yaml", "2:10: error: \"notices\" names the settings file itself; name a file of its own"),
            (
                "notices: list\nlists: { friends: list }",
                "3:19: error: this is the file of \"notices\" at f.yaml:2:10, too; name a file with one value a line"
            ),
            (
                "rules: other\nlists: { friends: other/x.sieve }",
                "3:19: error: this is the file of \"other/x.sieve\" at f.yaml:2:8, too; name a file with one value a line"
            ),
            (
                "rules: other\nnotices: other/x.sieve",
                "3:10: error: this is the file of \"other/x.sieve\" at f.yaml:2:8, too; name a file of its own"
            ),
            ("audit: f.yaml", "2:8: error: \"audit\" names the settings file itself; name a file of its own"),
            (
                "lists: { friends: f.yaml }",
                "2:19: error: \"friends\" names the settings file itself; name a file with one value a line"
            ),
            (
                "lists: { friends: list }\naudit: list",
                "3:8: error: the audit log would be written into \"friends\" at f.yaml:2:19; name a file of its own"
            ),
        ]
    )
    func aFileThatIsSomethingElseIsAnErrorWhereItIsNamed(_ yaml: String, _ expected: String) throws {
        for name in ["x", "x.sieve"] { try folder.write("other/\(name)", "") }
        #expect(try findings(yaml) == ["f.yaml:" + expected])
    }

    private static let among = "error: the quarantine would be among the rules"
    private static let ownFolder = "name a folder of its own"
    private static let store = "error: the store would be"
    private static let apart = "error: the audit log would be"

    @Test(
        "the audit log and the quarantine are none of what is read",
        arguments: [
            (
                "rules: R\naudit: R/new.sieve",
                "3:8: \(apart) among the rules at @/f.yaml:2:8; name a file outside of \"@/R\""
            ),
            (
                "rules: R\naudit: R/personal/new",
                "3:8: \(apart) among the rules at @/f.yaml:2:8; name a file outside of \"@/R\""
            ),
            (
                "rules: R\naudit: nowhere",
                "3:8: \(apart) among the rules at @/f.yaml:2:8; name a file outside of \"@/R\""
            ),
            ("rules: R\naudit: R/a.sieve", "3:8: \(apart) written into \"@/R/a.sieve\" at @/f.yaml:2:8; \(own)"),
            ("rules: R\naudit: log", "3:8: \(apart) written into \"@/R/link.sieve\" at @/f.yaml:2:8; \(own)"),
            (
                "quarantine: Q\naudit: Q/log",
                "3:8: \(apart) in the quarantine, which takes folders only; name a file outside of \"@/Q\""
            ),
            (
                "quarantine: Q\nstore: Q/s.sqlite",
                "3:8: \(store) in the quarantine, which takes folders only; name a file outside of \"@/Q\""
            ),
            (
                "rules: R\nstore: R/s.sqlite",
                "3:8: \(store) among the rules at @/f.yaml:2:8; name a file outside of \"@/R\""
            ),
            ("audit: log\nstore: log", "3:8: \(store) written into \"audit\" at @/f.yaml:2:8; \(own)"),
            // None of them is there yet.
            ("audit: a.log\nstore: ./R/../a.log", "3:8: \(store) written into \"audit\" at @/f.yaml:2:8; \(own)"),
            ("audit: a.log\nstore: dangling", "3:8: \(store) written into \"audit\" at @/f.yaml:2:8; \(own)"),
            ("audit: new\nquarantine: ./new", "2:8: \(apart) the quarantine at @/f.yaml:3:13; \(own)"),
            ("store: new\nquarantine: { path: new }", "2:8: \(store) the quarantine at @/f.yaml:3:21; \(own)"),
            ("notices: log\nquarantine: log", "3:13: error: this is \"notices\" at @/f.yaml:2:10, too; \(ownFolder)"),
            ("rules: R\nquarantine: R", "3:13: \(among) at @/f.yaml:2:8; \(ownFolder)"),
            ("rules: R\nquarantine: R/new", "3:13: \(among) at @/f.yaml:2:8; \(ownFolder)"),
            ("rules: R\nquarantine: linked/Q", "3:13: \(among) at @/f.yaml:2:8; \(ownFolder)"),
            ("quarantine: .", "2:13: error: the settings file is in the quarantine; \(ownFolder)"),
            (
                "quarantine: Q\nlists: { friends: Q/list }",
                "2:13: error: \"friends\" at @/f.yaml:3:19 is in the quarantine; \(ownFolder)"
            ),
            (
                "rules: Q/R\nquarantine: Q",
                "3:13: error: \"@/Q/R\" at @/f.yaml:2:8 is in the quarantine; \(ownFolder)"
            ),
            ("rules: r.sieve\naudit: r.sieve", "3:8: \(apart) written into \"@/r.sieve\" at @/f.yaml:2:8; \(own)"),
        ]
    )
    func auditLogAmongTheRules(_ yaml: String, _ expected: String) throws {
        for name in ["Q/list", "Q/R/a.sieve", "R/a.sieve", "R/personal/b.sieve", "log"] {
            try folder.write(name, "# nothing\n")
        }
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder.path + "/R/link.sieve", withDestinationPath: "../log")
        try manager.createSymbolicLink(atPath: folder.path + "/linked", withDestinationPath: "R")
        try manager.createSymbolicLink(atPath: folder.path + "/dangling", withDestinationPath: "a.log")
        try manager.createSymbolicLink(atPath: folder.path + "/nowhere", withDestinationPath: "R/new.sieve")
        let flags = SettingsFlags(config: try folder.write("f.yaml", "upstream: a.example\n\(yaml)\n"))
        let failure = #expect(throws: SettingsLoader.Failure.self) { try SettingsLoader(flags: flags).load() }
        let errors = try #require(failure).findings.map { $0.description.replacing(folder.path, with: "@") }
        #expect(errors == ["@/f.yaml:\(expected)"])
    }

    private static let own = "name a file of its own"

    @Test(arguments: ["check", "serve"])
    func anAuditLogAmongTheRulesByFlags(_ command: String) async throws {
        try folder.write("R/a.sieve", "# nothing\n")
        let flags = ["--upstream", "a.example", "--rules", "R", "--audit"]
        let ended = try await folder.popsieve([command] + flags + ["R/new.sieve"])
        #expect(ended.status == 78)
        #expect(ended.errors.contains("--audit: error: the audit log would be among the rules at --rules; name a file"))
    }

    private static let taken = "handles it itself: passing it through changes nothing; take it away"

    private static let socket =
        "write \"unix:\" and its absolute path, of 107 octets at most, such as \"unix:/run/clamav/clamd.ctl\""
    private static let noScanner = "is not where a scanner listens"
    private static let noMeaning = "means nothing with path: none; name a folder, or take this away"

    private static func clamd(_ address: String, _ error: String) -> (String, [String]) {
        ("scanners: { clamd: { address: \"\(address)\" } }", ["2:31: error: \(error)"])
    }

    @Test(
        "what stands in the wrong place, or in another form, is told with what to do",
        arguments: [
            clamd("http://127.0.0.1:3310", "clamd does not speak HTTP; leave out \"http://\""),
            clamd("tcp://127.0.0.1:3310", "\"tcp://127.0.0.1:3310\" \(noScanner); leave out \"tcp://\""),
            clamd("unix:clamd.ctl", "\"unix:clamd.ctl\" \(noScanner); \(socket)"),
            clamd("/run/clamd.ctl", "\"/run/clamd.ctl\" \(noScanner); \(socket)"),
            clamd("localhost", "\"localhost\" \(noScanner); add the port, such as \"127.0.0.1:3310\""),
            clamd("a:70000", "\"a:70000\" \(noScanner); a port is a number from 1 to 65535"),
            (
                "scanners: { rspamd: { address: \"https://a:11333\" } }",
                ["2:32: error: \"https://a:11333\" \(noScanner); leave out \"https://\""]
            ),
            (
                "scanners: { rspamd: { address: \"http://a:11333/checkv2\" } }",
                ["2:32: error: \"http://a:11333/checkv2\" \(noScanner); leave out \"/checkv2\""]
            ),
            (
                "trusted-hops: 1",
                ["2:1: error: unknown key \"trusted-hops\"; it belongs to an upstream; see popsieve config"]
            ),
            (
                "scanners: { rspamd: { address: \"a:1\", trusted-hops: 1 } }",
                ["2:39: error: unknown key \"trusted-hops\"; it belongs to an upstream; see popsieve config"]
            ),
            (
                "log: { audit: x }",
                ["2:8: error: unknown key \"audit\"; it belongs to the top level; see popsieve config"]
            ),
            (
                "size: 1 GiB\ntls: none",
                [
                    "2:1: error: unknown key \"size\"; it belongs to \"rotate\" or \"quarantine\"; see popsieve config",
                    "3:1: error: unknown key \"tls\"; it belongs to an upstream or a listener; see popsieve config",
                ]
            ),
            (
                "quarantine: { path: none, keep: 7d, folders: { a: 7d }, discarded: 7d }",
                [
                    "2:33: error: \"keep\" \(noMeaning)", "2:46: error: \"folders\" \(noMeaning)",
                    "2:68: error: \"discarded\" \(noMeaning)",
                ]
            ),
            (
                "quarantine: { path: q, folders: \"../x\" }",
                [
                    "2:33: error: \"folders\" says for each folder how long it keeps messages, or how many octets; "
                        + "write for example { Junk: 7d, Spam: { size: 1 GiB } }"
                ]
            ),
            (
                "quarantine: { path: q, folders: { \"\": 7d } }",
                ["2:39: error: a quarantine folder has a name; name it as rules do in fileinto"]
            ),
            (
                "quarantine: { path: q, folders: { ../x: 7d } }",
                [
                    "2:41: warning: \"../x\" is no path here: it is the name of a folder in the quarantine; "
                        + "name it as rules do in fileinto"
                ]
            ),
        ]
    )
    func whatIsToBeDoneIsTold(_ yaml: String, _ expected: [String]) throws {
        #expect(try findings(yaml) == expected.map { "f.yaml:\($0)" })
    }

    @Test(
        "what was meant is told",
        arguments: [
            ("pass-through: [RETR]", ["2:16: error: Popsieve knows RETR and \(taken)"]),
            ("pass-through: [XTND, dele]", ["2:22: error: Popsieve knows DELE and \(taken)"]),
            (
                "pass-through: [STLS, noop]",
                ["2:16: error: Popsieve knows STLS and \(taken)", "2:22: error: Popsieve knows NOOP and \(taken)"]
            ),
            ("pass-through: [GET]", ["2:16: error: Popsieve knows GET and \(taken)"]), ("pass-through: [XTND]", []),
            ("timeouts: { login: 0s }", ["2:20: error: 0s is too small for \"login\"; at least 1ms"]),
            ("rulez: R", ["2:1: error: unknown key \"rulez\"; did you mean \"rules\"?"]),
            (
                "rules: r.sieve\nrulez: R",
                ["3:1: error: unknown key \"rulez\"; \"rules\" is there already, at f.yaml:2:8; take this away"]
            ),
            (
                "listeners: [\"127.0.0.1:70000\"]",
                ["2:13: error: \"127.0.0.1:70000\" is not an address with a port; a port is a number from 1 to 65535"]
            ),
        ]
    )
    func whatWasMeantIsTold(_ yaml: String, _ expected: [String]) throws {
        #expect(try findings(yaml) == expected.map { "f.yaml:\($0)" })
    }

    @Test(
        arguments: [
            ("https://pop.a.example", "leave out \"https://\""), ("pop.a.example/x", "leave out \"/x\""),
            ("me@pop.a.example", "leave out \"me@\": the mail program says who logs in"),
            ("pop.a.example:70000", "a port is a number from 1 to 65535"),
            ("pop a", "write for example pop.example.com or pop.example.com:995"),
        ]
    )
    func whatIsToBeLeftOutOfAServerIsTold(_ server: String, _ fix: String) throws {
        let flags = SettingsFlags(upstream: server)
        let failure = #expect(throws: SettingsLoader.Failure.self) { try SettingsLoader(flags: flags).load() }
        #expect(failure?.findings.map(\.description) == ["--upstream: error: \"\(server)\" is not a host; \(fix)"])
    }

    @Test func aSettingsFileIsKnownByWhatItIs() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/l", withDestinationPath: "settings")
        #expect(
            try findings("rules: l", file: "settings") == [
                "settings:2:8: error: \"rules\" names the settings file itself; \(Self.rules)"
            ]
        )
    }

    @Test(arguments: ["rules: r.sieve", "rules: list", "audit: a.jsonl", "lists: { friends: list }\naudit: new"])
    func whatMayBeIsAccepted(_ yaml: String) throws { #expect(try findings(yaml) == []) }
}
