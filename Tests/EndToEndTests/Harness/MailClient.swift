// The mail clients that people have: each fetches all messages of an account with one command.
// Must not delete anything from the server.

import Foundation

/// A client program, run once to download everything.
enum MailClient: String, Sendable, CaseIterable {
    case curl
    case poplib
    case mpop
    case fetchmail
    case netPOP3

    /// How the connection to the server is made.
    struct Way: Sendable {
        enum Security: String, Sendable, CaseIterable {
            case plain
            case starttls
            case implicit
        }

        var security = Security.plain
        /// A SASL mechanism, or `APOP`; nil: USER and PASS.
        var mechanism: String?
        /// TOP in place of RETR, where the client can be told to.
        var usesTop = false
        /// The file of the authority that is trusted.
        var authority: String
    }

    /// Downloads all messages.
    ///
    /// - Returns: the messages as the client stores them, in order of their bytes.
    /// - Throws: `Failure` when the client was not content.
    func fetch(
        _ count: Int,
        from address: Address,
        as account: Account,
        _ way: Way,
        in parent: Folder
    ) async throws -> [Data] {
        let folder = try parent.folder("\(rawValue)-\(UUID().uuidString.prefix(6))")
        let box = try folder.folder("box")
        let ended =
            switch self {
            case .curl: try await curl(count, address, account, way, folder)
            case .poplib: try await poplib(address, account, way, folder)
            case .mpop: try await mpop(address, account, way, folder)
            case .fetchmail: try await fetchmail(address, account, way, folder)
            case .netPOP3: try await netPOP3(address, account, way, folder)
            }
        guard ended.status == 0 else { throw Failure(client: self, ended: ended) }
        let messages = self == .mpop ? try box.folder("new") : box
        return try messages.names().map { try messages.read($0) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    struct Failure: Error {
        let client: MailClient
        let ended: Ended
    }

    private func curl(
        _ count: Int,
        _ address: Address,
        _ account: Account,
        _ way: Way,
        _ folder: Folder
    ) async throws -> Ended {
        let scheme = way.security == .implicit ? "pop3s" : "pop3"
        var arguments = ["--silent", "--show-error", "--fail-early", "--cacert", way.authority]
        let isToken = way.mechanism == "OAUTHBEARER" || way.mechanism == "XOAUTH2"
        let token = isToken ? ["--oauth2-bearer", account.password] : []
        arguments += ["--user", "\(account.name):\(isToken ? "" : account.password)", "--output", "box/#1"] + token
        if way.security == .starttls { arguments.append("--ssl-reqd") }
        if let mechanism = way.mechanism {
            arguments += ["--login-options", "AUTH=\(mechanism == "APOP" ? "+" : "")\(mechanism)"]
        }
        return try await Child.run(.curl, arguments + ["\(scheme)://\(address)/[1-\(count)]"], in: folder)
    }

    private func poplib(_ address: Address, _ account: Account, _ way: Way, _ folder: Folder) async throws -> Ended {
        let script = """
            import poplib, ssl, sys
            host, port, security, authority, user, password, mechanism, top = sys.argv[1:]
            poplib._MAXLINE = 1 << 20
            trust = ssl.create_default_context(cafile=authority)
            if security == "implicit":
                server = poplib.POP3_SSL(host, int(port), context=trust)
            else:
                server = poplib.POP3(host, int(port))
            if security == "starttls":
                server.stls(context=trust)
            if mechanism == "APOP":
                server.apop(user, password)
            else:
                server.user(user)
                server.pass_(password)
            count, _ = server.stat()
            assert len(server.list()[1]) == len(server.uidl()[1]) == count
            for number in range(1, count + 1):
                _, lines, _ = server.top(number, 99999999) if top else server.retr(number)
                with open(f"box/{number}", "wb") as file:
                    file.write(b"\\r\\n".join(lines))
            server.quit()
            """
        let arguments = [
            "-c", script, address.host, "\(address.port)", way.security.rawValue, way.authority, account.name,
            account.password, way.mechanism ?? "", way.usesTop ? "top" : "",
        ]
        return try await Child.run(.python, arguments, in: folder)
    }

    private func mpop(_ address: Address, _ account: Account, _ way: Way, _ folder: Folder) async throws -> Ended {
        for name in ["box", "box/cur", "box/new", "box/tmp"] { _ = try folder.folder(name) }
        let configuration = """
            account default
            host \(address.host)
            port \(address.port)
            user \(account.name)
            password \(account.password)
            auth \(way.mechanism?.lowercased() ?? "user")
            tls \(way.security == .plain ? "off" : "on")
            tls_starttls \(way.security == .starttls ? "on" : "off")
            tls_trust_file \(way.authority)
            delivery maildir \(folder["box"])
            uidls_file \(folder["uidls"])
            received_header off
            keep on

            """
        let file = try folder.write("mpoprc", configuration)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return try await Child.run(.mpop, ["--file=\(file)", "--debug"], in: folder)
    }

    private func fetchmail(_ address: Address, _ account: Account, _ way: Way, _ folder: Folder) async throws -> Ended {
        let security =
            switch way.security {
            case .plain: "sslproto \"\""
            case .starttls: "sslproto \"TLS1.2+\" sslcertck sslcertfile \"\(way.authority)\" sslcommonname localhost"
            case .implicit: "ssl sslcertck sslcertfile \"\(way.authority)\" sslcommonname localhost"
            }
        // Where it keeps track of unique-ids it asks with TOP in place of RETR, so that nothing is marked as seen.
        let configuration = """
            set invisible
            poll \(address.host) protocol \(way.mechanism == "APOP" ? "APOP" : "POP3") port \(address.port) \(way.usesTop ? "uidl" : "")
            user "\(account.name)" password "\(account.password)" \(security)
            keep \(way.usesTop ? "" : "fetchall") no rewrite no mimedecode
            mda "cat > box/$$"

            """
        let file = try folder.write("fetchmailrc", configuration)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        let arguments = ["--fetchmailrc", file, "--nosyslog", "--verbose", "--pidfile", folder["fetchmail.pid"]]
        return try await Child.run(.fetchmail, arguments, in: folder, environment: ["FETCHMAILHOME": folder.path])
    }
}
