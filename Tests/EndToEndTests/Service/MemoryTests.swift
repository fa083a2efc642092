// What a relay keeps to itself: no copy of a password after the login, no core dump, no look into its memory.
// Must look at all memory that a process can write to, and see that it finds what is there.

import Foundation
import Testing

@Suite("Memory", .timeLimit(.minutes(5)))
struct MemoryTests {
    enum Way: CaseIterable {
        case user
        case plain
        case login
    }

    enum Place: CaseIterable {
        /// The client's lines are the server's.
        case passedOn
        /// The relay logs in by itself.
        case ownLogin
        /// The same where both sides are in TLS.
        case passedOnInTLS
        case ownLoginInTLS
        /// The relay checks the password, and logs in with another one.
        case account

        var isSecured: Bool { self == .passedOnInTLS || self == .ownLoginInTLS }
        var hasRoutes: Bool { self == .ownLogin || self == .ownLoginInTLS }
    }

    private func logIn(_ peer: Peer, _ way: Way, _ password: String) async throws {
        let name = "anna@example.org"
        func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        switch way {
        case .user:
            _ = try await peer.command("USER \(name)")
            #expect(try await peer.command("PASS \(password)").hasPrefix("+OK"))
        case .plain:
            _ = try await peer.command("AUTH PLAIN")
            #expect(try await peer.command(encoded("\0\(name)\0\(password)")).hasPrefix("+OK"))
        case .login:
            _ = try await peer.command("AUTH LOGIN")
            _ = try await peer.command(encoded(name))
            #expect(try await peer.command(encoded(password)).hasPrefix("+OK"))
        }
        // With the answer to the next command the login is over for good.
        _ = try await peer.command("STAT")
    }

    /// What `popsieve password` makes of it.
    private func hash(of password: String) async throws -> String {
        try await Folder.temporary { folder in
            let line = "printf '%s' \"$1\" | \"$0\" password --stdin"
            let made = try await Child.run(.shell, ["-c", line, Built.popsieve, password], in: folder)
            return String(decoding: made.output, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
    }

    @Test("no copy of a password is left after the login", arguments: Place.allCases, Way.allCases)
    func cleared(_ place: Place, _ way: Way) async throws {
        let pair = place.isSecured ? try await Certificates.shared().good : nil
        let authority = try await Certificates.shared().authority
        let password = "marked-\(UUID().uuidString)-marked"
        Secrets.remember(password)
        let hash = place == .account ? try await hash(of: password) : ""
        let maildrop = ScriptedMaildrop([])
        let script = Script { peer in
            try await peer.send("+OK scripted\r\n")
            try await maildrop.answer(peer)
        }
        let change = Change { settings in
            if place.isSecured {
                settings.listeners[0].encryption = .implicit
                settings.upstreams[0].1.encryption = .implicit
                settings.upstreams[0].1.authority = authority
                settings.upstreams[0].1.name = "localhost"
            }
            if place.hasRoutes { settings.routes = [("*", "main")] }
            guard place == .account else { return }
            settings.more = "accounts: [{ user: anna@example.org, password: \"\(hash)\", secret: other }]\n"
            settings.files = ["other": "another-one"]
        }
        try await Relayed.script(script, showing: pair, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                if place.isSecured { try await peer.startTLS(trusting: authority) }
                _ = try await peer.line()
                try await logIn(peer, way, password)
                // The name stays: a search that finds it is one that looks.
                #expect(try relayed.relay.occurrences(of: Data("anna@example.org".utf8)) > 0)
                for spelling in Secrets.spellings(of: password) {
                    #expect(try relayed.relay.occurrences(of: Data(spelling.utf8)) == 0, "\(spelling)")
                }
                _ = try await peer.command("QUIT")
            }
        }
    }

    @Test("neither a core dump nor somebody without privileges sees the memory, unless that is allowed")
    func confined() async throws {
        for arguments in [[], ["--allow-core-dumps"]] {
            try await Folder.temporary { folder in
                let start = ServiceProcess.Start(
                    prelude: "ulimit -c unlimited 2>&-\nset -- \"$@\" \(arguments.joined())"
                )
                let maildrop = ScriptedMaildrop([])
                let (_, status) = try await ScriptedServer.serving(maildrop.script) { upstream in
                    try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                        try await relay.converse()
                        let limits = try String(contentsOfFile: "/proc/\(relay.pid)/limits", encoding: .utf8)
                        let core = try #require(
                            limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
                        )
                        let isForbidden = core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"]
                        #expect(isForbidden == (arguments.isEmpty && Popsieve.lookedInto.isEmpty))
                    }
                }
                #expect(status == 0)
            }
        }
    }
}
