// A clock that jumps by hours and weeks, back and forth, while sessions run.
// Must not set the machine's clock: the relay alone sees another one.

import Foundation
import Testing

@Suite("Clocks that jump", .timeLimit(.minutes(5)))
struct ClockTests {
    private static let rules = #"""
        require ["fileinto", "body"];
        if header :contains "Subject" "invoice" { fileinto "Invoices"; stop; }
        if body :contains "forbidden" { discard; stop; }
        """#

    private static let wires = [
        "Subject: invoice\r\n\r\nPay.\r\n.\r\n", "Subject: a\r\n\r\nforbidden\r\n.\r\n",
        "Subject: plain\r\n\r\nbody\r\n.\r\n",
    ]

    private static let hour = 3_600

    /// A relay that sees another clock, with all that asks it.
    private func clocked(_ body: (Popsieve, Faults, ScriptedMaildrop) async throws -> Void) async throws {
        let maildrop = ScriptedMaildrop(Self.wires.map { Data($0.utf8) })
        try await Folder.temporary { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
            let faults = Faults(in: try folder.folder("faults"))
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: Self.rules)
                settings.faults = faults
                settings.quarantine = "{ path: quarantine, keep: 30d }"
                settings.store = "popsieve.sqlite"
                settings.control = folder["control"]
                // Minutes, which jumps of hours would be beyond.
                settings.timeouts = Dictionary(uniqueKeysWithValues: Timeout.allCases.map { ($0, "5m") })
                try await Popsieve.serving(settings, in: folder) { try await body($0, faults, maildrop) }
            }
        }
    }

    /// RETR and TOP of all messages, as the client gets them.
    private func fetched(by peer: Peer) async throws -> [Data] {
        var replies: [Data] = []
        for number in 1...Self.wires.count {
            try await peer.send("RETR \(number)\r\nTOP \(number) 0\r\n")
            for _ in 0..<2 { replies.append(try await peer.multilineReply()) }
        }
        return replies
    }

    private func ages(_ relay: Popsieve, in folder: Folder) async throws -> [JSON] {
        let arguments = ["sessions", "--json", "--control", folder["control"]]
        let ended = try await Child.run(path: Built.popsieve, arguments, in: folder)
        return try ended.output.split(separator: 0x0A).map { try JSONDecoder().decode(JSON.self, from: Data($0)) }
    }

    @Test("sessions go on, messages are judged as before, and the audit log has what the clock says")
    func jumps() async throws {
        try await clocked { relay, faults, _ in
            let folder = Folder(path: (relay.folder.path as NSString).deletingLastPathComponent)
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                let before = try await fetched(by: peer)
                for (count, error) in [3 * Self.hour, -3 * Self.hour, 48 * Self.hour, 0].enumerated() {
                    try faults.setClock(ahead: error)
                    let right = Date()
                    let after = try await fetched(by: peer)
                    // Each notice has the date of its making.
                    #expect(after.map { $0.count } == before.map { $0.count } && after[4...] == before[4...])
                    try await Peer.connected(to: relay.address) { (other) async throws in
                        try await other.logIn(.anna)
                        #expect(try await other.command("QUIT") == "+OK bye")
                    }
                    let closed = try await relay.audit.waitFor("session_closed", count: count + 1)[count]
                    let told = try #require(closed["time"]?.text)
                    let date = try Date(told, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                    // Half an hour is longer than any test, and less than any jump.
                    #expect(abs(date.timeIntervalSince(right) - Double(error)) < 1_800, "\(closed)")
                    let session = try #require(try await ages(relay, in: folder).first)
                    let age = session["seconds"]?.number ?? -1
                    #expect(age >= 0 && age < Self.hour / 2, "\(session)")
                }
                #expect(try await peer.command("QUIT") == "+OK bye")
            }
            let reasons = try relay.audit.lines("session_closed").map { $0["reason"] }
            #expect(reasons.allSatisfy { $0 == "quit" }, "\(reasons)")
        }
    }

    /// A clock that was wrong for a minute had everything be too old.
    @Test("a clock that jumps ahead by weeks does not empty the quarantine")
    func quarantine() async throws {
        try await clocked { relay, faults, _ in
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(.anna)
                _ = try await fetched(by: peer)
            }
            let kept = relay.folder["quarantine/.Invoices/new"]
            let before = try FileManager.default.contentsOfDirectory(atPath: kept)
            #expect(before.count == 1)
            try faults.setClock(ahead: 40 * 24 * Self.hour)
            relay.reload()
            try await eventually("it is told") { try relay.log().contains("the clock has jumped ahead") }
            try faults.setClock(ahead: 0)
            relay.reload()
            _ = try await relay.audit.waitFor("rules_loaded", count: 3)
            #expect(try FileManager.default.contentsOfDirectory(atPath: kept) == before)
            #expect(try !relay.log().contains("too old or too much is gone"))
        }
    }
}
