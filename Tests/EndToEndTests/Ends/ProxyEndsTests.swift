// A connection of a trusted proxy that has not said whose it is: every end of it.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Ends before the PROXY header", .timeLimit(.minutes(5)))
struct ProxyEndsTests {
    /// What has come of the header.
    enum Begun: String, Sendable, CaseIterable {
        case nothing = ""
        case half = "PROXY TCP4 192.0.2.7"
        /// Of version 2, up to what is done; whose connection it is comes next.
        case binary = "\r\n\r\n\0\r\nQUIT\n\u{21}"
    }

    enum Finish: String, Sendable, CaseIterable {
        case close
        case halfClosure
        case reset
        case silence
        case garbage
        case drip
        case termination
        case reload
    }

    private static let header = "PROXY TCP4 127.0.0.1 127.0.0.1 4000 110\r\n"

    @Test(
        "it ends, is told where something was owed, and the next client is served",
        arguments: Begun.allCases,
        Finish.allCases
    )
    func end(begun: Begun, finish: Finish) async throws {
        let maildrop = ScriptedMaildrop([])
        let change = Change { settings in
            settings.listeners[0].more = "proxy-protocol: true"
            settings.more += "trusted-proxies: [127.0.0.1]\n"
            if finish == .silence || finish == .drip { settings.timeouts = [.proxyHeader: "4s"] }
        }
        try await Relayed.script(maildrop.script, changing: change) { relayed in
            let relay = relayed.relay
            let opened = try relay.openFiles()
            let connection = try await Connection.made(to: relay.address)
            defer { connection.close() }
            let peer = connection.peer()
            if begun != .nothing { try await peer.send(begun.rawValue) }
            try await perform(finish, peer, relay)
            guard finish != .termination else { return }
            let refused = try await refusal(begun, finish, relay)
            let told = try relay.audit.lines("session_refused").compactMap { $0["reason"]?.text }
            // Whether the octet that is wrong comes in time is chance where they drip.
            let isLate = finish == .drip && told == ["no PROXY header in time"]
            #expect(told == refused || isLate, "\(told)")
            if finish == .reload { return try await goesOn(peer, begun) }
            try await eventually("it is closed") { try relay.openFiles() <= opened }
            try await Peer.connected(to: relay.address) { next in
                try await next.send(Self.header)
                try await next.logIn(.anna)
            }
            #expect(try relay.audit.lines("session_opened").count == 1)
        }
    }

    private func perform(_ finish: Finish, _ peer: Peer, _ relay: Popsieve) async throws {
        switch finish {
        case .close: try await peer.close()
        case .halfClosure:
            try await peer.finish()
            #expect(try await peer.rest().isEmpty)
        case .reset: try await peer.reset()
        case .silence: #expect(try await peer.rest().isEmpty)
        case .garbage:
            try await peer.send("What?\r\n" + String(repeating: "x", count: 5_000))
            #expect(try await peer.rest().isEmpty)
        case .drip:
            let patience = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < patience, try relay.audit.lines("session_refused").isEmpty {
                peer.post("1")
                try await Task.sleep(for: .milliseconds(500))
            }
        case .termination:
            kill(relay.pid, SIGTERM)
            #expect(try await peer.rest().isEmpty)
            try await eventually("it has ended") { !relay.isAlive }
        case .reload:
            try relay.folder.folder("rules").write("20-new.sieve", "keep;")
            relay.reload()
            _ = try await relay.audit.waitFor("rules_loaded", count: 2)
        }
    }

    /// The reasons that the audit log has.
    private func refusal(_ begun: Begun, _ finish: Finish, _ relay: Popsieve) async throws -> [String] {
        let reasons: [String] =
            switch finish {
            // A look whether somebody is there.
            case .close, .halfClosure: begun == .nothing ? [] : ["no PROXY header"]
            case .reset, .termination, .reload: []
            case .silence: ["no PROXY header in time"]
            case .drip: begun == .half ? ["no PROXY header in time"] : ["no PROXY header"]
            case .garbage: ["no PROXY header"]
            }
        if !reasons.isEmpty { _ = try await relay.audit.waitFor("session_refused") }
        return reasons
    }

    /// What was begun comes to its end.
    private func goesOn(_ peer: Peer, _ begun: Begun) async throws {
        switch begun {
        case .nothing: try await peer.send(Self.header)
        case .half: try await peer.send(" 127.0.0.1 4000 110\r\n")
        case .binary: try await peer.send(Data([0x11, 0, 12, 127, 0, 0, 1, 127, 0, 0, 1, 1, 1, 1, 1]))
        }
        #expect(try await peer.line() == "+OK scripted")
    }
}
