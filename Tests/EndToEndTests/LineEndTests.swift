// The fourth invariant: only CRLF, dot, CRLF ends a message, and nobody can read it in two ways.
// Must not use Dovecot, which repairs much of this itself.

import Foundation
import Testing

@Suite("Line ends", .timeLimit(.minutes(5)))
struct LineEndTests {
    /// Bodies as a server may send them, without their last line.
    private static let bodies: [String] = [
        "", "a\r\n", "a\nb\r\n", "a\rb\r\n", "a\n.\nb\r\n", "a\r.\rb\r\n", "a\n.\r\nb\r\n", "a\r.\r\nb\r\n",
        "a\r\n..\r\nb\r\n", "a\r\n..\nb\r\n", "a\r\n..\rb\r\n", "a\r\n.\nb\r\n", "a\r\n.\rb\r\n", "a\r\n.b\r\n",
        "\n.\n\r\n", "\r.\r\r\n", "a\r\r\n", "a\r\r\n..\r\r\n", "a\n\r\n", "a\n\r.\n\r\n", "..\r\n", "...\r\n", "\r\n",
        "\n\n\n\r\n", "\r\r\r\r\n", "a\0b\r\n..\0\r\n", "\u{FF}\n.\u{FF}\r\n", "a\n.\n+OK 5 octets\r\nfake\r\n",
    ]

    private static let wires = bodies.map { Data(("Subject: x\r\n\r\n" + $0 + ".\r\n").utf8) }

    @Test("bare CR and LF become CRLF, dots are stuffed again", arguments: [nil, Rules.tagging])
    func repaired(rule: String?) async throws {
        let maildrop = ScriptedMaildrop(Self.wires)
        try await Relayed.script(maildrop.script, rule: rule) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for (index, wire) in Self.wires.enumerated() {
                    for command in ["RETR \(index + 1)", "TOP \(index + 1) 99999999"] {
                        try await peer.send(command + "\r\n")
                        let body = try await peer.multilineReply().statusAndBody.body
                        let added = rule == nil ? "" : Rules.tag
                        let expected = Data(added.utf8) + Wire.normalised(Wire.content(of: wire))
                        #expect(Wire.content(of: body) == expected, "\(wire.shown) became \(body.shown)")
                        #expect(Wire.isUnambiguous(body) || Wire.isUnambiguous(wire) == false && !hasBare(body))
                    }
                }
            }
            let defects = try relayed.relay.audit.messageEnds().map { line in
                Set((line["defects"]?.list ?? []) + (line["body_defects"]?.list ?? []))
            }
            #expect(defects.count == 2 * Self.wires.count)
            for (wire, defects) in zip(Self.wires, stride(from: 0, to: defects.count, by: 2).map { defects[$0] }) {
                let isBad = hasBare(Wire.content(of: wire))
                #expect(isBad != defects.isDisjoint(with: ["bare-lf", "bare-cr"]), "\(wire.shown): \(defects)")
            }
        }
    }

    private func hasBare(_ bytes: Data) -> Bool { Wire.normalised(bytes) != bytes }

    @Test("a message cut at any octet is the same message")
    func cut() async throws {
        let wire = Data("Subject: x\r\nX: a\nb\r\n\r\n..\r\na\r.\rb\n.\r\n..c\r\n\r\n.\r\n".utf8)
        let expected = Data(Rules.tag.utf8) + Wire.normalised(Wire.content(of: wire))
        try await Relayed.script(
            Script { peer in
                // Each message comes in two segments, cut one octet further each time.
                try await peer.send("+OK\r\n")
                var position = 0
                while true {
                    let line = try await peer.line()
                    guard line.hasPrefix("RETR") else {
                        try await peer.send("+OK\r\n")
                        continue
                    }
                    let reply = Data("+OK\r\n".utf8) + wire
                    try await peer.send(Data(reply[..<position]))
                    try await peer.pause()
                    try await peer.send(Data(reply[position...]))
                    position += 1
                }
            },
            rule: Rules.tagging
        ) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for cut in 0...(wire.count + 5) {
                    try await peer.send("RETR 1\r\n")
                    let body = try await peer.multilineReply().statusAndBody.body
                    #expect(Wire.content(of: body) == expected, "cut at \(cut): \(body.shown)")
                }
            }
        }
    }
}
