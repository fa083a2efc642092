// The files that `popsieve service` prints, as those read them for whom they are.
// Must not install one.

import ChildProcess
import Foundation
import Testing

@testable import popsieve

@Suite("The service's files", .timeLimit(.minutes(2)))
struct ServiceFilesTests {
    private static let plain = "upstream: pop.example.com\naudit: /var/log/popsieve/audit.jsonl\n"
    private static let low =
        plain + """
            listeners:
              - { address: "[::]:995", tls: implicit, certificate: /etc/ssl/c.pem, key: /etc/ssl/private/k.pem }
              - "127.0.0.1:1110"
            rules: "/srv/mail rules"
            quarantine: /srv/quarantine
            scanners:
              clamd: { address: "unix:/run/clamav/clamd.ctl" }
              mine: { type: command, command: [/usr/local/bin/scan], looks-for: [virus] }

            """

    private func service(_ arguments: String..., settings: String = plain) async throws -> String {
        let folder = try TemporaryFolder()
        try folder.write("popsieve.yaml", settings)
        let ended = try await folder.popsieve(["service"] + arguments + ["--config", "@/popsieve.yaml"])
        #expect(ended.status == 0, "\(ended.errors)")
        return ended.output.replacing("@/popsieve.yaml", with: "/etc/popsieve/popsieve.yaml")
    }

    /// What a tool says of files; `@` is their folder.
    private func judged(_ files: [String: String], by tool: [String]) async throws -> (status: Int32, said: String) {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(name, text, mode: 0o644) }
        let said = try folder.write("said", "")
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: said))
        let words = tool.map { $0.replacing("@", with: folder.path) }
        let process = try ChildProcess(
            path: "/usr/bin/env",
            ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "SYSTEMD_PAGER="] + words,
            output: output,
            errors: output
        )
        let status = await process.end()
        return (status, try String(contentsOfFile: said, encoding: .utf8))
    }

    @Test("systemd finds nothing wrong with the units", arguments: [plain, low], [false, true])
    func verified(settings: String, hasSocket: Bool) async throws {
        var files = ["popsieve.service": try await service("unit", settings: settings)]
        if hasSocket {
            files["popsieve.service"] = try await service("unit", "--socket", settings: settings)
            files["popsieve.socket"] = try await service("socket", settings: settings)
        }
        let units = files.keys.sorted().map { "@/\($0)" }
        let (status, said) = try await judged(files, by: ["systemd-analyze", "verify", "--man=no"] + units)
        #expect(status == 0)
        #expect(said == "")
    }

    /// README names the figures.
    @Test("little is left open", arguments: [(plain, 1.1), (low, 1.5)])
    func exposure(settings: String, most: Double) async throws {
        let unit = try await service("unit", settings: settings)
        let (_, said) = try await judged(
            ["popsieve.service": unit],
            by: ["systemd-analyze", "security", "--offline=true", "--no-pager", "@/popsieve.service"]
        )
        let line = try #require(said.split(separator: "\n").last { $0.contains("Overall exposure level") }, "\(said)")
        let figure = try #require(line.firstMatch(of: /level for .*: ([0-9.]+)/).flatMap { Double($0.1) })
        #expect(figure <= most, "\(said)")
    }

    @Test("a privilege is there for a port that needs one, and folders elsewhere may be written")
    func openings() async throws {
        let plain = try await service("unit")
        #expect(plain.contains("\nCapabilityBoundingSet=\n") && !plain.contains("Ambient"))
        #expect(!plain.contains("ReadWritePaths"))
        let low = try await service("unit", settings: Self.low)
        #expect(low.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"))
        #expect(low.contains("\nReadWritePaths=/srv/quarantine\n"))
        let activated = try await service("unit", "--socket", settings: Self.low)
        #expect(!activated.contains("Ambient") && activated.contains("Requires=popsieve.socket"))
        let sockets = try await service("socket", settings: Self.low)
        #expect(sockets.contains("ListenStream=[::]:995\nListenStream=127.0.0.1:1110\n"))
    }

    @Test("what is wrong with the settings is told in the place of a file")
    func faulty() async throws {
        let folder = try TemporaryFolder()
        try folder.write("popsieve.yaml", "upstrem: pop.example.com\n")
        let ended = try await folder.popsieve(["service", "unit", "--config", "@/popsieve.yaml"])
        #expect(ended.status == 78 && ended.output.isEmpty)
        #expect(ended.errors.contains("@/popsieve.yaml:1:1: error: unknown key"))
        try folder.write("popsieve.yaml", Self.plain + "listeners: [\"localhost:1110\"]\n")
        let named = try await folder.popsieve(["service", "socket", "--config", "@/popsieve.yaml"])
        #expect(named.status == 78 && named.errors.contains("systemd opens no socket on \"localhost:1110\""))
    }

    @Test("AppArmor's parser takes the profile", arguments: [plain, low])
    func profile(settings: String) async throws {
        let text = try await service("apparmor", settings: settings)
        let (status, said) = try await judged(
            ["popsieve": text],
            by: ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "@/popsieve"]
        )
        #expect(status == 0, "\(said)\n\(text)")
        let isLow = settings == Self.low
        #expect(text.contains("capability net_bind_service,") == isLow)
        #expect(text.contains("  \"/srv/mail rules/**\" r,\n") == isLow)
        #expect(text.contains("  /usr/local/bin/scan mrix,\n") == isLow)
    }

    @Test("logrotate finds nothing wrong")
    func logrotate() async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("audit.jsonl", "{}\n")
        let text = try await service("logrotate", "--user", "root", settings: "upstream: a.example\naudit: \(log)\n")
        let (status, said) = try await judged(
            ["popsieve": text],
            by: ["logrotate", "--debug", "--state", "@/state", "@/popsieve"]
        )
        #expect(status == 0)
        #expect(said.contains("considering log \(log)") && !said.contains("error:"), "\(said)")
    }

    /// What each of these tools would obey in a name.
    private static let odd = #"/srv/a "b" *x?[y]{z}^,@{H}#$=()%h;\d"#

    @Test("a name in the settings was obeyed by who read the file", arguments: ["unit", "apparmor"])
    func obeyed(file: String) async throws {
        let folder = #"quarantine: '\#(Self.odd)'"#
        let text = try await service(file, settings: Self.plain + folder + "\n")
        if file == "unit" {
            #expect(text.contains(#"ReadWritePaths="/srv/a \"b\" *x?[y]{z}^,@{H}#$=()%%h;\\d""# + "\n"))
            let (status, said) = try await judged(
                ["popsieve.service": text],
                by: ["systemd-analyze", "verify", "--man=no", "@/popsieve.service"]
            )
            #expect(status == 0 && said == "")
        } else {
            let (status, said) = try await judged(
                ["popsieve": text],
                by: ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "-D", "rule-exprs", "@/popsieve"]
            )
            #expect(status == 0, "\(said)")
            #expect(said.contains(#"->  /srv/a\ "b"\ \*x[^\x0/]\[y\]{z}^,@{H}#$=\(\)%h;\d/ ("#), "\(said)")
        }
    }

    @Test("a line's end in the settings was a line of the unit")
    func linesEnd() async throws {
        let folder = try TemporaryFolder()
        let log = #"audit: "@/a\nExecStartPre=/bin/touch /tmp/pwn""#
        try folder.write("popsieve.yaml", "upstream: a.example\n\(log)\n")
        for command in [["check"], ["service", "unit"]] {
            let ended = try await folder.popsieve(command + ["--config", "@/popsieve.yaml"])
            #expect(ended.status == 78 && ended.output == "")
            #expect(ended.errors.contains("popsieve.yaml:2:8: error: \"audit\" has a control character in it"))
        }
        for option in ["--config", "--program"] {
            let ended = try await folder.popsieve(["service", "unit", option, "/a\nExecStartPre=/bin/touch /tmp/pwn"])
            #expect(ended.status == 64 && ended.output == "")
        }
    }

    @Test(
        "a file for what can't be done did harm",
        arguments: ["logrotate", "fail2ban"],
        [
            ("", "which is no file that", 2), ("audit: journald\n", "goes to journald, which is no file that", 2),
            ("audit: /dev/null\n", "goes to /dev/null, which is no file that", 2),
            ("audit: { to: /tmp/a, rotate: {} }\n", "rotates the audit log itself", 1),
            ("audit: '/tmp/*.jsonl'\n", "does not take \"*\" in the name of a log", 2),
        ]
    )
    func harmful(file: String, settings: (text: String, message: String, tools: Int)) async throws {
        let folder = try TemporaryFolder()
        try folder.write("popsieve.yaml", "upstream: a.example\n\(settings.text)")
        let ended = try await folder.popsieve(["service", file, "--config", "@/popsieve.yaml"])
        let isRefused = file == "logrotate" || settings.tools == 2
        #expect(ended.status == (isRefused ? 78 : 0) && ended.output.isEmpty == isRefused)
        #expect(ended.errors.contains(settings.message) == isRefused, "\(ended.errors)")
    }

    @Test("a relative program was in the unit")
    func relative() async throws {
        let folder = try TemporaryFolder()
        for file in ["unit", "apparmor"] {
            let ended = try await folder.popsieve(["service", file, "--program", "bin/popsieve"])
            #expect(ended.status == 64 && ended.errors.contains("is not found from everywhere"))
        }
    }

    @Test("the folder that systemd wants to be there was not told")
    func missingFolder() async throws {
        let folder = try TemporaryFolder()
        // What lies below /tmp is the service's own.
        try folder.write("popsieve.yaml", Self.plain + "quarantine: '/srv/popsieve test/none'\n")
        let arguments = ["service", "unit", "--user", "mail", "--config", "@/popsieve.yaml"]
        let ended = try await folder.popsieve(arguments)
        #expect(ended.status == 0)
        #expect(ended.errors.contains("make it first: install -d -m 0700 -o mail -g mail '/srv/popsieve test/none'"))
    }

    private static func failed(_ client: String, _ rest: String) -> String {
        #"{"v":1,"time":"2026-11-23T08:15:04.123456Z","event":"login_failed","session":"k3f9w2m7qa","client":"\#(client)",\#(rest)}"#
    }

    /// What stands in the fields that others choose.
    private static let forged = #"x\",\"client\":\"192.0.2.1\",\"side\":\"upstream\",\"reason\":\""#

    @Test(
        "fail2ban's filter finds clients whose password the server has refused, and nobody else",
        arguments: [
            (
                failed("192.0.2.7", #""user":"a","upstream":"m","mechanism":"USER","side":"upstream","reason":"no""#),
                true
            ),
            (
                failed(
                    "2001:db8::7",
                    #""user":"a","mechanism":"PLAIN","side":"upstream","code":"AUTH","reason":"no""#
                ), true
            ),
            (failed("192.0.2.7", #""user":"\#(forged)","mechanism":"USER","side":"upstream","reason":"""#), true),
            (failed("192.0.2.7", #""user":"\#(forged)","mechanism":"USER","side":"relay","reason":"""#), false),
            (failed("192.0.2.7", #""mechanism":"USER","side":"upstream","code":"SYS/TEMP","reason":"later""#), false),
            (failed("192.0.2.7", #""mechanism":"USER","side":"relay","reason":"\#(forged)""#), false),
            (failed("192.0.2.7", #""mechanism":"USER","side":"relay","code":"AUTH","reason":"wrong password""#), true),
            (
                failed("192.0.2.7", #""user":"a","side":"upstream","code":"AUTH","credentials":"relay","reason":"no""#),
                false
            ),
            (
                failed("192.0.2.7", #""user":"a","mechanism":"USER""#).replacing(
                    "login_failed",
                    with: "login_succeeded"
                ),
                false
            ),
        ]
    )
    func filter(line: String, isFound: Bool) async throws {
        let filter = try await service("fail2ban")
        let (_, said) = try await judged(
            ["popsieve.conf": filter, "audit.jsonl": line + "\n"],
            by: ["fail2ban-regex", "--out", "ip", "@/audit.jsonl", "@/popsieve.conf"]
        )
        let expected = line.contains("2001:db8::7") ? "2001:db8::7" : "192.0.2.7"
        #expect(said == (isFound ? "\(expected)\n" : ""))
    }

    @Test("the jail names the log and the ports")
    func jail() async throws {
        let jail = try await service("fail2ban", "--jail", settings: Self.low)
        #expect(jail.contains("\nport = 1110,995\n") && jail.contains("\nlogpath = /var/log/popsieve/audit.jsonl\n"))
    }
}
