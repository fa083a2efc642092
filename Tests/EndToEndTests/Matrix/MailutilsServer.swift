// GNU Mailutils' pop3d with one mailbox of a domain of its own: plain with STLS on one port, TLS on another.
// Must not touch the system's users and mailboxes.

import Foundation

/// A running pop3d of the package mailutils-pop3d.
struct MailutilsServer: Sendable {
    /// It makes `mail` its group before anything else, which only root, or a member, may do.
    static let canRun = getuid() == 0

    /// Plain text, and STLS.
    let plain: Address
    /// TLS from the first byte.
    let tls: Address

    /// Serves Anna's messages while `body` runs.
    static func serving<Result>(
        _ messages: [Message],
        in parent: Folder,
        _ body: (MailutilsServer) async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder("mailutils")
        let pair = try await Certificates.shared().good
        try folder.write("certificate.pem", Data(contentsOf: URL(fileURLWithPath: pair.certificate)))
        try folder.write("key.pem", Data(contentsOf: URL(fileURLWithPath: pair.key)))
        let server = try await MailutilsServer(plain: Address(port: Port.free()), tls: Address(port: Port.free()))
        try folder.folder("box").write("INBOX", mailbox(messages))
        try folder.write("pop3d.conf", server.configuration(folder))
        try await prepare(folder)
        let command = privileges + [try Program.mailutils.path(), "--no-site-config", "--config-file"]
        return try await Child.serving(
            path: Program.setpriv.path(),
            command + [folder["pop3d.conf"]],
            in: parent,
            name: "pop3d"
        ) { _ in
            try await eventually("pop3d listens") { Port.isUsed(server.plain.port) && Port.isUsed(server.tls.port) }
            return try await body(server)
        }.0
    }

    private static let privileges = ["--reuid=nobody", "--regid=mail", "--clear-groups"]

    /// The password in both forms: for USER its hash, for APOP itself.
    private static func prepare(_ folder: Folder) async throws {
        let anna = Account.anna
        let words = anna.name.split(separator: "@")
        _ = try folder.folder("domains")
        let script = """
            printf '%s:%s:%s:%s::%s:/bin/sh\\n' "$1" "$(openssl passwd -6 "$2")" \
              "$(id -u nobody)" "$(id -g nobody)" "$4/box" > "$4/domains/$3"
            chown -R nobody:mail "$4"
            chmod 600 "$4/key.pem"
            umask 077
            setpriv \(privileges.joined(separator: " ")) popauth --add --file "$4/apop.db" --user "$1@$3" --password "$2"
            """
        let arguments = ["-euc", script, "sh", String(words[0]), anna.password, String(words[1]), folder.path]
        let ended = try await Child.run(.shell, arguments, in: folder)
        guard ended.status == 0 else { throw NotPrepared(ended: ended) }
    }

    /// Its mailbox could not be made.
    struct NotPrepared: Error {
        let ended: Ended
    }

    /// An mbox file: lines end with LF, and `From ` at a line's start is quoted.
    private static func mailbox(_ messages: [Message]) -> Data {
        var box = Data()
        for message in messages {
            box += Data("From bela@example.org Sat Nov 28 10:00:00 2026\n".utf8)
            var lines = message.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            for line in lines {
                let line = line.last == 0x0D ? line.dropLast() : line
                if line.drop(while: { $0 == 0x3E }).starts(with: Data("From ".utf8)) { box.append(0x3E) }
                box += line + [0x0A]
            }
            box.append(0x0A)
        }
        return box
    }

    private func configuration(_ folder: Folder) -> String {
        let tls = """
            tls {
                ssl-certificate-file "\(folder["certificate.pem"])";
                ssl-key-file "\(folder["key.pem"])";
              };
            """
        return """
            logging { syslog no; };
            auth { authentication "generic"; authorization "virtdomain"; };
            virtdomain { passwd-dir "\(folder["domains"])"; };
            apop-database-file "\(folder["apop.db"])";
            apop-database-owner nobody;
            apop-database-safety none;
            tls-file-checks { key-file none; cert-file none; };
            mode daemon;
            foreground yes;
            pidfile "\(folder["pid"])";
            max-children 50;
            server 127.0.0.1:\(plain.port) {
              tls-mode ondemand;
              \(tls)
            };
            server 127.0.0.1:\(self.tls.port) {
              tls-mode connection;
              \(tls)
            };

            """
    }
}
