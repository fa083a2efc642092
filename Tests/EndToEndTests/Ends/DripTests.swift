// Peers that do as little as they can, and messages that cost as much as they can.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Drips and floods", .timeLimit(.minutes(5)))
struct DripTests {
    /// Who sends an octet now and then, and what is owed by whom meanwhile.
    enum Drip: String, Sendable, CaseIterable {
        case clientTakesNothing
        case upstreamOwesReply
        case upstreamOwesRestOfMessage
        /// Its octets are no progress of a client that takes none of them.
        case upstreamWhileClientTakesNothing
    }

    private static let part = "+OK\r\nSubject: x\r\n\r\nhalf\r\n"

    @Test("an octet now and then of one side does not excuse the other", arguments: Drip.allCases)
    func drip(drip: Drip) async throws {
        let stalls = drip == .clientTakesNothing || drip == .upstreamWhileClientTakesNothing
        let script = Script { peer in
            try await peer.send("+OK\r\n")
            var line = ""
            while line != "RETR 1" {
                line = try await peer.line()
                if line != "RETR 1" { try await peer.send(line == "CAPA" ? "-ERR\r\n" : "+OK\r\n") }
            }
            if drip != .upstreamOwesReply { peer.post(Self.part) }
            if stalls { peer.post(String(repeating: "0123456789\r\n", count: 800_000)) }
            if drip == .upstreamWhileClientTakesNothing {
                while !Task.isCancelled { try await drop(peer) }
            }
            _ = try await peer.rest()
        }
        let times = Change { $0.timeouts = [stalls ? .stall : .reply: "8s"] }
        try await Relayed.script(script, changing: times) { relayed in
            let connection = try await Connection.made(to: relayed.relay.address, receiveBuffer: 4_096)
            defer { connection.close() }
            let client = connection.peer()
            try await client.logIn(.anna)
            if stalls { try await client.stopReading() }
            try await client.send("RETR 1\r\n")
            var closed: AuditLine?
            let patience = ContinuousClock.now + .seconds(60)
            while closed == nil, ContinuousClock.now < patience {
                if drip != .upstreamWhileClientTakesNothing { try await drop(client) }
                closed = try relayed.relay.audit.lines("session_closed").first
            }
            let side = stalls ? "client" : "upstream"
            #expect(closed?["side"]?.text == side, "\(closed?.description ?? "the session goes on")")
            #expect(closed?["reason"]?.text?.contains(stalls ? "client-" : "upstream-timed-out") == true)
        }
    }

    /// An octet, and some time.
    private func drop(_ peer: Peer) async throws {
        peer.post("N")
        try await Task.sleep(for: .milliseconds(200))
    }

    struct Flood: Sendable, CustomTestStringConvertible {
        let octet: String
        let rule: String?
        var testDescription: String { "\(octet.debugDescription), \(rule == nil ? "no rules" : "rules")" }

        static let all = ["\r", "\n"].flatMap { octet in
            [nil, #"if header "Subject" "nobody" { discard; }"#].map { Flood(octet: octet, rule: $0) }
        }
    }

    /// What is in the message does not matter for how much of it is held.
    @Test("millions of bare CR or LF take no more memory than a limit, and others are served", arguments: Flood.all)
    func bareLineEnds(flood: Flood) async throws {
        let size = 500_000
        let body = Data((Message.header("flood") + String(repeating: flood.octet, count: size) + "\r\n.\r\n").utf8)
        let maildrop = ScriptedMaildrop([body, Data("Subject: x\r\n\r\nx\r\n.\r\n".utf8)])
        try await Relayed.script(maildrop.script, rule: flood.rule) { relayed in
            let relay = relayed.relay
            try await serve(relay)
            let before = try relay.peakSize()
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                for _ in 0..<3 { try await serve(relay) }
                let reply = try await peer.multilineReply()
                #expect(
                    reply.starts(with: Data("+OK".utf8))
                        ? reply.count > size : reply.starts(with: Data("-ERR [SYS/".utf8))
                )
            }
            let grown = try relay.peakSize() - before
            #expect(grown < 8 << 20, "\(grown) octets more")
        }
    }

    private func serve(_ relay: Popsieve) async throws {
        try await Peer.connected(to: relay.address) { peer in
            try await peer.logIn(.anna)
            let replies = try await Transcript.record(["RETR 2", "QUIT"], with: peer)
            #expect(replies["QUIT"] == Data("+OK bye\r\n".utf8))
        }
    }
}
