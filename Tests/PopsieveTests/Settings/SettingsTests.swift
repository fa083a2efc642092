// Settings files: what they mean, and what is said of faulty ones, with line and column.
// Must not start a relay.

import Foundation
import NIOCore
import Relay
import Testing

@testable import popsieve

@Suite struct SettingsTests {
    static func read(_ yaml: String) -> (settings: Settings, findings: [String]) {
        let list = FindingList()
        let settings = SettingsReader(file: "f", findings: list, directory: "/etc").read(yaml)
        settings.check(list)
        return (settings, list.findings.map(\.description))
    }

    @Test(
        arguments: [
            ("upstreem: a.example\n", "f:1:1: error: unknown key \"upstreem\"; did you mean \"upstream\"?"),
            ("", "settings: error: there is no upstream; write \"upstream: pop.example.com\", or use --upstream"),
            (
                "upstream: a.example\nroutes: 3\n",
                "f:2:9: error: \"routes\" must be a list; begin each element with \"- \""
            ),
            (
                "upstream: a.example\ntimeouts: { idle: 10 }\n",
                "f:2:19: error: \"10\" is not a time; write for example 30s, 10m or 2h"
            ),
            (
                "upstream: a.example\nlisteners: [\"x\"]\n",
                "f:2:13: error: \"x\" is not an address; write for example \"127.0.0.1:1110\" or \"[::]:995\""
            ),
            (
                "upstream: a.example\nlisteners: [\"unix:/x\"]\n",
                "f:2:13: error: listening on a Unix socket is not in this version; write for example \"127.0.0.1:1110\" or \"[::]:995\""
            ),
            (
                "upstream: a.example\nlisteners: [{ address: \"[::1]:995\", tls: implicit }]\n",
                "f:2:13: error: TLS needs a certificate and a key; add certificate: and key:, PEM files"
            ),
            (
                "upstream: a.example\nlisteners: [\"0.0.0.0:110\"]\n",
                "f:2:13: error: a listener without TLS is for loopback addresses only; use tls: starttls or tls: implicit with a certificate, or set allow-plaintext-login: true"
            ),
            (
                "upstreams: { a: a.example }\nroutes: [{ user: \"*\", upstream: b }]\n",
                "f:2:10: error: there is no upstream \"b\"; did you mean \"a\"?"
            ),
            (
                "upstream: { host: a.example, tls: none }\n",
                "f:1:11: warning: passwords and mail go to \"a.example\" unencrypted; use tls: implicit or tls: starttls"
            ),
            (
                "upstream: { host: a.example, tls: startls }\n",
                "f:1:35: error: \"tls\" can't be \"startls\"; did you mean starttls?"
            ),
            (
                "upstream: 127.0.0.1:1110\n",
                "f:1:11: error: upstream \"127.0.0.1\" is one of Popsieve's own listeners; name the provider's server"
            ),
            (
                "upstream: a.example\nupstream: b.example\n",
                "f:2:1: error: \"upstream\" stands here twice; keep one of them"
            ),
            (
                "upstream: a.example\nquarantine: /q\n",
                "f:2:1: error: \"quarantine\" is not in this version; rules that need one are refused; it comes later"
            ),
            ("upstream: [\n", "f:2:1: error: this is not YAML; did not find expected node content"),
        ]
    )
    func tellsWhatIsWrong(_ yaml: String, _ finding: String) {
        let findings = Self.read(yaml).findings
        #expect(findings.contains(finding), "found: \(findings)")
    }

    @Test func tellsEverythingAtOnce() {
        let findings = Self.read("upstrem: a\nlisteners: [\"x\"]\ntimeouts: { idle: 1, login: 2 }\n").findings
        #expect(findings.count { $0.contains("error:") } == 4, "found: \(findings)")
    }

    @Test func threeLinesAreEnough() {
        let (settings, findings) = Self.read("upstream: pop.example.com\nrules: Rules\naudit: audit.jsonl\n")
        #expect(findings.isEmpty)
        #expect(settings.upstreams.map(\.port) == [995])
        #expect(settings.upstreams.map(\.tls) == [.implicit])
        #expect(settings.rules == "/etc/Rules")
        #expect(settings.audit == "/etc/audit.jsonl")
        #expect(settings.listeners.map(\.port) == [1110])
    }

    @Test func theExampleIsGoodAndSaysTheDefaults() {
        let example = SettingsExample.text
        #expect(Self.read(example).findings.isEmpty)
        // With every comment sign before a key taken away it must still be read; what then clashes is said twice only.
        let keys = example.split(separator: "\n").compactMap { $0.firstMatch(of: /^#  ([a-z-]+):/)?.1 }
        #expect(Set(TimeoutField.all.map(\.key)).isSubset(of: Set(keys.map(String.init))))
        #expect(Set(LimitField.all.map(\.key)).isSubset(of: Set(keys.map(String.init))))
    }

    @Test(
        arguments: [
            ("127.0.0.1:1110", "127.0.0.1", 1110), ("[::]:995", "::", 995), ("localhost:110", "localhost", 110),
            ("pop.example.com", "pop.example.com", 995), ("[::1]", "::1", 995),
        ]
    )
    func addresses(_ text: String, _ host: String, _ port: Int) throws {
        let address = try #require(Quantity.address(text, defaultPort: 995))
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(arguments: ["", ":110", "a:b", "a:1:2", "[::1", "a:70000", "a b:1", "user@a:1", "a:-1"])
    func addressesThatAreNone(_ text: String) {
        #expect(Quantity.address(text, defaultPort: 995) == nil)
    }

    @Test func timesAndSizes() {
        #expect(Quantity.duration("30s") == .seconds(30))
        #expect(Quantity.duration("10m") == .minutes(10))
        #expect(Quantity.duration("500ms") == .milliseconds(500))
        #expect(Quantity.duration("10") == nil)
        #expect(Quantity.duration("0s") == nil)
        #expect(Quantity.duration("9999999999h") == nil)
        #expect(Quantity.size("64 KiB") == 65_536)
        #expect(Quantity.size("1MiB") == 1_048_576)
        #expect(Quantity.size("12") == 12)
        #expect(Quantity.size("-1") == nil)
        #expect(Quantity.size("99999999999999 GiB") == nil)
    }

    @Test func flagsWinOverTheFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "popsieve-\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("upstream: a.example\nrules: A\nlisteners: [\"127.0.0.1:1\"]\nlog: { level: debug }\n".utf8).write(
            to: file
        )
        let list = FindingList()
        let flags = SettingsFlags(
            config: file.path,
            upstream: "b.example:1995",
            listen: ["127.0.0.1:2110"],
            rules: "R",
            audit: "-"
        )
        let settings = SettingsLoader(flags: flags).readSettings(list)
        #expect(list.findings.isEmpty)
        #expect(settings.upstreams.map(\.host) == ["b.example"])
        #expect(settings.upstreams.map(\.port) == [1995])
        #expect(settings.listeners.map(\.port) == [2110])
        #expect(settings.rules == "R")
        #expect(settings.log.level == .debug)
    }

    @Test func aFileThatCannotBeReadIsSaid() {
        let list = FindingList()
        _ = SettingsLoader(flags: SettingsFlags(config: "/nonexistent/popsieve.yaml")).readSettings(list)
        #expect(list.findings.map(\.message) == ["the settings file can't be read"])
    }
}
