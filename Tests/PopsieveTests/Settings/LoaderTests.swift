// What settings name: flags over the file, files that are missing, certificates, rules.
// Must not start a relay.

import Filtering
import Foundation
import Testing

@testable import popsieve

@Suite struct LoaderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What is found, with the folder's path left out.
    private func findings(_ flags: SettingsFlags) -> [String] {
        let found: [Finding]
        do {
            found = try SettingsLoader(flags: flags).load().findings
        } catch {
            found = error.findings
        }
        return found.map { $0.description.replacing(folder.path + "/", with: "") }
    }

    private func findings(_ yaml: String) throws -> [String] {
        findings(SettingsFlags(config: try folder.write("f", yaml)))
    }

    /// They may name programs that are run.
    @Test func whatAnybodyMayWriteIsRefused() throws {
        let config = try folder.write("f", "upstream: a.example\n", mode: 0o666)
        #expect(
            findings(SettingsFlags(config: config)).contains(
                "f:1:1: error: anybody may write these settings; chmod o-w f"
            )
        )
    }

    @Test func flagsWinOverTheFile() throws {
        let yaml = """
            upstreams: { a: a.example, b: b.example }
            routes: [{ user: "*", upstream: a }]
            rules: A
            listeners: ["127.0.0.1:1"]
            log: { level: debug }

            """
        let list = FindingList()
        var flags = SettingsFlags(
            config: try folder.write("f", yaml),
            upstream: "c.example:1995",
            listen: ["127.0.0.1:2110", "[::1]:2110"],
            rules: "R",
            audit: "-"
        )
        flags.logLevel = .error
        let settings = SettingsLoader(flags: flags).readSettings(list)
        settings.check(list)
        #expect(list.findings == [])
        #expect(settings.upstreams.map(\.host) == ["c.example"])
        #expect(settings.upstreams.map(\.port) == [1995])
        #expect(settings.listeners.map(\.address) == ["127.0.0.1:2110", "[::1]:2110"])
        #expect(settings.routes.isEmpty)
        #expect(settings.rules == "R")
        #expect(settings.log.level == .error)
    }

    @Test func faultyFlags() {
        let flags = SettingsFlags(upstream: "a:b", listen: ["x", "0.0.0.0:1"], rules: "/none", audit: "/none/a")
        #expect(
            findings(flags) == [
                "--upstream: error: \"a:b\" is not a host; write for example pop.example.com or pop.example.com:995",
                "--listen: error: \"x\" is not an address with a port; write for example 127.0.0.1:1110",
                "--listen: error: a listener without TLS is for loopback addresses only; in a settings file, use tls: starttls or tls: implicit with a certificate, or allow-plaintext-login: true",
                "--audit: error: there is no folder \"/none\" for the audit log; make it",
                "--rules: error: there are no rules at \"/none\"; make the directory, or name another",
            ]
        )
    }

    /// A relay began and told each client to come back.
    @Test(arguments: [("none", "No such file or directory"), ("f", "Not a directory")])
    func aFolderThatCanHoldNoMessage(_ name: String, _ cause: String) throws {
        let found = try findings("upstream: a.example\nholding: { folder: \(name) }\n")
        #expect(
            found == [
                "f:2:20: error: no message can be held in \(name): a file can't be made: \(cause); let this user write there, or name another with holding: { folder: … }"
            ]
        )
        #expect(try findings("upstream: a.example\nholding: { folder: . }\n") == [])
    }

    @Test func faultsOfTheTextsOfNotices() throws {
        let yaml = "upstream: a.example\nnotices: n\n"
        let missing = "f:2:10: error: the notices' texts can't be read: there is no such file; check the name"
        #expect(try findings(yaml) == [missing])
        _ = try folder.write("n", "[discarded]\nSubject: {sbject}\n")
        #expect(
            try findings(yaml) == [
                "n:2:10: error: nothing is known as {sbject}; one of: {subject}, {from}, {date}, {reason}, {rule}, {copy}, {folder}; for a brace itself write {{"
            ]
        )
        _ = try folder.write("n", NoticeTexts.standardFile)
        #expect(try findings(yaml) == [])
    }

    @Test func filesThatAreNone() throws {
        #expect(
            findings(SettingsFlags(config: folder.path + "/none")) == [
                "none: error: can't be read: there is no such file; check the name"
            ]
        )
        let path = folder.path + "/octets"
        try Data([0x75, 0x0A, 0x75, 0xFF]).write(to: URL(fileURLWithPath: path))
        #expect(
            findings(SettingsFlags(config: path)) == ["octets:2:2: error: this is not UTF-8; save the file as UTF-8"]
        )
        try FileManager.default.createDirectory(atPath: folder.path + "/d", withIntermediateDirectories: false)
        let found = try findings("upstream: a\naudit: d\n")
        #expect(found == ["f:2:8: error: \"d\" is a folder; name a file in it"])
    }

    @Test func auditLogsThatCannotBeWritten() throws {
        try folder.write("old", "")
        try folder.write("d/x", "")
        let device = folder.path + "/device"
        try FileManager.default.createSymbolicLink(atPath: device, withDestinationPath: "/dev/null")
        func found(_ audit: String, _ isWritable: @escaping (String) -> Bool = { _ in true }) -> [String] {
            let list = FindingList()
            SettingsTests.read("upstream: a\naudit: \"\(audit)\"\n", file: folder.path + "/f").settings
                .checkAudit(list, isWritable: isWritable)
            return list.findings.map {
                $0.description.replacing(folder.path + "/", with: "").replacing(folder.path, with: ".")
            }
        }
        #expect(found("-") { _ in false } == [])
        #expect(found("new") == [])
        #expect(found("old") == [])
        #expect(found("none/a") == ["f:2:8: error: there is no folder \"none\" for the audit log; make it"])
        #expect(found("d") == ["f:2:8: error: \"d\" is a folder; name a file in it"])
        // What takes lines, if only to lose them, is none of our business: nobody waits for it.
        #expect(found("device") == [])
        #expect(
            found("old") { !$0.hasSuffix("/old") }
                == ["f:2:8: error: this user may not write to \"old\"; let it, or name another file"]
        )
        #expect(
            found("new") { !$0.hasSuffix(folder.path) }
                == [
                    "f:2:8: error: this user may not make a file in \".\"; let it, or make the file and give it to this user"
                ]
        )
    }

    /// Whether every finding says where it is, as editors understand it.
    @Test func everyErrorOfSettingsHasFileLineAndColumn() throws {
        try folder.write("Open/a.sieve", "keep;", mode: 0o666)
        try folder.write("list", "x", mode: 0o666)
        let files = [
            "", "- a", "upstream: [", "rules: none", "upstream: { host: a, pin: x }", "rules: Open", "audit: none/a",
            "lists: { a: list, b: none, c: [[]] }", "listeners: []", "upstream: a\nupstreams: { b: c }",
            "upstreams: { a: b, c: d }", "upstream: { host: a, client-certificate: none, client-key: none }",
            "listeners: [{ address: \"[::]:1\", tls: implicit, certificate: none, key: none }]",
            "spamtest: { header: \"a b\" }",
            "spamtest: { header: a, type: text }", "virustest: { header: a, type: text, words: { 9: x } }",
            "spamtest: { }",
            "routes: [{ user: a, upstream: b }]", "editheader: { value-length: 1, forbid-add: [\":\"] }", "x: y",
        ]
        for yaml in files {
            let found = try findings(yaml + "\n").filter { $0.contains("error:") }
            #expect(!found.isEmpty, "\(yaml)")
            for finding in found {
                #expect(finding.contains(#/^[\w/.]+:[0-9]+:[0-9]+: error: /#), "\(yaml): \(finding)")
            }
        }
    }

    @Test func everythingIsCheckedAtOnce() throws {
        try folder.write("Rules/10-a.sieve", "keep;\nkepe;\n")
        try folder.write("Rules/20-b.sieve", "bla;\n")
        let found = try findings(
            """
            upstream: { host: a.example, pin: x, ca: none.pem }
            listeners: [{ address: "127.0.0.1:1", tls: implicit, certificate: none.pem, key: none.key }]
            rules: Rules
            log: { level: x }

            """
        )
        let places = found.map { String($0.prefix { $0 != " " }) }
        #expect(
            places == ["f:4:15:", "f:2:67:", "f:1:35:", "f:1:42:", "Rules/10-a.sieve:2:1:", "Rules/20-b.sieve:1:1:"]
        )
    }

    @Test func whatIsFaultyFirstIsTheSubject() throws {
        try folder.write("Rules/a.sieve", "bla;\n")
        func subject(_ yaml: String) throws -> LoadError.Subject? {
            let flags = SettingsFlags(config: try folder.write("f", yaml))
            do {
                _ = try SettingsLoader(flags: flags).load()
                return nil
            } catch {
                return error.subject
            }
        }
        #expect(try subject("upstream: a\n") == nil)
        #expect(try subject("upstream: a\nrules: Rules\n") == .rules)
        #expect(try subject("upstream: { host: a, pin: x }\nrules: Rules\n") == .certificates)
        #expect(try subject("upstream: { hots: a, pin: x }\nrules: Rules\n") == .settings)
    }
}
