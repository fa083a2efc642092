// `popsieve doctor` against set-ups that are broken, and whole ones: real Dovecot, tokens of a real provider.
// Must not look at times.

import Foundation
import Testing

@Suite("Doctor", .timeLimit(.minutes(5)))
struct DoctorTests {
    struct Report: Decodable {
        struct Step: Decodable {
            let step: String
            let subject: String?
            let result: String
            let sentence: String
            let remedy: String?
        }

        let result: String
        let steps: [Step]

        var failed: Step? { steps.first { $0.result == "failed" } }
    }

    /// Runs it, with a password for its standard input where there is one.
    static func doctor(
        _ arguments: [String],
        in folder: Folder,
        descriptors: Int? = nil,
        disk: SmallDisk? = nil,
        password: String? = nil
    ) async throws -> Ended {
        let limit = try descriptors.map { [try Program.prlimit.path(), "--nofile=\($0):\($0)"] } ?? []
        let doctor = [Built.popsieve, "doctor", "--config", folder["popsieve.yaml"]] + arguments
        let command = try (disk?.prefix ?? []) + limit + doctor
        let input = try folder.write("input", password.map { "\($0)\n" } ?? "")
        let ended = try await Child.run(
            .shell,
            ["-c", "input=$1; shift; exec \"$@\" < \"$input\"", "sh", input] + command,
            in: folder,
            environment: ["HOME": folder.path, "XDG_RUNTIME_DIR": folder.path]
        )
        tellsNoSecret(ended)
        return ended
    }

    private static func tellsNoSecret(_ ended: Ended) {
        let said = String(decoding: ended.output, as: UTF8.self) + ended.errors
        for secret in [DoctorCase.password, Account.anna.password] {
            #expect(!Secrets.spellings(of: secret).contains { said.contains($0) }, "\(ended)")
        }
    }

    static func report(_ arguments: [String], in folder: Folder) async throws -> (Report, Ended) {
        let ended = try await doctor(["--json"] + arguments, in: folder)
        return (try JSONDecoder().decode(Report.self, from: ended.output), ended)
    }

    // MARK: Broken

    @Test("the first line that has failed names the cause", arguments: DoctorCase.all)
    func broken(_ row: DoctorCase) async throws {
        Secrets.remember(DoctorCase.password)
        try await Folder.temporary { folder in
            try await Self.serving(row.server) { address in
                try await Popsieve.write(try await Self.settings(row, address), in: folder)
                try row.prepare(folder)
                let account = row.account.map { [$0] } ?? []
                let ended = try await Self.doctor(account, in: folder, descriptors: row.descriptors)
                let lines = String(decoding: ended.output, as: UTF8.self).split(separator: "\n")
                let first = try #require(lines.first { $0.hasPrefix("failed") }, "\(ended)")
                #expect(first.hasPrefix("failed   \(row.step) ") && first.contains(row.words), "\(ended)")
                #expect(ended.status == row.status, "\(ended)")
                if row.descriptors != nil { return }
                let (report, again) = try await Self.report(account, in: folder)
                let failed = try #require(report.failed)
                let title = [failed.step, failed.subject].compactMap(\.self).joined(separator: " ")
                #expect(report.result == "failed" && title == row.step && again.status == row.status, "\(again)")
                #expect("\(failed.sentence); \(failed.remedy ?? "")".contains(row.words), "\(again)")
            }
        }
    }

    private static func serving(_ server: DoctorCase.Server, _ body: (Address) async throws -> Void) async throws {
        switch server {
        case .playing(let script): try await ScriptedServer.serving(script, body)
        case .showing(let pair, let script):
            let shown = try await Certificates.shared()[keyPath: pair]
            try await ScriptedServer.serving(script, showing: shown, body)
        case .none: try await body(Address(port: try await Port.free()))
        }
    }

    private static func settings(_ row: DoctorCase, _ address: Address) async throws -> Popsieve.Settings {
        let certificates = try await Certificates.shared()
        var upstream = Popsieve.Settings.Upstream(address: address, encryption: row.encryption)
        if row.encryption != .none {
            upstream.authority = certificates.authority
            upstream.name = "localhost"
        }
        var settings = Popsieve.Settings(upstream: upstream)
        if row.account != nil { settings.more = DoctorCase.accounts }
        settings.files = ["anna.secret": DoctorCase.password + "\n"]
        row.change(&settings)
        if row.step == "certificate" { settings.listeners[0].certificate = certificates.expired }
        if row.step == "certificates" {
            let pair = Certificates.Pair(certificate: certificates.good.certificate, key: certificates.otherHost.key)
            settings.listeners[0].certificate = pair
        }
        return settings
    }

    @Test("Gmail's answer to somebody who names no host is known")
    func unnamed() async throws {
        try await Folder.temporary { folder in
            let made = try await Child.run(
                .openssl,
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/OU=No SNI provided; please fix your client./CN=invalid2.invalid", "-keyout",
                    folder["key.pem"], "-out", folder["certificate.pem"],
                ],
                in: folder
            )
            #expect(made.status == 0)
            let pair = Certificates.Pair(certificate: folder["certificate.pem"], key: folder["key.pem"])
            try await ScriptedServer.serving(DoctorCase.answering(), showing: pair) { address in
                let upstream = Popsieve.Settings.Upstream(address: address, encryption: .implicit)
                try await Popsieve.write(.init(upstream: upstream), in: folder)
                let (report, _) = try await Self.report([], in: folder)
                #expect(report.failed?.step == "TLS" && report.failed?.sentence.contains("SNI is missing") == true)
            }
        }
    }

    // MARK: Whole

    @Test("a whole set-up has no failed line", arguments: Popsieve.Settings.Encryption.allCases, [false, true])
    func whole(_ encryption: Popsieve.Settings.Encryption, isEmpty: Bool) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving(isEmpty ? [] : Message.orderly, in: folder) { server in
                var upstream = Popsieve.Settings.Upstream(
                    address: encryption == .implicit ? server.tls : server.plain,
                    encryption: encryption
                )
                if encryption != .none { (upstream.authority, upstream.name) = (authority, "localhost") }
                var settings = Popsieve.Settings(upstream: upstream)
                settings.rules = ["10-test": "require \"editheader\";\naddheader \"X-Seen\" \"yes\";\n"]
                settings.more = DoctorCase.accounts.replacing("as: anna", with: "as: \"\(Account.anna.name)\"")
                settings.files = ["anna.secret": Account.anna.password + "\n"]
                try await Popsieve.write(settings, in: folder)
                let (report, ended) = try await Self.report(["printer"], in: folder)
                #expect(report.failed == nil && ended.status < 2, "\(ended)")
                let names = report.steps.map(\.step)
                let tls = ["none": [], "implicit": ["TLS"], "starttls": ["STLS", "TLS"]][encryption.rawValue] ?? []
                let way = ["connection", "greeting", "CAPA", "login", "CAPA after login", "STAT", "TOP"] + tls
                #expect(Set(way).isSubset(of: names))
                let top = try #require(report.steps.first { $0.step == "TOP" })
                let said = isEmpty ? "the mailbox is empty" : "the rules say: tagged; 10-test.sieve:2"
                #expect(top.sentence.contains(said))
                // Nothing was deleted, and everybody was logged out.
                #expect(try server.log().contains { $0.contains("Disconnected: Logged out") && $0.contains("del=0") })
            }
        }
    }

    @Test("the password of somebody without an account comes by standard input", arguments: [true, false])
    func typed(isRight: Bool) async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                let settings = Popsieve.Settings.relaying(to: server.plain, rule: "keep;\n")
                try await Popsieve.write(settings, in: folder)
                let password = isRight ? Account.anna.password : DoctorCase.password
                let ended = try await Self.doctor(
                    ["--password-stdin", Account.anna.name],
                    in: folder,
                    password: password
                )
                let text = String(decoding: ended.output, as: UTF8.self)
                #expect(ended.status == (isRight ? 0 : 69), "\(ended)")
                #expect(text.contains(isRight ? "\nall is well" : "\nfailed   login "), "\(ended)")
                let none = try await Self.doctor(["--password-stdin", Account.anna.name], in: folder)
                let said = String(decoding: none.output, as: UTF8.self)
                #expect(none.status == 69 && said.contains("\nfailed   password "), "\(none)")
            }
        }
    }

    @Test("a device's own password is checked, too", arguments: [("only-for-the-printer", 0), ("another", 69)])
    func device(_ password: String, _ status: Int32) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: "keep;\n")
                settings.more = DoctorCase.accounts
                settings.files = ["anna.secret": DoctorCase.password + "\n"]
                try await Popsieve.write(settings, in: folder)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder["anna.secret"])
                let ended = try await Self.doctor(["--password-stdin", "printer"], in: folder, password: password)
                #expect(ended.status == status, "\(ended)")
            }
        }
    }

    @Test("UTF8 that is offered and refused behind the login is a warning", arguments: ["+OK", "-ERR too late"])
    func outlook(_ reply: String) async throws {
        let replies = ["CAPA": "+OK\r\nTOP\r\nUTF8\r\nSASL PLAIN\r\n.", "UTF8": reply]
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering(replies)) { address in
                var settings = Popsieve.Settings(upstream: address)
                settings.more = DoctorCase.accounts
                settings.files = ["anna.secret": DoctorCase.password + "\n"]
                try await Popsieve.write(settings, in: folder)
                let (report, ended) = try await Self.report(["printer"], in: folder)
                let step = try #require(report.steps.first { $0.step == "UTF8" })
                #expect(step.result == (reply == "+OK" ? "ok" : "warning") && report.failed == nil, "\(ended)")
                #expect(reply == "+OK" || step.remedy?.contains("0x800CCC90") == true)
            }
        }
    }

    /// What a directory answers, and how the way ends.
    static let directories: [(fields: String, step: String, words: String)] = [
        ("Auth-Status: OK\r\nAuth-Server: 127.0.0.1\r\nAuth-Port: PORT\r\nAuth-User: anna", "", "at 127.0.0.1:"),
        ("Auth-Status: Invalid login", "directory", "the directory refuses"),
        ("Auth-Status: OK\r\nAuth-Server: 192.0.2.1\r\nAuth-Port: 110", "directory", "the settings don't let it"),
        ("X-Nothing: 1", "directory", "the directory gives no answer"),
        ("Auth-Status: bad password \(DoctorCase.password)", "directory", "\"bad password [secret]\""),
        ("Auth-Status: no\r\nAuth-Wait: 99999999999", "directory", "the directory refuses"),
        (
            "Auth-Status: OK\r\nAuth-Server: \(DoctorCase.password)\r\nAuth-Port: 110", "directory",
            "the directory names [secret]"
        ),
        (
            "Auth-Status: OK\r\nAuth-Server: 127.0.0.1\r\nAuth-Port: PORT\r\nAuth-User: \(DoctorCase.password)", "",
            " as [secret]"
        ),
    ]

    @Test("a directory is asked as the relay asks it", arguments: directories)
    func directory(_ row: (fields: String, step: String, words: String)) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                let fields = row.fields.replacing("PORT", with: "\(address.port)")
                let answer = Script { peer in
                    while let line = try await peer.lineOrEnd(), !line.isEmpty {}
                    try await peer.send("HTTP/1.0 200 OK\r\n\(fields)\r\n\r\n")
                }
                try await ScriptedServer.serving(answer) { directory in
                    var settings = Popsieve.Settings.relaying(to: address, rule: "keep;\n")
                    let keys = "servers: [127.0.0.1], timeout: 5m"
                    settings.more = "auth-http: { url: \"http://\(directory)/auth\", \(keys) }\n"
                    try await Popsieve.write(settings, in: folder)
                    let arguments = ["--password-stdin", "anna@example.org"]
                    let ended = try await Self.doctor(arguments, in: folder, password: DoctorCase.password)
                    let text = String(decoding: ended.output, as: UTF8.self)
                    #expect(text.contains(row.words), "\(ended)")
                    #expect(ended.status == (row.step.isEmpty ? 0 : 69), "\(ended)")
                    #expect(row.step.isEmpty || text.contains("\nfailed   \(row.step) "), "\(ended)")
                }
            }
        }
    }

    @Test("each of several servers is a way of its own")
    func several() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(DoctorCase.answering()) { address in
                var settings = Popsieve.Settings(upstream: address)
                settings.upstreams.append(("other", .init(address: Address(port: try await Port.free()))))
                settings.routes = [("*@other.example", "other"), ("*", "main")]
                try await Popsieve.write(settings, in: folder)
                let (report, ended) = try await Self.report([], in: folder)
                #expect(report.failed?.step == "connection" && report.failed?.subject == "other", "\(ended)")
                #expect(report.steps.contains { $0.step == "CAPA" && $0.subject == "main" && $0.result == "ok" })
                #expect(report.steps.contains { $0.subject == "other" && $0.result == "left-out" })
            }
        }
    }

    @Test(
        "servers that want to know whose session it is",
        arguments: ["xclient: true", "proxy-protocol: v1", "proxy-protocol: v2"]
    )
    func announced(_ setting: String) async throws {
        try await Folder.temporary { folder in
            let trust: DovecotServer.Trust = setting == "xclient: true" ? .xclient : .proxyProtocol
            try await DovecotServer.serving([(.anna, [])], trusting: trust, in: folder) { server in
                var settings = Popsieve.Settings.relaying(to: server.plain, rule: "keep;\n")
                settings.upstreams[0].1.more = setting
                try await Popsieve.write(settings, in: folder)
                let (report, ended) = try await Self.report([], in: folder)
                #expect(report.failed == nil && ended.status == 0, "\(ended)")
            }
        }
    }
}
