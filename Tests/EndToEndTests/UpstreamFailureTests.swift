// A server that is not there, breaks off or breaks the protocol, at each phase of a session.
// Must not test TLS: see STLSTests and CertificateTests.

import Foundation
import Testing

@Suite("Upstream failures", .timeLimit(.minutes(5)))
struct UpstreamFailureTests {
    @Test("a server that cannot be reached")
    func refused() async throws {
        let nobody = try await Address(port: Port.free())
        try await Folder.temporary { folder in
            try await Popsieve.serving(.relaying(to: nobody), in: folder) { relay in
                try await Peer.connected(to: relay.address) { (peer) async throws in
                    #expect(try await peer.line().hasPrefix("-ERR [SYS/TEMP]"))
                    #expect(try await peer.rest().isEmpty)
                }
                let failed = try await relay.audit.waitFor("upstream_failed")[0]
                #expect(failed["phase"] == "connect")
                #expect(try await relay.audit.waitFor("session_closed")[0]["side"] == "upstream")
            }
        }
    }

    /// What a server does before it closes, up to which command it answers, and what the client must hear at the end.
    struct Death: Sendable, CustomTestStringConvertible {
        let name: String
        /// What is sent when nothing was asked yet.
        let greeting: String
        /// How many commands are answered with `+OK`.
        let answers: Int
        /// What is sent before it closes.
        let last: String
        let ending: String
        var testDescription: String { name }
    }

    private static let temporary = "-ERR [SYS/TEMP]"

    private static func death(
        _ name: String,
        behind answers: Int,
        last: String = "",
        _ ending: String = temporary
    ) -> Death {
        Death(name: name, greeting: "+OK\r\n", answers: answers, last: last, ending: ending)
    }

    private static let half = "+OK\r\nSubject: x\r\n\r\nhalf\r\n"

    private static let deaths = [
        Death(name: "before the greeting", greeting: "", answers: 0, last: "", ending: temporary),
        Death(name: "in the greeting", greeting: "+O", answers: 0, last: "", ending: temporary),
        Death(name: "greets with -ERR", greeting: "-ERR busy\r\n", answers: 0, last: "", ending: temporary),
        Death(name: "greets with nonsense", greeting: "220 smtp\r\n", answers: 0, last: "", ending: temporary),
        death("behind USER", behind: 0),
        death("behind PASS", behind: 1),
        death("behind STAT", behind: 2),
        death("answers STAT with nonsense", behind: 2, last: "What?\r\n"),
        death("in the reply to STAT", behind: 2, last: "+OK 1"),
        death("in a listing", behind: 3, last: "+OK\r\n1 100\r\n", "+OK\r\n1 100\r\n"),
        death("behind RETR", behind: 4),
        death("in a message", behind: 4, last: half, half),
        death("in a message, in the end", behind: 4, last: half + ".\r", ""),
    ]

    @Test("a server that closes where it should not", arguments: deaths)
    func dies(death: Death) async throws {
        try await Relayed.script(
            Script { peer in
                try await peer.send(death.greeting)
                for _ in 0..<death.answers {
                    _ = try await peer.line()
                    try await peer.send("+OK\r\n")
                }
                if death.greeting == "+OK\r\n" { _ = try await peer.line() }
                try await peer.send(death.last)
            }
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                var heard = ""
                do {
                    heard += try await peer.line() + "\r\n"
                    // NOOP stands for the listing where that is not what the server dies of.
                    let list = death.name.contains("listing") ? "LIST" : "NOOP"
                    for command in ["USER anna", "PASS x", "STAT", list] {
                        heard += try await peer.command(command) + "\r\n"
                    }
                    try await peer.send("RETR 1\r\n")
                } catch is Peer.Gone {
                    // It ended earlier, as it should.
                }
                heard += String(decoding: try await peer.rest(), as: UTF8.self)
                let last = heard.components(separatedBy: "\r\n").suffix(2).first ?? ""
                #expect(heard.hasSuffix(death.ending) || last.hasPrefix(death.ending), "\(heard)")
                #expect(!heard.hasSuffix("\r\n.\r\n"))
            }
            _ = try await relayed.relay.audit.waitFor("upstream_failed")
            #expect(try await relayed.relay.audit.waitFor("session_closed")[0]["side"] == "upstream")
            if death.name.contains("message") {
                #expect(try relayed.relay.audit.messageEnds().map { $0["complete"] } == [.boolean(false)])
            }
        }
    }

    @Test("a server that answers what nobody asked ends its session only")
    func unsolicited() async throws {
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                _ = try await peer.line()
                try await peer.send("+OK\r\n+OK logged in, believe me\r\n")
                _ = try await peer.rest()
            }
        ) { relayed in
            for _ in 0..<2 {
                try await Peer.connected(to: relayed.relay.address) { peer in
                    _ = try await peer.line()
                    try await peer.send("USER anna\r\n")
                    #expect(!String(decoding: try await peer.rest(), as: UTF8.self).contains("believe"))
                }
            }
            let violations = try await relayed.relay.audit.waitFor("protocol_violation", count: 2)
            #expect(violations.map { $0["name"] } == ["unsolicited-reply", "unsolicited-reply"])
        }
    }

    @Test(
        "a server that never stops: a line or a header block without end",
        arguments: [("+OK ", "x", 1 << 16, "-ERR [SYS/TEMP]"), ("+OK\r\n", "X-Y: z\r\n", 1 << 18, "+OK")]
    )
    func endless(beginning: String, endless: String, count: Int, answer: String) async throws {
        try await Relayed.script(
            Script { peer in
                try await peer.send("+OK\r\n")
                for _ in 0..<2 {
                    _ = try await peer.line()
                    try await peer.send("+OK\r\n")
                }
                _ = try await peer.line()
                try await peer.send(beginning + String(repeating: endless, count: count))
                _ = try await peer.rest()
            },
            rule: Rules.tagging
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                // What no rule can see whole is not shown: a notice stands in for it.
                #expect(try await peer.command("RETR 1").hasPrefix(answer))
            }
            _ = try await relayed.relay.audit.waitFor("session_closed")
        }
    }
}
