// Settings files that are good: what they mean, and that what is shown of them means the same.
// Must not read files or start a relay.

import Audit
import NIOCore
import POP3
import Quarantine
import Relay
import Testing

@testable import popsieve

@Suite struct SettingsTests {
    static func read(_ yaml: String, file: String = "/etc/f") -> (settings: Settings, findings: [String]) {
        let list = FindingList()
        let settings = SettingsReader.read(yaml, file: file, list)
        settings.check(list)
        return (settings, list.findings.map(\.description))
    }

    @Test func threeLinesAreEnough() {
        let (settings, findings) = Self.read("upstream: pop.example.com\nrules: Rules\naudit: audit.jsonl\n")
        #expect(findings == [])
        #expect(settings.upstreams.map(\.port) == [995])
        #expect(settings.upstreams.map(\.tls) == [.implicit])
        #expect(settings.rules == "/etc/Rules")
        #expect(settings.audit.file == "/etc/audit.jsonl")
        #expect(settings.listeners.map(\.address) == ["127.0.0.1:1110"])
    }

    @Test(
        arguments: [
            ("a.example", 995, .implicit), ("a.example:110", 110, .starttls), ("a.example:1995", 1995, .implicit),
            ("{ host: a.example, port: 110 }", 110, .starttls), ("{ host: a.example, tls: starttls }", 110, .starttls),
            ("{ host: localhost, tls: none }", 110, .none), ("{ host: a.example, port: 995 }", 995, .implicit),
            ("{ host: a.example, port: 9110, tls: starttls }", 9110, .starttls),
        ] as [(String, Int, RelayConfiguration.Encryption)]
    )
    func portAndTLSFollowEachOther(_ upstream: String, _ port: Int, _ tls: RelayConfiguration.Encryption) throws {
        let (settings, findings) = Self.read("upstream: \(upstream)\n")
        #expect(findings == [])
        #expect(settings.upstreams.map(\.port) == [port])
        #expect(settings.upstreams.map(\.tls) == [tls])
    }

    @Test func pathsAreRelativeToTheFile() {
        let yaml = "upstream: { host: a.example, ca: ca.pem }\nrules: /abs\naudit: \"-\"\n"
        let cases = [("f", "ca.pem"), ("x/f", "x/ca.pem"), ("/f", "/ca.pem"), ("../x/f", "../x/ca.pem")]
        for (file, ca) in cases {
            let settings = Self.read(yaml, file: file).settings
            #expect(settings.upstreams.map(\.ca) == [ca])
            #expect(settings.rules == "/abs")
            #expect(settings.audit.target == .standardOutput)
        }
    }

    /// No value here is a default.
    private static let full = """
        listeners:
          - { address: "[::]:2995", tls: implicit, certificate: "/c \\"1\\".pem", key: /k.pem, size-limit: { octets: 1 MiB, outcome: error } }
          - { address: "127.0.0.1:2110", tls: none }
        upstreams:
          "main one": { host: a.example, port: 1995, tls: implicit, name: b.example, ca: /ca.pem, pin: sha256//x, client-certificate: /cc.pem, client-key: /ck.pem }
          other: { host: "2001:db8::1", port: 110, tls: starttls, accept-any-certificate: true, size-limit: { outcome: pass } }
        size-limit: { octets: 2 MiB, outcome: truncate, lines: 7, deletable: true }
        users: [{ user: "*@a.example", size-limit: { octets: 3 MiB } }]
        routes:
          - { user: "a\\\\b*", upstream: "main one" }
          - { user: "*", upstream: other }
        rules: /r
        audit: /a.jsonl
        quarantine: { path: /q, keep: 30d, size: 1 GiB, folders: { Junk: 7d, "a/b": { keep: 36h, size: 2 MiB } }, discarded: 8d }
        notices: /n
        allow-plaintext-login: true
        pass-through: [xtnd, "NOOP2"]
        line-endings: keep
        rejected: error
        timeouts: { login: 1s, connect: 2ms, greeting: 3m, reply: 4h, idle: 5h, stall: 6h }
        limits: { sessions: 7, header-block: 8 MiB, command-line: 999, list: 2 KiB }
        holding: { memory: 1 KiB, message: 1 GiB, memory-in-all: 2 KiB, files-in-all: 3 GiB, folder: /h, patience: 2s }
        log: { level: debug, format: json }

        """

    @Test func everySettingIsRead() {
        let (settings, findings) = Self.read(Self.full)
        #expect(findings.allSatisfy { $0.contains("warning: anybody can pose") }, "\(findings)")
        #expect(settings.listeners[0].certificate == "/c \"1\".pem")
        #expect(settings.upstreams.map(\.name) == ["main one", "other"])
        #expect(settings.upstreams[0].certificateName == "b.example")
        #expect(settings.upstreams[0].clientKey == "/ck.pem")
        #expect(settings.upstreams[1].host == "2001:db8::1")
        #expect(settings.routes.map(\.user) == ["a\\b*", "*"])
        #expect(settings.passThrough == ["XTND", "NOOP2"])
        #expect(settings.rejected == .error)
        #expect(settings.timeouts.connect == .milliseconds(2))
        #expect(settings.limits.headerBlock == 8_388_608)
        #expect(settings.limits.protocolLimits.list == 2048)
        #expect(settings.limits.holding.message == 1 << 30)
        #expect(settings.quarantine.path == "/q" && settings.quarantine.keepsDiscarded)
        #expect(settings.quarantine.limits.seconds == 2_592_000)
        #expect(settings.quarantine.limits.octets == 1 << 30)
        let folders = settings.quarantine.limits.ofFolders.map {
            "\($0.key) \($0.value.seconds ?? 0) \($0.value.octets ?? 0)"
        }
        #expect(folders.sorted() == ["Junk 604800 0", "a/b 129600 2097152", "discarded 691200 0"])
        #expect(settings.limits.holding.folder == "/h")
        #expect(settings.notices == "/n")
        let limits = [settings.sizeLimit, settings.listeners[0].sizeLimit, settings.upstreams[1].sizeLimit]
        #expect(limits.map { $0?.octets } == [2 << 20, 1 << 20, nil])
        #expect(limits.map { $0?.outcome } == [.truncate, .error, .pass])
        #expect(settings.sizeLimit?.lines == 7 && settings.sizeLimit?.isDeletable == true)
        #expect(settings.users.map { $0.sizeLimit?.octets } == [3 << 20])
        #expect(settings.limits.holding.patience == .seconds(2))
        #expect(settings.log == .init(level: .debug, format: .json))
    }

    /// What nobody has chosen is no reason to warn of anything when it is written out and read again.
    @Test(arguments: [("", false), ("limits: { list: 1 MiB }", false), ("limits: { sessions: 20000 }", true)])
    func sessionsAreChosenOnlyBySomebody(_ yaml: String, _ expected: Bool) {
        let settings = Self.read("upstream: a.example\n\(yaml)\n").settings
        #expect(settings.limits.areSessionsChosen == expected)
        #expect(Self.read(settings.text).settings.limits.areSessionsChosen == expected)
        #expect(settings.limits.sessions == 20_000)
    }

    @Test(arguments: ["\u{7F}", "\u{85}", "\u{2028}", "\u{202E}", "\u{E0001}", "\u{1}\t\n", "\"\\"])
    func whatATerminalObeysIsShownEscaped(_ text: String) {
        var settings = Self.read("upstream: a.example\n").settings
        settings.rules = "/\(text)"
        #expect(!settings.text.dropLast().unicodeScalars.contains { $0.isTreacherous && $0 != "\n" })
        // What could begin a line of its own is no name of a file.
        #expect(Self.read(settings.text).settings.rules == (text.hasControlCharacter ? nil : settings.rules))
    }

    @Test(arguments: [full, "upstream: a.example\n", SettingsExample.text])
    func whatIsShownMeansTheSame(_ yaml: String) {
        let settings = Self.read(yaml).settings
        let again = Self.read(settings.text)
        #expect(again.settings.text == settings.text)
        #expect(again.findings.allSatisfy { $0.contains(": warning: ") }, "\(again.findings)")
        #expect(String(describing: again.settings.timeouts) == String(describing: settings.timeouts))
        #expect(String(describing: again.settings.limits) == String(describing: settings.limits))
        #expect(again.settings.quarantine.limits == settings.quarantine.limits)
        #expect(again.settings.quarantine.keepsDiscarded == settings.quarantine.keepsDiscarded)
        #expect(again.settings.upstreams.map(\.ca) == settings.upstreams.map(\.ca))
    }
}
