// Real servers by real clients by what they log in with: the octets are those that the client gets without the relay.
// Must not look at bytes on the wire: what a client has stored counts. Each row that passes is one of README's table.

import Foundation
import Testing

@Suite("Servers by clients by mechanisms", .timeLimit(.minutes(5)))
struct MatrixTests {
    /// A client, and by what it logs in, as the audit log names it.
    struct Login: Sendable, CustomStringConvertible {
        let client: MailClient
        let mechanism: String
        var description: String { "\(client.rawValue) by \(mechanism)" }

        func way(_ security: MailClient.Way.Security, _ authority: String) -> MailClient.Way {
            MailClient.Way(security: security, mechanism: mechanism == "USER" ? nil : mechanism, authority: authority)
        }

        /// With a token in place of the password, where the mechanism takes one.
        func account() throws -> Account {
            guard mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER" else { return .anna }
            return Account(name: Account.anna.name, password: try BearerToken.signed(for: Account.anna.name))
        }
    }

    /// How the relay comes to a login: it passes the client's lines on, or leads the exchange itself.
    enum Leading: String, CaseIterable, Sendable {
        case passing
        case routed
    }

    typealias Encryption = Popsieve.Settings.Encryption

    private static func logins(_ mechanisms: [(MailClient, String)]) -> [Login] {
        mechanisms.flatMap { client, names in
            names.split(separator: " ").map { Login(client: client, mechanism: String($0)) }
        }
    }

    private static let dovecot = logins([
        (.curl, "APOP PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER"),
        (.mpop, "USER PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER"),
        (.fetchmail, "USER APOP"), (.poplib, "USER APOP"), (.netPOP3, "USER APOP"),
    ])

    private static let mailutils = logins([
        (.curl, "APOP"), (.mpop, "USER APOP"), (.fetchmail, "USER APOP"), (.poplib, "USER APOP"),
        (.netPOP3, "USER APOP"),
    ])

    /// What a relay that leads the exchange offers of them.
    private static let led: Set = ["USER", "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"]

    private static let messages = Message.orderly

    @Test("Dovecot", arguments: Leading.allCases)
    func dovecot(leading: Leading) async throws {
        try await Folder.temporary { folder in
            let mechanisms = "plain login apop cram-md5 digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer"
            try await DovecotServer.serving(Self.messages, mechanisms: mechanisms, in: folder) { server in
                try await check(
                    Self.dovecot,
                    Self.messages,
                    at: (server.plain, server.plain),
                    .none,
                    leading,
                    in: folder
                )
            }
        }
    }

    @Test(
        "GNU Mailutils",
        .enabled(if: MailutilsServer.canRun, "its pop3d makes mail its group, which only root may do"),
        arguments: Encryption.allCases,
        Leading.allCases
    )
    func mailutils(encryption: Encryption, leading: Leading) async throws {
        try await Folder.temporary { folder in
            let messages = Message.mailboxFile
            try await MailutilsServer.serving(messages, in: folder) { server in
                // When it has been asked once, it has written down who is who in the mailbox.
                _ = try await MailClient.poplib.fetch(
                    messages.count,
                    from: server.plain,
                    as: .anna,
                    .init(authority: Certificates.shared().authority),
                    in: folder
                )
                let address = encryption == .implicit ? server.tls : server.plain
                try await check(Self.mailutils, messages, at: (server.plain, address), encryption, leading, in: folder)
            }
        }
    }

    /// Each login by each encryption of the client's side.
    private func check(
        _ all: [Login],
        _ messages: [Message],
        at server: (direct: Address, behind: Address),
        _ encryption: Encryption,
        _ leading: Leading,
        in folder: Folder
    ) async throws {
        let authority = try await Certificates.shared().authority
        let settings = settings(server.behind, encryption, leading, authority)
        // A stamp that was sent in plain text is not believed behind STLS.
        let logins = all.filter { login in
            leading == .routed
                ? Self.led.contains(login.mechanism) : encryption != .starttls || login.mechanism != "APOP"
        }
        try await Popsieve.serving(settings, in: folder) { relay in
            for login in logins {
                func fetch(_ from: Address, _ security: MailClient.Way.Security) async throws -> [Data] {
                    let way = login.way(security, authority)
                    return try await login.client.fetch(
                        messages.count,
                        from: from,
                        as: login.account(),
                        way,
                        in: folder
                    )
                }
                let direct = try await fetch(server.direct, .plain)
                #expect(direct.count == messages.count, "\(login)")
                for (side, address) in zip(Self.sides, relay.addresses) {
                    let through = try await fetch(address, side.security)
                    #expect(through.count == direct.count, "\(login), \(side)")
                    #expect(zip(through, direct).first { $0 != $1 } == nil, "\(login), \(side)")
                }
            }
            let used = try relay.audit.lines("login_succeeded").compactMap { $0["mechanism"]?.text }
            #expect(Set(used) == Set(logins.map(\.mechanism)))
        }
    }

    private static let sides = Encryption.allCases.map { ClientTests.Sides(client: $0, upstream: .none) }

    private func settings(
        _ address: Address,
        _ encryption: Encryption,
        _ leading: Leading,
        _ authority: String
    ) -> Popsieve.Settings {
        var settings = Popsieve.Settings(
            upstream: .init(
                address: address,
                encryption: encryption,
                authority: encryption == .none ? nil : authority,
                name: encryption == .none ? nil : "localhost"
            )
        )
        settings.listeners = Self.sides.map { .init(encryption: $0.client) }
        if leading == .routed { settings.routes = [("*", "main")] }
        return settings
    }
}
