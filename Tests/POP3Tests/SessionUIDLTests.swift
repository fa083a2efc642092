// What a session asks to know a message again, and how often.
// Must not test what is done with the answer.

import Testing

@testable import POP3

struct SessionUIDLTests {
    /// A set that had no more room forgot what had been asked, and one request asked without end.
    @Test func aServerThatTellsNoUIDLIsAskedOnceForARequest() {
        var machine = SessionMachine(
            policy: .init(
                choosesUpstreamByUser: false,
                greetsItself: false,
                logsInItself: false,
                clientEncryption: .none,
                allowsPlaintextLogin: true
            )
        )
        machine.clientAccepted()
        machine.upstreamConnected(.none)
        answer("+OK ready", &machine)
        for line in ["USER a", "PASS b"] {
            #expect(machine.clientLineReceived(Array(line.utf8).span, octetsBehind: false) == .taken)
            answer("+OK", &machine)
        }
        machine.judging = .init(wantsUIDLs: true)
        for number in stride(from: 10_000, to: 0, by: -2) {
            let line = Array("RETR \(number)".utf8)
            #expect(machine.clientLineReceived(line.span, octetsBehind: false) == .deferred)
            #expect(machine.actions == [.sendUpstream(Array("UIDL \(number)\r\n".utf8))])
            answer("-ERR no UIDL", &machine)
            #expect(machine.clientLineReceived(line.span, octetsBehind: false) == .taken)
            answer("-ERR no such message", &machine)
        }
    }

    private func answer(_ line: String, _ machine: inout SessionMachine) {
        machine.upstreamLineReceived(Array(line.utf8).span, octetsBehind: false)
        machine.actions = []
    }
}
