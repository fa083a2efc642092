// Dovecot with a maildir for each user, and the relay before it; both in a folder of their own.
// Must not judge.

import ChildProcess
import Foundation

/// A Dovecot that keeps one message for each user.
final class Server {
    static let password = "open-sesame-7"

    let folder: String
    let port: Int
    private let process: ChildProcess

    /// - Parameter sizes: how many octets each user's message has.
    init(folder: String, sizes: [Int]) throws {
        self.folder = folder
        port = Int.random(in: 10_000..<32_000)
        try Self.fill(folder, sizes)
        try Self.configuration(folder, port).write(toFile: folder + "/dovecot.conf", atomically: true, encoding: .utf8)
        ChildProcess.run("/bin/chown", ["-R", "nobody:nogroup", folder])
        let drop = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "/usr/sbin/dovecot"]
        let arguments = ["-F", "-c", folder + "/dovecot.conf"]
        process =
            getuid() == 0
            ? try ChildProcess(path: "/usr/bin/setpriv", drop + arguments)
            : try ChildProcess(path: "/usr/sbin/dovecot", arguments)
    }

    func stop() {
        process.signal(SIGTERM)
        process.waitForEnd()
    }

    static func user(_ number: Int) -> String { "user-\(number)" }

    /// The line before the last says that the message is whole.
    static func message(_ size: Int, _ number: Int) -> String {
        let line = String(repeating: "0123456789", count: 7) + "\r\n"
        let header = "X-User: \(user(number))\r\nSubject: \(number.isMultiple(of: 2) ? "keep" : "pass")\r\n\r\n"
        return header + String(repeating: line, count: max(1, size / line.utf8.count))
            + "the end\r\n"
    }

    private static func fill(_ folder: String, _ sizes: [Int]) throws {
        var users = ""
        for (number, size) in sizes.enumerated() {
            users += "\(user(number)):{PLAIN}\(password)\n"
            let maildir = "\(folder)/mail/\(user(number))"
            for name in ["cur", "new", "tmp"] {
                try FileManager.default.createDirectory(atPath: "\(maildir)/\(name)", withIntermediateDirectories: true)
            }
            try message(size, number).write(toFile: maildir + "/cur/message:2,", atomically: false, encoding: .utf8)
        }
        try users.write(toFile: folder + "/users", atomically: true, encoding: .utf8)
    }

    /// Whether the server has this user's message still.
    func keeps(_ number: Int) -> Bool {
        ["cur", "new"].contains { place in
            let path = "\(folder)/mail/\(Self.user(number))/\(place)"
            return (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == false
        }
    }

    private static func configuration(_ folder: String, _ port: Int) -> String {
        let user = getuid() == 0 ? "nobody" : NSUserName()
        return """
            base_dir = \(folder)/run
            state_dir = \(folder)/run
            log_path = \(folder)/dovecot.log
            protocols = pop3
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            auth_mechanisms = plain
            default_internal_user = \(user)
            default_internal_group = \(getuid() == 0 ? "nogroup" : user)
            default_login_user = \(user)
            default_process_limit = 2000
            default_client_limit = 4000
            first_valid_uid = 1
            first_valid_gid = 0
            mail_max_userip_connections = 0
            mail_location = maildir:\(folder)/mail/%u
            passdb {
              driver = passwd-file
              args = \(folder)/users
            }
            userdb {
              driver = static
              args = uid=\(user) gid=\(getuid() == 0 ? "nogroup" : user) home=\(folder)/mail
            }
            service anvil {
              chroot =
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            service stats {
              chroot =
            }
            service pop3-login {
              chroot =
              inet_listener pop3 {
                port = \(port)
              }
              inet_listener pop3s {
                port = 0
              }
            }

            """
    }
}

extension ChildProcess {
    /// Runs a program to its end.
    @discardableResult
    static func run(_ path: String, _ arguments: [String]) -> Int32 {
        (try? ChildProcess(path: path, arguments))?.waitForEnd() ?? -1
    }
}
