// The first invariant: with no rules every byte of every reply is the server's, bare CR and LF aside.
// Must not test what rules change.

import Foundation
import Testing

@Suite("Without rules", .timeLimit(.minutes(5)))
struct IdentityTests {
    private static let count = Message.all.count

    private static let login = ["USER \(Account.anna.name)", "PASS \(Account.anna.password)"]

    /// Everything that can be asked about the messages, and what is wrong to ask.
    private static let commands: [String] = {
        var commands = ["STAT", "LIST", "UIDL", "NOOP"]
        for number in 1...count + 1 {
            commands += ["LIST \(number)", "UIDL \(number)", "RETR \(number)"]
            commands += ["TOP \(number) 0", "TOP \(number) 1", "TOP \(number) 99999999"]
        }
        commands += ["DELE \(count + 1)", "DELE 3", "DELE 3", "RETR 3", "TOP 3 1", "LIST 3", "UIDL 3", "STAT", "LIST"]
        return commands + ["UIDL", "RSET", "STAT", "RETR 3", "QUIT"]
    }()

    @Test("every reply is Dovecot's, command by command")
    func lockstep() async throws {
        try await Relayed.dovecot(Message.all) { relayed, server in
            func session(_ address: Address) async throws -> Transcript {
                try await Peer.connected(to: address) { peer in
                    _ = try await peer.line()
                    return try await Transcript.record(Self.login + Self.commands, with: peer)
                }
            }
            let direct = try await session(server.plain)
            let difference = try await session(relayed.relay.address).difference(from: direct, normalised: true)
            #expect(difference == nil)
            let messages = try relayed.relay.audit.lines("message")
            #expect(messages.allSatisfy { $0["verdict"] == "passed" && $0["depth"] == "none" })
        }
    }

    @Test("every reply is Dovecot's when all commands come at once")
    func pipelined() async throws {
        // Without those whose bare line ends are repaired, so that the bytes can be compared as they are.
        let messages = Message.all.filter { Wire.normalised($0.bytes.prefix(200_000)) == $0.bytes.prefix(200_000) }
        #expect(messages.count > 180)
        var commands = Self.login + ["STAT", "LIST", "UIDL"]
        for number in 1...messages.count { commands += ["TOP \(number) 3", "RETR \(number)"] }
        try await Relayed.dovecot(messages) { relayed, server in
            func session(_ address: Address) async throws -> Data {
                try await Peer.connected(to: address) { peer in
                    _ = try await peer.line()
                    try await peer.send((commands + ["QUIT", ""]).joined(separator: "\r\n"))
                    return try await peer.rest()
                }
            }
            let direct = try await session(server.plain)
            let same = try await session(relayed.relay.address) == direct
            #expect(same)
        }
    }

    @Test("every reply is Dovecot's to a client that sends octet by octet")
    func octetByOctet() async throws {
        let commands = Self.login + ["STAT", "LIST 1", "RETR 1", "TOP 2 1", "DELE 1", "RSET", "QUIT"]
        try await Relayed.dovecot(Message.orderly) { relayed, server in
            func session(_ address: Address) async throws -> Data {
                try await Peer.connected(to: address) { peer in
                    _ = try await peer.line()
                    for octet in commands.joined(separator: "\r\n").utf8 + [0x0D, 0x0A] {
                        try await peer.send(Data([octet]))
                    }
                    return try await peer.rest()
                }
            }
            let (direct, through) = try await (session(server.plain), session(relayed.relay.address))
            #expect(direct == through)
        }
    }

    @Test("the capabilities are what both sides can do")
    func capabilities() async throws {
        try await Relayed.dovecot([]) { relayed, server in
            func capabilities(_ address: Address) async throws -> [Set<String>] {
                try await Peer.connected(to: address) { peer in
                    _ = try await peer.line()
                    let transcript = try await Transcript.record(["CAPA"] + Self.login + ["CAPA", "QUIT"], with: peer)
                    return transcript.entries.filter { $0.command == "CAPA" }.map { entry in
                        Set(String(decoding: entry.reply, as: UTF8.self).components(separatedBy: "\r\n"))
                    }
                }
            }
            let direct = try await capabilities(server.plain)
            // The listener has no TLS, so the relay must not promise any.
            #expect(try await capabilities(relayed.relay.address) == direct.map { $0.subtracting(["STLS"]) })
        }
    }

    @Test("what the client deletes is deleted, and nothing else")
    func deletion() async throws {
        try await Relayed.dovecot(Message.orderly) { relayed, server in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("DELE 2").hasPrefix("+OK"))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            // A client that just goes has deleted nothing (RFC 1939 section 6).
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("DELE 1").hasPrefix("+OK"))
            }
            _ = try await relayed.relay.audit.waitFor("session_closed", count: 2)
            try await Peer.connected(to: server.plain) { peer in
                try await peer.logIn(.anna)
                #expect(try await peer.command("STAT").hasPrefix("+OK \(Message.orderly.count - 1) "))
            }
            let deleted = try relayed.relay.audit.lines("deleted")
            #expect(deleted.map { $0["number"]?.number } == [2, 1])
        }
    }
}
