// Debian's sieve-filter on the same messages in a mailbox, as a measure.
// Must not count what it takes to start: an empty mailbox takes that, too.

import ChildProcess
import Foundation

/// Pigeonhole's `sieve-filter` and two mailboxes in a temporary folder: one with the messages, one with none.
///
/// It runs without an index on disk: what it would find there is the header fields of messages that it has seen before,
/// and a relay sees each message for the first time.
final class Pigeonhole {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "popsieve-benchmark-\(getpid())")
    private static let program = "/usr/bin/sieve-filter"

    /// Nil where it is not installed.
    init?(_ messages: Messages) throws {
        guard FileManager.default.isExecutableFile(atPath: Self.program) else { return nil }
        for mailbox in ["full", "empty"] {
            for part in ["cur", "new", "tmp"] {
                let path = folder.appending(path: "\(mailbox)/\(part)")
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            }
            let configuration = """
                mail_location = maildir:\(folder.path)/\(mailbox):INDEX=MEMORY
                mail_home = \(folder.path)
                ssl = no
                log_path = /dev/null
                \(Self.user)
                plugin {
                  sieve_extensions = +editheader +regex
                }
                """
            try Data(configuration.utf8).write(to: folder.appending(path: "\(mailbox).conf"))
        }
        for (number, message) in messages.all.enumerated() {
            try Data(message).write(to: folder.appending(path: "full/cur/\(1_000_000 + number).a.b:2,"))
        }
        if getuid() == 0 {
            try ChildProcess(path: "/bin/chown", ["-R", "65534:65534", folder.path]).waitForEnd()
        }
    }

    /// It refuses to work as the superuser.
    private static var user: String { getuid() == 0 ? "mail_uid = 65534\nmail_gid = 65534" : "" }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Seconds for all messages, compiled script and mailbox index at hand.
    func seconds(for script: Script, rounds: Int) throws -> Double {
        let path = folder.appending(path: "script.sieve").path
        try Data(script.source).write(to: URL(fileURLWithPath: path))
        try? FileManager.default.removeItem(atPath: folder.appending(path: "script.svbin").path)
        try filter("full", path)
        let full = try median(of: rounds) { try filter("full", path) }
        let empty = try median(of: rounds) { try filter("empty", path) }
        return full - empty
    }

    private func filter(_ mailbox: String, _ script: String) throws {
        let configuration = folder.appending(path: "\(mailbox).conf").path
        let child = try ChildProcess(path: Self.program, ["-c", configuration, script, "INBOX"])
        guard child.waitForEnd() == 0 else { throw CocoaError(.executableLoad) }
    }
}
