// Messages made to break a filter: each passes whole, or is refused whole, and leaves its line in the audit log.
// Must not time anything: the tests' own deadlines are the bound.

import Foundation
import Testing

@Suite("Messages made to break a filter")
struct HostileMessageTests {
    private static func message(_ name: String, _ header: String, _ body: String = "x\r\n") -> Message {
        Message(name, "From: eve@example.net\r\n\(header)\r\n\r\n\(body)")
    }

    /// Words that a pattern with nested quantifiers tries in every way, and what parsers repeat for each of many.
    static let messages: [Message] = [
        message("backtracking", "Subject: " + String(repeating: "a", count: 4_000) + "!"),
        message("long-line", "Subject: " + String(repeating: "long ", count: 200_000)),
        message(
            "parameters",
            "Content-Type: text/plain" + (0..<100_000).map { "; p\($0 % 100)=x" }.joined()
        ),
        message("addresses", "To: " + String(repeating: "(((a@b.example,<", count: 50_000)),
        message("words", "Subject: " + String(repeating: "=?utf-8?q?", count: 80_000)),
        message("fields", String(repeating: "A:\r\n", count: 200_000) + "B: 1"),
        message(
            "parts",
            "Content-Type: multipart/mixed; boundary=b",
            (0..<10_000).map { "--b\r\nContent-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined()
        ),
    ]

    private static let rule = """
        require ["regex", "editheader", "relational", "comparator-i;ascii-numeric", "vnd.popsieve.defects"];
        if anyof (header :regex "Subject" ["^(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x*)*y"],
                  header :matches "Subject" "*a*a*a*a*a*a*a*a*a*b",
                  address :all :matches "To" "*@*@*@*@x",
                  defect :matches "*x*y*z") {
            addheader "X-Wrong" "yes";
        }
        if header :count "gt" :comparator "i;ascii-numeric" "A" "100000" { addheader "X-Many" "yes"; }
        """

    @Test("pass the relay whole, each with its line in the audit log")
    func relayed() async throws {
        try await Relayed.dovecot(Self.messages, rule: Self.rule) { relayed, server in
            func fetch(_ address: Address) async throws -> [Data] {
                try await Peer.connected(to: address) { peer in
                    try await peer.logIn(.anna)
                    var bodies: [Data] = []
                    for number in 1...Self.messages.count {
                        try await peer.send("RETR \(number)\r\n")
                        bodies.append(try await peer.multilineReply().statusAndBody.body)
                    }
                    return bodies
                }
            }
            let direct = try await fetch(server.plain)
            let filtered = try await fetch(relayed.relay.address)
            for (number, bodies) in zip(direct, filtered).enumerated() {
                // Rules can't see so many fields: nothing of them is delivered.
                let isRefused = bodies.0.range(of: Data("A:\r\nA:\r\n".utf8)) != nil
                let isRight =
                    isRefused
                    ? bodies.1.range(of: Data("\r\nX-Popsieve-Notice: rejected\r\n".utf8)) != nil
                    : bodies.0 == bodies.1
                #expect(isRight, "message \(number + 1): \(bodies.1.count) octets of \(bodies.0.count)")
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(lines.count == Self.messages.count)
            #expect(lines.contains { $0["failure"]?.text?.contains("(steps)") == true })
        }
    }
}
