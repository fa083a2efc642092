// The audit log where other programs keep it, rotated and chained: real daemons, a reload between, a disk that is full.
// Must not test formats to the letter: AuditTests do.

import Foundation
import Testing

extension Popsieve {
    /// Changes where the audit log goes, and waits for the reload, which its log tells there.
    fileprivate func reload(audit: String) throws {
        let path = folder["popsieve.yaml"]
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("audit: ") ? "audit: \(audit)" : String(line)
        }
        try folder.write("popsieve.yaml", lines.joined(separator: "\n"))
        reload()
    }

    /// A session of three commands.
    fileprivate func converse() async throws {
        try await Peer.connected(to: address) { peer in
            try await peer.logIn(.anna)
            _ = try await Transcript.record(["NOOP", "QUIT"], with: peer)
        }
    }
}

@Suite("Outputs of the audit log", .timeLimit(.minutes(5)))
struct AuditOutputTests {
    private static let session = ["session_opened", "upstream_connected", "login_succeeded", "session_closed"]

    @Test("syslog gets every line by way of a reload", arguments: ["unix", "unix, rfc5424", "tcp", "udp"])
    func syslog(transport: String) async throws {
        try await Folder.temporary { folder in
            try await SyslogDaemon.serving(in: folder) { daemon in
                let server = try #require(daemon.servers[transport])
                try await Relayed.script(ScriptedMaildrop([]).script) { relayed in
                    try relayed.relay.reload(audit: "{ to: syslog, \(server) }")
                    _ = try await daemon.received.waitFor("settings_reloaded")
                    try await relayed.relay.converse()
                    _ = try await daemon.received.waitFor("session_closed")
                    let lines = try daemon.received.lines().filter { $0["session"] != nil }
                    #expect(lines.map(\.event) == Self.session)
                    #expect(try relayed.relay.audit.lines("session_opened").isEmpty)
                }
            }
        }
    }

    @Test("a syslog server that is away holds nobody up, and gets what it missed")
    func syslogAway() async throws {
        try await Folder.temporary { folder in
            let away = try await Port.free()
            try await Relayed.script(ScriptedMaildrop([]).script) { relayed in
                try relayed.relay.reload(audit: "{ to: syslog, address: \"tcp:127.0.0.1:\(away)\" }")
                try await eventually("it is told") { try relayed.relay.log().contains("audit log can't be written") }
                try await relayed.relay.converse()
                try await SyslogDaemon.serving(in: folder, tcp: away) { daemon in
                    _ = try await daemon.received.waitFor("session_closed")
                    let lines = try daemon.received.lines().filter { $0["session"] != nil }
                    #expect(lines.map(\.event) == Self.session)
                    // The server ends before the relay, whose last line would wait in vain.
                    try relayed.relay.reload(audit: "\"\(relayed.relay.audit.path)\"")
                    try await eventually("the log goes on in its file") {
                        try relayed.relay.audit.lines("settings_reloaded").count == 2
                    }
                }
            }
        }
    }

    @Test("the journal has every line, with fields", .enabled(if: SmallDisk.isPossible))
    func journal() async throws {
        try await Folder.temporary { folder in
            try await JournalDaemon.serving(in: folder) { daemon in
                try await Relayed.script(ScriptedMaildrop([]).script) { relayed in
                    try relayed.relay.reload(audit: "{ to: journald, address: \"\(daemon.address)\" }")
                    try await eventually("the reload is told") {
                        try await !daemon.entries("POPSIEVE_EVENT=settings_reloaded").isEmpty
                    }
                    try await relayed.relay.converse()
                    let entry = try await eventually("the session is told") {
                        try await daemon.entries("POPSIEVE_EVENT=session_closed").first
                    }
                    #expect(entry["POPSIEVE_USER"]?.text == Account.anna.name)
                    #expect(entry["PRIORITY"]?.text == "6" && entry["SYSLOG_IDENTIFIER"]?.text == "popsieve")
                    let message = try AuditLine(bytes: Data((entry["MESSAGE"]?.text ?? "").utf8))
                    #expect(message.event == "session_closed" && message["user"]?.text == Account.anna.name)
                }
            }
        }
    }

    private func verify(_ files: [String], in folder: Folder) async throws -> Ended {
        try await Child.run(path: Built.popsieve, ["audit", "verify"] + files, in: folder)
    }

    /// A log and its rotated files, the oldest first.
    private func trails(_ path: String) -> [AuditTrail] {
        let names = (1...50).map { "\(path).\($0)" }.filter { FileManager.default.fileExists(atPath: $0) }
        return (names.reversed() + [path]).map(AuditTrail.init(path:))
    }

    @Test("a chained log is rotated and taken up again, and is unbroken")
    func rotated() async throws {
        try await Folder.temporary { folder in
            let audit = folder["kept.jsonl"]
            let setting = "{ to: \"\(audit)\", rotate: { size: 64 KiB, keep: 40 }, chain: true }"
            for turn in 1...2 {
                try await Relayed.script(ScriptedMaildrop([]).script) { relayed in
                    try relayed.relay.reload(audit: setting)
                    try await eventually("the log goes on there") {
                        try trails(audit).flatMap { try $0.lines("settings_reloaded") }.count == turn
                    }
                    for _ in 0..<60 { try await relayed.relay.converse() }
                    try await eventually("all sessions are told") {
                        try trails(audit).flatMap { try $0.lines("session_closed") }.count == 60 * turn
                    }
                    guard turn == 2 else { return }
                    // Only how it is kept has changed.
                    try relayed.relay.reload(audit: setting.replacing("40", with: "41"))
                    try await eventually("it is told") {
                        try trails(audit).flatMap { try $0.lines("settings_reloaded") }
                            .contains { $0.description.contains("audit log: written in another way") }
                    }
                }
            }
            let files = trails(audit).map(\.path)
            #expect(files.count >= 2)
            let ended = try await verify(files, in: folder)
            #expect(ended.status == 0, "\(ended)")
        }
    }

    @Test("a full disk delays the rotated and chained log, and breaks nothing", .enabled(if: SmallDisk.isPossible))
    func fullDisk() async throws {
        try await Folder.temporary { folder in
            let disk = SmallDisk(path: try folder.folder("disk").path, octets: 2 << 20)
            let change = Change { $0.disk = disk }
            try await Relayed.script(ScriptedMaildrop([]).script, changing: change) { relayed in
                let relay = relayed.relay
                let audit = relay.seen(disk.path + "/audit.jsonl")
                let to = "\(disk.path)/audit.jsonl"
                try relay.reload(audit: "{ to: \"\(to)\", rotate: { size: 64 KiB, keep: 40 }, chain: true }")
                _ = try await AuditTrail(path: audit).waitFor("settings_reloaded")
                try disk.fill(of: relay, leaving: 90 << 10)
                var sessions = 0
                while try !relay.log().contains("audit log can't be written") {
                    try await relay.converse()
                    sessions += 1
                }
                for _ in 0..<20 { try await relay.converse() }
                try disk.empty(of: relay)
                try await eventually("all sessions are told") {
                    try trails(audit).flatMap { try $0.lines("session_closed") }.count == sessions + 20
                }
                #expect(trails(audit).count > 1)
                let ended = try await verify(trails(audit).map(\.path), in: folder)
                #expect(ended.status == 0, "\(ended)")
            }
        }
    }
}
