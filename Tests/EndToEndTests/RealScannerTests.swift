// The relay with a real clamd, spamd and rspamd: what they find is withheld or marked, the rest arrives.
// Must not test what scanners find in general: the Scanning target's tests do.

import Foundation
import NIOCore
import ScannerDaemons
import Scanning
import Testing

@Suite("With real scanners", .timeLimit(.minutes(10)))
struct RealScannerTests {
    private static let rules = """
        require ["virustest", "spamtest", "relational", "comparator-i;ascii-numeric", "reject", "environment",
            "variables", "editheader"];
        if virustest :value "ge" :comparator "i;ascii-numeric" "4" {
            if environment :matches "vnd.popsieve.virus" "*" { reject "Infected: ${1}"; stop; }
        }
        if spamtest "10" {
            if environment :matches "vnd.popsieve.spam-symbols" "*" { addheader "X-Spam" "${1}"; }
        }
        """

    /// Whether the scanners find something in it.
    private enum Expectation {
        case infected
        case spam
        case neither
    }

    private static let messages: [(name: String, message: Data, expected: Expectation)] = {
        let file = Array(Eicar.file.utf8)
        let zip = Eicar.zip("eicar.com", file)
        func octets(_ message: ByteBuffer) -> Data { Data(message.readableBytesView) }
        return [
            ("nothing", octets(Sample.text("hello")), .neither),
            ("plain", octets(Sample.text(Eicar.file)), .infected),
            ("base64", octets(Sample.attachment("eicar.com", file)), .infected),
            ("zip", octets(Sample.attachment("eicar.zip", zip)), .infected),
            (
                "nested zip",
                octets(Sample.attachment("outer.zip", Eicar.zip("inner.zip", zip))), .infected
            ),
            ("GTUBE", octets(Sample.text(Sample.gtube)), .spam),
        ]
    }()

    @Test("EICAR in each wrapping is withheld, GTUBE is marked with what both have found, the rest arrives")
    func found() async throws {
        let clamd = try await ClamdDaemon.shared.value
        let spamd = try await SpamdDaemon.shared.value
        let rspamd = try await RspamdDaemon.shared.value
        let maildrop = ScriptedMaildrop(Self.messages.map { $0.message + Data(".\r\n".utf8) })
        let change = Change {
            $0.more += """
                scanners:
                  clamd: { address: "\(clamd.unix)", timeout: 5m }
                  spamd: { address: "\(spamd.address)", timeout: 5m, unscanned: postpone }
                  rspamd: { address: "http://\(rspamd.address)", timeout: 5m, unscanned: postpone }

                """
        }
        try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                for (index, (name, message, expected)) in Self.messages.enumerated() {
                    try await peer.send("RETR \(index + 1)\r\n")
                    let body = try await peer.multilineReply().statusAndBody.body
                    let text = String(decoding: body, as: UTF8.self)
                    switch expected {
                    case .neither: #expect(body == message + Data(".\r\n".utf8), "\(name): \(text)")
                    case .infected: #expect(text.contains("Infected: Test.Eicar"), "\(name): \(text)")
                    case .spam: #expect(text.hasPrefix("X-Spam: ") && text.contains("GTUBE"), "\(name): \(text)")
                    }
                }
            }
            let lines = try relayed.relay.audit.lines("message")
            #expect(lines.map { $0["depth"]?.text } == Array(repeating: "scan", count: Self.messages.count))
            #expect(lines.allSatisfy { $0["failure"] == nil }, "\(lines)")
        }
    }
}
