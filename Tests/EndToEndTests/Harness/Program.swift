// A program that the tests need, and the Debian package that brings it.
// Must not start anything.

import Foundation

/// An external program, found in PATH.
struct Program: Sendable {
    let name: String
    /// What `apt-get install` is told.
    let package: String

    static let curl = Program(name: "curl", package: "curl")
    static let python = Program(name: "python3", package: "python3")
    static let perl = Program(name: "perl", package: "perl")
    static let mpop = Program(name: "mpop", package: "mpop")
    static let fetchmail = Program(name: "fetchmail", package: "fetchmail")
    static let mailutils = Program(name: "pop3d", package: "mailutils-pop3d")
    static let dovecot = Program(name: "dovecot", package: "dovecot-pop3d")
    static let haproxy = Program(name: "haproxy", package: "haproxy")
    static let nginx = Program(name: "nginx", package: "nginx libnginx-mod-mail")
    static let openssl = Program(name: "openssl", package: "openssl")
    static let shell = Program(name: "sh", package: "dash")
    static let timeout = Program(name: "timeout", package: "coreutils")
    static let prlimit = Program(name: "prlimit", package: "util-linux")
    static let unshare = Program(name: "unshare", package: "util-linux")
    static let nsenter = Program(name: "nsenter", package: "util-linux")
    static let ip = Program(name: "ip", package: "iproute2")
    static let promtool = Program(name: "promtool", package: "prometheus")
    static let rsyslog = Program(name: "rsyslogd", package: "rsyslog")
    static let journalctl = Program(name: "journalctl", package: "systemd")
    static let setpriv = Program(name: "setpriv", package: "util-linux")
    static let socketActivate = Program(name: "systemd-socket-activate", package: "systemd")
    static let fail2banRegex = Program(name: "fail2ban-regex", package: "fail2ban")
    static let logrotate = Program(name: "logrotate", package: "logrotate")

    /// Where it is.
    ///
    /// - Throws: `Missing`, which names the package to install.
    func path() throws -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in search.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Missing(program: self)
    }

    struct Missing: Error, CustomStringConvertible {
        let program: Program

        var description: String {
            "\(program.name) is not installed; the end-to-end tests need it: apt-get install \(program.package)"
        }
    }
}
