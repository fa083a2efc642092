// The example and README.md against what the reader knows.

import Foundation
import Relay
import Testing

@testable import popsieve

@Suite struct ReferenceTests {
    /// The keys that the reader asks for in a section: it tells them when it meets one it does not know.
    private static func known(_ yaml: String) -> Set<String> {
        let found = SettingsTests.read(yaml).findings.compactMap { $0.firstMatch(of: /known here: (.*)/)?.1 }
        return Set(found.flatMap { $0.split(separator: ", ").map(String.init) })
    }

    private static let sections: [(String, Set<String>)] = [
        (
            "zzzzzzzzz: 1",
            Set(SettingsKey.topLevel)
        ),
        ("upstream: { host: a, zzzzzzzzz: 1 }", Set(SettingsKey.upstream.map(\.key))),
        ("listeners: [{ address: \"[::1]:1\", zzzzzzzzz: 1 }]", Set(SettingsKey.listener.map(\.key))),
        ("routes: [{ user: a, upstream: b, zzzzzzzzz: 1 }]", Set(SettingsKey.route.map(\.key))),
        ("accounts: [{ user: a, zzzzzzzzz: 1 }]", Set(SettingsKey.account.map(\.key))),
        ("auth-http: { url: \"http://[::1]/\", zzzzzzzzz: 1 }", Set(SettingsKey.directory.map(\.key))),
        ("oauth: { google: { client-id: a, zzzzzzzzz: 1 } }", Set(SettingsKey.provider.map(\.key))),
        ("tokens: { zzzzzzzzz: 1 }", Set(SettingsKey.tokens.map(\.key))),
        ("timeouts: { zzzzzzzzz: 1 }", Set(TimeoutField.all.map(\.key))),
        ("limits: { zzzzzzzzz: 1 }", Set(LimitField.all.map(\.key))),
        (
            "holding: { zzzzzzzzz: 1 }",
            Set(LimitField.holding.map(\.key) + SettingsKey.holding.map(\.key))
        ),
        ("size-limit: { zzzzzzzzz: 1 }", Set(SettingsKey.sizeLimit.map(\.key))),
        ("users: [{ user: a, zzzzzzzzz: 1 }]", Set(SettingsKey.user.map(\.key))),
        ("audit: { to: a, zzzzzzzzz: 1 }", Set((SettingsKey.audit + SettingsKey.auditServer).map(\.key))),
        ("audit: { to: a, rotate: { zzzzzzzzz: 1 } }", Set(SettingsKey.rotate.map(\.key))),
        ("quarantine: { zzzzzzzzz: 1 }", Set(SettingsKey.quarantine.map(\.key))),
        ("spamtest: { header: a, maximum: 1, zzzzzzzzz: 1 }", Set(SettingsKey.score.map(\.key))),
        (
            "scanners: { clamd: { address: \"127.0.0.1:1\", zzzzzzzzz: 1 } }",
            Set((SettingsKey.scanner + SettingsKey.command).map(\.key))
        ),
        ("editheader: { zzzzzzzzz: 1 }", Set(SettingsKey.editheader.map(\.key))),
        ("log: { zzzzzzzzz: 1 }", Set(SettingsKey.log.map(\.key))),
        ("metrics: { address: \"127.0.0.1:1\", zzzzzzzzz: 1 }", Set(SettingsKey.metrics.map(\.key))),
    ]

    @Test(arguments: sections)
    func documentedIsWhatIsKnown(_ yaml: String, _ documented: Set<String>) {
        #expect(Self.known(yaml) == documented)
    }

    @Test func theExampleIsGood() {
        let (settings, findings) = SettingsTests.read(SettingsExample.text)
        #expect(findings == [])
        var plain = Settings()
        plain.upstreams = settings.upstreams
        #expect(settings.text == plain.text)
    }

    /// The example with nothing commented out, but for some of its keys and what belongs to them.
    private static func example(without keys: Set<String>) -> String {
        var isLeftOut = false
        return SettingsExample.text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                if let key = line.firstMatch(of: /^#?([a-z-]+):/)?.1 {
                    // The short form of an upstream stands in for the long one.
                    isLeftOut = keys.contains(String(key)) || line.hasPrefix("upstream:")
                }
                return !isLeftOut
            }
            .map { $0.firstMatch(of: /^#( *(?:- .*|[a-z-]+:.*))$/)?.1 ?? $0 }.joined(separator: "\n")
    }

    @Test(
        arguments: [
            (["upstream", "auth-http"], ["office", "legacy"]),
            (["upstream", "routes"], ["office", "legacy"]),
            (["upstreams", "routes", "accounts", "passwords", "auth-http"], ["pop.example.com"]),
        ] as [(Set<String>, [String])]
    )
    func theExampleIsGoodWhenNothingIsCommentedOut(leftOut: Set<String>, upstreams: [String]) {
        let (settings, findings) = SettingsTests.read(Self.example(without: leftOut))
        #expect(findings == [])
        #expect(settings.upstreams.map(\.name) == upstreams)
        #expect(settings.listeners.count == 4)
        #expect(settings.rules == "/etc/Rules")
        #expect(settings.audit.rotation == Settings.Audit.rotation && settings.audit.isChained)
        var defaults = Settings()
        defaults.limits.areSessionsChosen = true
        #expect(String(describing: settings.timeouts) == String(describing: defaults.timeouts))
        #expect(String(describing: settings.limits) == String(describing: defaults.limits))
        #expect(settings.log == defaults.log)
    }

    @Test func theExampleFitsATerminal() {
        for line in SettingsExample.text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    private static func readme() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        return try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    }

    /// The settings files that README.md shows.
    private static let files: [String] = {
        ((try? readme()) ?? "").split(separator: "```yaml\n").dropFirst().map { text in
            text.split(separator: "```").first.map(String.init) ?? ""
        }
    }()

    /// The way to reload that README.md gives finds the relay, however it was started, and nobody else.
    @Test(
        arguments: [
            ("popsieve serve", true), ("/usr/local/bin/popsieve serve --config f", true),
            (".build/debug/popsieve serve", true), ("popsieve tail --follow serve", false),
            ("popsieve tail popsieve serve", false), ("bash -c pkill -HUP -f '^[^ ]*popsieve serve'", false),
            ("sh -c popsieve serve --config f", false), ("sudo popsieve serve", false), ("vi popsieve serve", false),
            ("popsieve demo", false),
        ]
    )
    func theReadmesReloadReachesTheRelayAlone(_ command: String, _ isReached: Bool) throws {
        let pattern = try #require(try Self.readme().firstMatch(of: /pkill -HUP -f '([^']+)'/)?.1)
        #expect(try command.contains(Regex(String(pattern))) == isReached)
    }

    @Test func theReadmeShowsSettings() { #expect(Self.files.count == 11) }

    @Test(arguments: files) func theSettingsOfTheReadmeAreGood(_ yaml: String) {
        // Credentials are there where the service runs.
        #expect(SettingsTests.read(yaml).findings.filter { !$0.contains("there are no credentials here") } == [])
    }
}
