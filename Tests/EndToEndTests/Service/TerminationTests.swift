// SIGTERM and SIGINT: what is owed is delivered, a second one does not wait, and the exit status tells.
// Must not wait for the drain's time: that is tested with the relay alone.

import Foundation
import Testing

@Suite("Ending", .timeLimit(.minutes(5)))
struct TerminationTests {
    /// Sends the begin of a message and then nothing, until the connection ends.
    private let owing = Script { peer in
        try await peer.send("+OK scripted\r\n")
        for _ in 0..<2 {
            _ = try await peer.line()
            try await peer.send("+OK\r\n")
        }
        _ = try await peer.line()
        try await peer.send("+OK\r\nSubject: x\r\n\r\nbegin\r\n")
        _ = try await peer.rest()
    }

    @Test("the first signal lets a message go on, a second one ends at once and says so", arguments: [SIGTERM, SIGINT])
    func twice(_ signal: Int32) async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(owing) { upstream in
                let (relay, status) = try await ServiceProcess.running(.init(), upstream: upstream, in: folder) {
                    relay in
                    try await Peer.connected(to: relay.address) { peer in
                        try await peer.logIn(.anna)
                        try await peer.send("RETR 1\r\n")
                        for _ in 0..<4 { _ = try await peer.line() }
                        relay.signal(signal)
                        try await eventually("the relay is about to end") {
                            try relay.log().contains("asked to end sessions=1")
                        }
                        // The message is owed still, and nobody is accepted any more.
                        #expect(try relay.audit.lines("session_closed").isEmpty)
                        relay.signal(signal)
                        _ = try await peer.rest()
                    }
                    return relay
                }
                #expect(status == 0)
                #expect(try relay.log().contains("asked to end again: sessions are cut off"))
                let stopped = try #require(try relay.audit.lines("service_stopped").first)
                #expect(stopped["cut"] == 1 && stopped["reason"]?.text == (signal == SIGTERM ? "SIGTERM" : "SIGINT"))
                #expect(try relay.audit.lines().map(\.event).suffix(2) == ["session_closed", "service_stopped"])
            }
        }
    }
}
