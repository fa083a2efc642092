// Daemons that take the audit log: rsyslogd and systemd-journald, each with sockets of its own.
// Must not touch the system's own.

import Foundation

/// rsyslogd, which writes each message to a file as a line of JSON: that of the audit log.
struct SyslogDaemon: Sendable {
    /// As the settings have them.
    let servers: [String: String]
    let received: AuditTrail

    /// - Parameter tcp: the port for streams; nil: a free one
    static func serving<Result>(
        in parent: Folder,
        tcp: Int? = nil,
        _ body: (SyslogDaemon) async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder("syslog")
        let udp = try await Port.free()
        let free = try await Port.free()
        let tcp = tcp ?? free
        let (socket, modern, output) = (folder["log"], folder["modern"], folder["received"])
        let configuration = """
            global(workDirectory="\(folder.path)" maxMessageSize="64k")
            module(load="imuxsock" SysSock.Use="off")
            module(load="imtcp")
            module(load="imudp")
            input(type="imuxsock" Socket="\(socket)" CreatePath="on" RateLimit.Interval="0")
            input(type="imuxsock" Socket="\(modern)" UseSpecialParser="off" ParseHostname="on" RateLimit.Interval="0")
            input(type="imtcp" address="127.0.0.1" port="\(tcp)")
            input(type="imudp" address="127.0.0.1" port="\(udp)")
            template(name="lines" type="string" string="%msg%\\n")
            if $programname == "popsieve" and $syslogfacility-text == "mail"
            then action(type="omfile" file="\(output)" template="lines")

            """
        let settings = try folder.write("rsyslog.conf", configuration)
        let arguments = ["-n", "-C", "-f", settings, "-i", folder["pid"]]
        let daemon = SyslogDaemon(
            servers: [
                "unix": "address: \"unix:\(socket)\"",
                "unix, rfc5424": "address: \"unix:\(modern)\", format: rfc5424",
                "tcp": "address: \"tcp:127.0.0.1:\(tcp)\"", "udp": "address: \"udp:127.0.0.1:\(udp)\"",
            ],
            received: AuditTrail(path: output)
        )
        return try await Child.serving(path: Program.rsyslog.path(), arguments, in: folder, name: "rsyslogd") { _ in
            try await eventually("rsyslogd listens") {
                Port.isUsed(tcp) && Port.isUsed(udp) && FileManager.default.fileExists(atPath: modern)
            }
            return try await body(daemon)
        }.0
    }
}

/// systemd-journald, which keeps its journal where nobody else sees it.
struct JournalDaemon: Sendable {
    /// As the settings have it.
    let address: String
    private let pid: pid_t
    private let folder: Folder

    static func serving<Result>(
        in parent: Folder,
        _ body: (JournalDaemon) async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder("journal")
        let script = """
            mkdir -p /run/log && mount -t tmpfs none /run/log && mount -t tmpfs none /var/log \\
            && exec /lib/systemd/systemd-journald popsieve
            """
        let isRoot = getuid() == 0
        let arguments =
            ["RUNTIME_DIRECTORY=\(folder.path)", try Program.unshare.path()]
            + (isRoot ? [] : ["--user", "--map-root-user"]) + ["--mount", try Program.shell.path(), "-c", script]
        return try await Child.serving(path: "/usr/bin/env", arguments, in: folder, name: "journald") { pid in
            try await eventually("journald listens") {
                FileManager.default.fileExists(atPath: folder["socket"])
            }
            return try await body(JournalDaemon(address: "unix:\(folder["socket"])", pid: pid, folder: folder))
        }.0
    }

    /// The entries that have this field, each with all of its fields.
    func entries(_ field: String) async throws -> [AuditLine] {
        // As the daemon sees it.
        let root = "/proc/\(pid)/root"
        let journal = root + "/var/log/journal/*/*.journal"
        let ended = try await Child.run(
            .journalctl,
            ["--file", journal, "-o", "json", "--no-pager", field],
            in: folder
        )
        return try ended.output.split(separator: 0x0A).map(AuditLine.init(bytes:))
    }
}
