// Mail clients that people use, with the relay between them and Dovecot.
// Must not look at bytes on the wire: what a client has stored counts.

import Foundation
import Testing

@Suite("Clients", .timeLimit(.minutes(5)))
struct ClientTests {
    /// How each side is encrypted.
    struct Sides: Sendable, CustomTestStringConvertible {
        let client: Popsieve.Settings.Encryption
        let upstream: Popsieve.Settings.Encryption

        static let all = Popsieve.Settings.Encryption.allCases.flatMap { client in
            Popsieve.Settings.Encryption.allCases.map { Sides(client: client, upstream: $0) }
        }

        var testDescription: String { "client \(client), upstream \(upstream)" }

        var security: MailClient.Way.Security {
            switch client {
            case .none: .plain
            case .implicit: .implicit
            case .starttls: .starttls
            }
        }
    }

    @Test("every client downloads everything, however the two sides are encrypted", arguments: Sides.all)
    func downloads(sides: Sides) async throws {
        let authority = try await Certificates.shared().authority
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.fewTidy, in: folder) { server in
                let address = sides.upstream == .implicit ? server.tls : server.plain
                var settings = Popsieve.Settings(
                    upstream: .init(
                        address: address,
                        encryption: sides.upstream,
                        authority: sides.upstream == .none ? nil : authority,
                        name: sides.upstream == .none ? nil : "localhost"
                    )
                )
                settings.listeners[0].encryption = sides.client
                try await Popsieve.serving(settings, in: folder) { relay in
                    for client in MailClient.allCases {
                        func fetch(_ from: Address, _ security: MailClient.Way.Security) async throws -> [Data] {
                            let way = MailClient.Way(security: security, authority: authority)
                            return try await client.fetch(Message.fewTidy.count, from: from, as: .anna, way, in: folder)
                        }
                        let direct = try await fetch(server.plain, .plain)
                        let through = try await fetch(relay.address, sides.security)
                        #expect(through.count == direct.count, "\(client)")
                        let different = zip(through, direct).first { $0 != $1 }
                        #expect(different == nil, "\(client)")
                    }
                    let secured = try relay.audit.lines().filter { $0["tls"] != nil }.map(\.event)
                    #expect(secured.isEmpty == (sides.client == .none && sides.upstream == .none))
                }
            }
        }
    }

    @Test(
        "clients that ask with TOP get the whole message, too",
        arguments: [MailClient.poplib, .fetchmail]
    )
    func top(client: MailClient) async throws {
        let authority = try await Certificates.shared().authority
        try await Relayed.dovecot(Message.orderly) { relayed, server in
            let way = MailClient.Way(usesTop: true, authority: authority)
            let count = Message.orderly.count
            let direct = try await client.fetch(count, from: server.plain, as: .anna, way, in: relayed.folder)
            let through = try await client.fetch(count, from: relayed.relay.address, as: .anna, way, in: relayed.folder)
            #expect(through == direct && through.count == count)
            #expect(try relayed.relay.audit.lines("message").contains { $0["command"] == "TOP" })
        }
    }

    @Test(
        "every way to log in that a client knows",
        arguments: [
            (MailClient.curl, "APOP"), (.curl, "PLAIN"), (.curl, "LOGIN"), (.curl, "CRAM-MD5"), (.poplib, "APOP"),
            (.mpop, "PLAIN"), (.mpop, "LOGIN"), (.mpop, "CRAM-MD5"), (.fetchmail, "APOP"),
        ]
    )
    func mechanisms(client: MailClient, mechanism: String) async throws {
        let authority = try await Certificates.shared().authority
        try await Relayed.dovecot(Message.orderly) { relayed, _ in
            let way = MailClient.Way(mechanism: mechanism, authority: authority)
            let count = Message.orderly.count
            let got = try await client.fetch(count, from: relayed.relay.address, as: .anna, way, in: relayed.folder)
            #expect(got.count == count)
            let logins = try relayed.relay.audit.lines("login_succeeded").compactMap { $0["mechanism"]?.text }
            #expect(Set(logins) == [mechanism])
        }
    }
}
