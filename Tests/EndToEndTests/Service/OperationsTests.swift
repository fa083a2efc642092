// The relay beside the programs that look after a service: logrotate moves its log, fail2ban reads it.

import Foundation
import Testing

@Suite("Beside logrotate and fail2ban", .timeLimit(.minutes(5)))
struct OperationsTests {
    /// Refuses every password, in its own words.
    private let refusing = Script { peer in
        try await peer.send("+OK scripted\r\n")
        while true {
            let line = try await peer.line()
            try await peer.send(line.hasPrefix("PASS") ? "-ERR [AUTH] no \",\"client\":\"192.0.2.2\"\r\n" : "+OK\r\n")
        }
    }

    private func printed(_ arguments: [String], in folder: Folder) async throws -> String {
        let ended = try await Child.run(path: Built.popsieve, ["service"] + arguments, in: folder)
        #expect(ended.status == 0, "\(ended)")
        return String(decoding: ended.output, as: UTF8.self)
    }

    @Test("fail2ban finds who has failed, by IPv4 and IPv6, and nobody whom a user's name or a server's words name")
    func failures() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(refusing) { upstream in
                var settings = Popsieve.Settings(upstream: upstream)
                settings.listeners = [.init(), .init(host: "[::1]")]
                try await Popsieve.serving(settings, in: folder) { relay in
                    for address in relay.addresses {
                        try await Peer.connected(to: address) { peer in
                            _ = try await peer.line()
                            _ = try await peer.command(
                                "USER x\",\"client\":\"192.0.2.1\",\"side\":\"upstream\",\"reason\":\""
                            )
                            _ = try await peer.command("PASS wrong-one")
                        }
                    }
                    _ = try await relay.audit.waitFor("login_failed", count: 2)
                    try folder.write("popsieve.conf", try await printed(["fail2ban"], in: folder))
                    let ended = try await Child.run(
                        .fail2banRegex,
                        ["--out", "ip", relay.audit.path, folder["popsieve.conf"]],
                        in: folder
                    )
                    let found = String(decoding: ended.output, as: UTF8.self).split(separator: "\n").sorted()
                    #expect(found == ["127.0.0.1", "::1"], "\(ended)")
                }
            }
        }
    }

    @Test("logrotate moves the log, and the relay goes on in a new one without losing a line")
    func rotation() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(ScriptedMaildrop([]).script) { upstream in
                let (_, status) = try await ServiceProcess.running(.init(), upstream: upstream, in: folder) { relay in
                    try await relay.converse()
                    _ = try await relay.audit.waitFor("session_closed")
                    let owner = try await Child.run(path: "/usr/bin/id", ["-un"], in: folder)
                    let user = String(decoding: owner.output, as: UTF8.self).split(separator: "\n")[0]
                    let arguments = ["logrotate", "--config", folder["popsieve.yaml"], "--user", String(user)]
                    try folder.write("rotation", try await printed(arguments, in: folder))
                    // In the place of systemd, which is not asked here.
                    let path = try folder.folder("bin").write("systemctl", "#!/bin/sh\nkill -HUP \(relay.pid)\n")
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                    let ended = try await Child.run(
                        .logrotate,
                        ["--force", "--state", folder["state"], folder["rotation"]],
                        in: folder,
                        environment: ["PATH": "\(folder["bin"]):/usr/bin:/bin"]
                    )
                    #expect(ended.status == 0, "\(ended)")
                    _ = try await relay.audit.waitFor("rules_loaded")
                    try await relay.converse()
                    _ = try await relay.audit.waitFor("session_closed")
                    let before = AuditTrail(path: folder["audit.jsonl.1"])
                    #expect(try before.lines("session_opened").count == 1 && before.lines("session_closed").count == 1)
                    #expect(try relay.audit.lines("service_started").isEmpty)
                }
                #expect(status == 0)
            }
        }
    }
}
