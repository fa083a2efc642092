// A Dovecot of a test's own: plain with STLS on one port, TLS from the first byte on another.
// Must not touch the system's Dovecot.

import Foundation

/// A running Dovecot with a maildir for each user.
struct DovecotServer: Sendable {
    /// Plain text, and STLS.
    let plain: Address
    /// TLS from the first byte.
    let tls: Address
    private let folder: Folder
    /// What it believes relays of.
    private let trust: Trust

    /// Of clients that a relay on this machine passes on.
    enum Trust: Sendable {
        /// It believes nobody.
        case none
        /// XCLIENT.
        case xclient
        /// The header of the PROXY protocol, which is demanded then.
        case proxyProtocol
    }

    /// The lines of its log.
    func log() throws -> [Substring] {
        String(decoding: try folder.read("log"), as: UTF8.self).split(separator: "\n")
    }

    /// Serves `mailboxes` while `body` runs.
    static func serving<Result>(
        _ mailboxes: [(account: Account, messages: [Message])],
        certificate: Certificates.Pair? = nil,
        mechanisms: String = "plain login apop cram-md5",
        trusting trust: Trust = .none,
        in parent: Folder,
        _ body: (DovecotServer) async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder("dovecot-" + UUID().uuidString.prefix(4).lowercased())
        let shown = if let certificate { certificate } else { try await Certificates.shared().good }
        try folder.write("certificate.pem", Data(contentsOf: URL(fileURLWithPath: shown.certificate)))
        try folder.write("key.pem", Data(contentsOf: URL(fileURLWithPath: shown.key)))
        try fill(folder, mailboxes)
        try BearerToken.write(in: folder)
        let server = try await DovecotServer(
            plain: Address(port: Port.free()),
            tls: Address(port: Port.free()),
            folder: folder,
            trust: trust
        )
        let own = try await Child.run(.shell, ["-c", "id -gn"], in: folder).output
        let group = String(decoding: own, as: UTF8.self).trimmingCharacters(in: .newlines)
        try folder.write("dovecot.conf", server.configuration(folder, isRoot ? "nogroup" : group, mechanisms))
        let (path, arguments) = try await Self.command(folder)
        return try await Child.serving(path: path, arguments, in: parent, name: "dovecot") { _ in
            try await eventually("Dovecot listens") {
                let log = (try? folder.read("log")).map { String(decoding: $0, as: UTF8.self) } ?? ""
                if log.contains("Fatal:") { throw Failed(log: log) }
                return log.contains("starting up")
            }
            return try await body(server)
        }.0
    }

    /// It did not start; its log tells why.
    struct Failed: Error {
        let log: String
    }

    /// With one mailbox, Anna's.
    static func serving<Result>(
        _ messages: [Message],
        certificate: Certificates.Pair? = nil,
        mechanisms: String = "plain login apop cram-md5",
        in parent: Folder,
        _ body: (DovecotServer) async throws -> Result
    ) async throws -> Result {
        let mailboxes = [(account: Account.anna, messages: messages)]
        return try await serving(mailboxes, certificate: certificate, mechanisms: mechanisms, in: parent, body)
    }

    private static func fill(_ folder: Folder, _ mailboxes: [(account: Account, messages: [Message])]) throws {
        var users = ""
        for (account, messages) in mailboxes {
            users += "\(account.name):{PLAIN}\(account.password)\n"
            let maildir = try folder.folder("mail").folder(account.name)
            for name in ["cur", "new", "tmp"] { _ = try maildir.folder(name) }
            for message in messages { try maildir.write("cur/\(message.name):2,", message.bytes) }
        }
        try folder.write("users", users)
    }

    /// Dovecot does not serve mail as root, so root lets it run as nobody.
    private static func command(_ folder: Folder) async throws -> (path: String, arguments: [String]) {
        let dovecot = try Program.dovecot.path()
        let arguments = ["-F", "-c", folder["dovecot.conf"]]
        guard isRoot else { return (dovecot, arguments) }
        _ = try await Child.run(.shell, ["-c", "chown -R nobody:nogroup \"$0\"", folder.path], in: folder)
        let drop = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", dovecot]
        return (try Program.setpriv.path(), drop + arguments)
    }

    private static var isRoot: Bool { getuid() == 0 }

    private func configuration(_ folder: Folder, _ group: String, _ mechanisms: String) -> String {
        let user = Self.isRoot ? "nobody" : NSUserName()
        let header = trust == .proxyProtocol ? "haproxy = yes" : ""
        return """
            base_dir = \(folder["run"])
            state_dir = \(folder["run"])
            log_path = \(folder["log"])
            protocols = pop3
            listen = 127.0.0.1
            ssl = yes
            ssl_cert = <\(folder["certificate.pem"])
            ssl_key = <\(folder["key.pem"])
            disable_plaintext_auth = no
            auth_mechanisms = \(mechanisms)
            auth_failure_delay = 0
            \(trust == .xclient ? "login_trusted_networks = 127.0.0.0/8" : "")
            \(trust == .proxyProtocol ? "haproxy_trusted_networks = 127.0.0.0/8" : "")
            default_internal_user = \(user)
            default_internal_group = \(group)
            default_login_user = \(user)
            first_valid_uid = 1
            first_valid_gid = 0
            mail_max_userip_connections = 0
            mail_location = maildir:\(folder["mail"])/%u
            pop3_uidl_format = %g
            \(mechanisms.contains("oauth") ? BearerToken.passdb(folder) : "")
            passdb {
              driver = passwd-file
              args = \(folder["users"])
            }
            userdb {
              driver = static
              args = uid=\(user) gid=\(group) home=\(folder["mail"])
            }
            service anvil {
              chroot =
              # Failed logins are not punished with waiting.
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
                port = \(plain.port)
                \(header)
              }
              inet_listener pop3s {
                port = \(tls.port)
                ssl = yes
                \(header)
              }
            }

            """
    }
}
