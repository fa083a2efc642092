// The example and README.md against what the reader knows.
// Must not have a list of keys of its own.

import Foundation
import Testing

@testable import popsieve

@Suite struct ReferenceTests {
    /// The keys that the reader asks for in a section: it tells them when it meets one it does not know.
    private static func known(_ yaml: String) -> Set<String> {
        let found = SettingsTests.read(yaml).findings.compactMap { $0.firstMatch(of: /known here: (.*)/)?.1 }
        return Set(found.flatMap { $0.split(separator: ", ").map(String.init) })
    }

    private static let sections: [(String, Set<String>)] = [
        ("zzzzzzzzz: 1", Set((SettingsKey.files + SettingsKey.behaviour).map(\.key)).union(mainSections)),
        ("upstream: { host: a, zzzzzzzzz: 1 }", Set(SettingsKey.upstream.map(\.key))),
        ("listeners: [{ address: \"[::1]:1\", zzzzzzzzz: 1 }]", Set(SettingsKey.listener.map(\.key))),
        ("routes: [{ user: a, upstream: b, zzzzzzzzz: 1 }]", Set(SettingsKey.route.map(\.key))),
        ("timeouts: { zzzzzzzzz: 1 }", Set(TimeoutField.all.map(\.key))),
        ("limits: { zzzzzzzzz: 1 }", Set(LimitField.all.map(\.key))),
        ("log: { zzzzzzzzz: 1 }", Set(SettingsKey.log.map(\.key))),
    ]

    private static let mainSections: Set = [
        "upstream", "upstreams", "routes", "listeners", "timeouts", "limits", "log",
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

    @Test func theExampleIsGoodWhenNothingIsCommentedOut() {
        let lines = SettingsExample.text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            $0.firstMatch(of: /^upstream:/) == nil
        }
        let text = lines.map { $0.firstMatch(of: /^#( *(?:- .*|[a-z-]+:.*))$/)?.1 ?? $0 }.joined(separator: "\n")
        let (settings, findings) = SettingsTests.read(text)
        #expect(findings == [])
        #expect(settings.upstreams.map(\.name) == ["pop.example.com", "office", "legacy"])
        #expect(settings.listeners.count == 3)
        #expect(settings.rules == "/etc/Rules")
        let defaults = Settings()
        #expect(String(describing: settings.timeouts) == String(describing: defaults.timeouts))
        #expect(String(describing: settings.limits) == String(describing: defaults.limits))
        #expect(settings.log == defaults.log)
    }

    @Test func theExampleFitsATerminal() {
        for line in SettingsExample.text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    @Test func theReadmeNamesEveryKey() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let missing = Self.sections.flatMap(\.1).filter { !readme.contains("`\($0)`") }
        #expect(missing == [])
    }
}
