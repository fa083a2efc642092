// Where the audit log goes, as settings say it: what is read, what is shown of it, and each fault.
// Must not open a log.

import Audit
import Foundation
import Testing

@testable import popsieve

@Suite struct AuditSettingsTests {
    private static func read(_ audit: String) -> (settings: Settings, findings: [String]) {
        SettingsTests.read("upstream: a.example\naudit: \(audit)\n")
    }

    private static let rotated = FileRotation(octets: 1 << 20, keep: 3)

    private static let good: [(String, AuditLog.Destination)] = [
        ("x", .file(path: "/etc/x")), ("{ to: x }", .file(path: "/etc/x")), ("\"-\"", .standardOutput),
        ("{ to: \"-\" }", .standardOutput), ("./syslog", .file(path: "/etc/./syslog")),
        (
            "{ to: /x, rotate: { size: 1 MiB, keep: 3 }, chain: true }",
            .file(path: "/x", upkeep: FileUpkeep(rotation: rotated, chain: .plain, followsPath: true))
        ),
        (
            "{ to: /x, rotate: {} }",
            .file(path: "/x", upkeep: FileUpkeep(rotation: Settings.Audit.rotation, followsPath: true))
        ),
        ("{ to: /x, chain: true }", .file(path: "/x", upkeep: FileUpkeep(chain: .plain))),
        ("{ to: /x, chain: false }", .file(path: "/x")),
        ("syslog", .syslog(Syslog(.local(path: "/dev/log"), facility: .mail, format: .local))),
        (
            "{ to: syslog, address: \"udp:127.0.0.1\", facility: local7 }",
            .syslog(Syslog(.udp(host: "127.0.0.1", port: 514), facility: .local7, format: .rfc5424))
        ),
        (
            "{ to: syslog, address: \"tcp:[::1]:6514\" }",
            .syslog(Syslog(.tcp(host: "::1", port: 6_514), format: .rfc5424))
        ),
        (
            "{ to: syslog, address: \"tcp:log.example\" }",
            .syslog(Syslog(.tcp(host: "log.example", port: 601), format: .rfc5424))
        ),
        (
            "{ to: syslog, address: \"unix:/l\", format: rfc5424 }",
            .syslog(Syslog(.local(path: "/l"), format: .rfc5424))
        ),
        ("journald", .journal(path: "/run/systemd/journal/socket")),
        ("{ to: journald, address: \"unix:/j\" }", .journal(path: "/j")),
    ]

    @Test(arguments: good.indices) func whatIsWrittenIsWhatIsMeant(index: Int) throws {
        let (yaml, expected) = Self.good[index]
        let (settings, findings) = Self.read(yaml)
        #expect(findings == [])
        #expect(try settings.audit.destination() == expected)
        // What is shown means the same.
        let again = SettingsTests.read(settings.text)
        #expect(again.findings == [])
        #expect(again.settings.audit == settings.audit)
    }

    @Test(
        arguments: [
            ("{ rotate: {} }", "8: error: \"audit\" needs a \"to\"; name a file, or write \"-\", syslog or journald"),
            ("{ to: none }", "14: error: \"to\" can't be none; name a file, or write \"-\" for standard output"),
            ("{ to: x, rotate: { size: 1 } }", "33: error: 1 is too small for \"size\"; at least 64 KiB"),
            ("{ to: x, rotate: { keep: 0 } }", "33: error: 0 does not fit \"keep\"; 1 to 1000"),
            ("{ to: x, rotate: { keep: 1001 } }", "33: error: 1001 does not fit \"keep\"; 1 to 1000"),
            (
                "{ to: x, rotate: 5 }",
                "25: error: \"rotate\" must have keys and values; write it as \"key: value\" lines"
            ),
            ("{ to: x, chain: yes }", "24: error: \"chain\" can't be \"yes\"; write true or false"),
            (
                "{ to: x, chain-key: k }",
                "28: error: \"chain-key\" means nothing without a chain; write chain: true, or take it away"
            ),
            ("{ to: \"-\", chain: true }", "26: error: \"chain\" is for a file; take it away, or write another \"to\""),
            (
                "{ to: syslog, rotate: {} }",
                "30: error: \"rotate\" is for a file; take it away, or write another \"to\""
            ),
            (
                "{ to: x, facility: mail }",
                "27: error: \"facility\" is for syslog; take it away, or write another \"to\""
            ),
            (
                "{ to: x, address: \"unix:/l\" }",
                "26: error: \"address\" is for syslog or journald; take it away, or write another \"to\""
            ),
            (
                "{ to: syslog, facility: mali }",
                "32: error: \"facility\" can't be \"mali\"; did you mean mail?"
            ),
            (
                "{ to: syslog, address: \"127.0.0.1:514\" }",
                "31: error: \"127.0.0.1:514\" is no address of a log's server; write for example \"unix:/dev/log\", \"udp:127.0.0.1:514\" or \"tcp:log.example.com:601\""
            ),
            (
                "{ to: journald, address: \"udp:a:1\" }",
                "33: error: journald is on this machine; write for example \"unix:/run/systemd/journal/socket\""
            ),
        ]
    )
    func faultsAreTold(yaml: String, expected: String) {
        #expect(Self.read(yaml).findings == ["/etc/f:2:\(expected)"])
    }

    /// A flag names another file, which is kept as the settings say.
    @Test(arguments: [("/y", true), ("-", false)])
    func theFlagNamesTheFile(_ audit: String, _ isKept: Bool) throws {
        var settings = Self.read("{ to: /x, rotate: {}, chain: true }").settings
        SettingsFlags(audit: audit).apply(to: &settings, FindingList())
        #expect(settings.audit.file == (isKept ? "/y" : nil))
        #expect((settings.audit.rotation != nil) == isKept && settings.audit.isChained == isKept)
    }

    @Test(
        arguments: [
            ("0123456789abcdef\n", 0o600, []),
            ("0123456789abcde\n", 0o600, ["can't be used: a key has at least 16 octets"]),
            ("0123456789abcdef", 0o604, ["anybody may read or change the key"]), (nil, 0, ["there is no such file"]),
        ] as [(String?, Int, [String])]
    )
    func theKeyIsASecretOfSomeLength(_ text: String?, _ mode: Int, _ expected: [String]) throws {
        let folder = try TemporaryFolder()
        if let text { try folder.write("key", text, mode: mode) }
        let yaml = "upstream: a.example\naudit: { to: x, chain: true, chain-key: key }\n"
        let settings = SettingsTests.read(yaml, file: "\(folder.path)/f").settings
        let list = FindingList()
        let destination = settings.auditDestination(list)
        #expect(list.findings.count == expected.count)
        for (finding, expected) in zip(list.findings, expected) { #expect("\(finding)".contains(expected)) }
        #expect((destination == nil) == (text?.utf8.count != 17 && mode != 0o604))
    }

    /// What compares two destinations, so that a reload goes on with another key, is no secret and not the same.
    @Test func aKeyIsToldApartAndNotTold() throws {
        let folder = try TemporaryFolder()
        try folder.write("a", "0123456789abcdef")
        try folder.write("b", "0123456789abcdeg")
        let (a, b) = try (ChainMethod(keyAt: "\(folder.path)/a"), ChainMethod(keyAt: "\(folder.path)/b"))
        #expect(a != b && a != .plain)
        #expect(!String(decoding: a.name, as: UTF8.self).contains("0123"))
    }

    @Test func aSocketThatIsNotThereIsWarnedOf() throws {
        let folder = try TemporaryFolder()
        for (audit, path) in [("syslog", "l"), ("journald", "j")] {
            let yaml = "upstream: a.example\naudit: { to: \(audit), address: \"unix:\(path)\" }\n"
            let list = FindingList()
            SettingsTests.read(yaml, file: "\(folder.path)/f").settings.checkAudit(list)
            let expected = "warning: there is no socket \"\(folder.path)/\(path)\" now"
            #expect(list.findings.map(\.description).count { $0.contains(expected) } == 1)
        }
    }
}
