// A server that says back what it was told in confidence.
// Must not look at what the client is told: those are its own words.

import Foundation
import Testing

@Suite("Quoted secrets", .timeLimit(.minutes(5)))
struct QuotedSecretsTests {
    private static let account = Account(name: "anna@example.org", password: "correct-horse-battery-staple-9")

    /// How the client logs in: lines, each of which but the last is answered by `+ `.
    private static let logins: [[String]] = {
        let plain = Data("\0\(account.name)\0\(account.password)".utf8).base64EncodedString()
        let name = Data(account.name.utf8).base64EncodedString()
        let password = Data(account.password.utf8).base64EncodedString()
        return [
            ["PASS \(account.password)"], ["AUTH PLAIN \(plain)"], ["AUTH PLAIN", plain],
            ["AUTH LOGIN", name, password], ["AUTH LOGIN \(name)", password],
        ]
    }()

    /// What the server says; `%` is the client's last line.
    private static let replies = [
        "%", "What? %", "-ERR unknown: %", "+ %", "+ %\r\n%", "+OK\r\n%", "+OK %\r\nWhat is %?", "-ERR\r\n-ERR %",
        "-ERR [AUTH] %", "-ERR [%] no", "%\u{1}%", String(repeating: "x", count: 100) + " %",
        // The log's own limit falls into it.
        String(repeating: "x", count: 85) + "%", "502 <%>", "+OK\r\n+ %\r\n",
    ]

    @Test("what a server quotes of a login is in no log", arguments: [false, true])
    func quoted(isRouted: Bool) async throws {
        let script = Script { peer in
            try await peer.send("+OK\r\n")
            let user = try await peer.line()
            guard let number = user.split(separator: "-").last.flatMap({ Int($0) }) else { return }
            try await peer.send("+OK\r\n")
            var last = ""
            for _ in 0..<(isRouted ? 1 : Self.logins[number / 100].count) {
                last = try await peer.line()
                if !isRouted, last != Self.logins[number / 100].last { try await peer.send("+ \r\n") }
            }
            let said =
                last.hasPrefix("PASS ") ? String(last.dropFirst(5)) : last.split(separator: " ").last.map(String.init)
            try await peer.send(Self.replies[number % 100].replacing("%", with: said ?? "") + "\r\n")
            _ = try await peer.rest()
        }
        let routes = Change { if isRouted { $0.routes = [(user: "*", upstream: "main")] } }
        try await Relayed.script(script, changing: routes) { relayed in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for login in isRouted ? [Self.logins[0]] : Self.logins {
                    for reply in Self.replies {
                        let number =
                            (Self.logins.firstIndex(of: login) ?? 0) * 100 + (Self.replies.firstIndex(of: reply) ?? 0)
                        group.addTask { try await logIn(login, "anna-\(number)", relayed.relay) }
                    }
                }
                try await group.waitForAll()
            }
            let sessions = SessionLines(relayed.relay.audit.path)
            try await eventually("every session is closed") { try sessions.open().isEmpty }
            let logs =
                String(decoding: try relayed.relay.folder.read("audit.jsonl"), as: UTF8.self)
                + (try relayed.relay.log())
            // Half of it is too much.
            let half = String(Self.account.password.prefix(12))
            for secret in [half] + Secrets.spellings(of: half) {
                let lines = logs.split(separator: "\n").filter { $0.contains(secret) }
                #expect(lines.isEmpty, "\(lines.count) lines, such as \(lines.first ?? "")")
            }
        }
    }

    private func logIn(_ login: [String], _ user: String, _ relay: Popsieve) async throws {
        try await Peer.connected(to: relay.address) { peer in
            _ = try await peer.line()
            _ = try await peer.command("USER \(user)")
            for line in login {
                if line != login.first { _ = try await peer.lineOrEnd() }
                try await peer.send(line + "\r\n")
            }
            try await peer.finish()
            _ = try await peer.rest()
        }
    }
}
