// What a session asks to know a message again, and how often.
// Must not test what is done with the answer.

import Testing

@testable import POP3

struct SessionUIDLTests {
    private func loggedIn() -> SessionMachine {
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
            #expect(machine.clientLineReceived(line) == .taken)
            answer("+OK", &machine)
        }
        machine.judging = .init(wantsUIDLs: true)
        return machine
    }

    /// A set that had no more room forgot what had been asked, and one request asked without end.
    @Test(arguments: ["-ERR", "+OK 10000 1"]) func aServerThatTellsNoUIDLIsAskedOnceForARequest(stat: String) {
        var machine = loggedIn()
        #expect(ask("RETR 1", &machine) == .deferred)
        #expect(machine.actions == [.sendUpstream(Array("STAT\r\n".utf8))])
        answer(stat, &machine)
        for number in stride(from: 10_000, to: 0, by: -2) {
            #expect(ask("RETR \(number)", &machine) == .deferred)
            #expect(machine.actions == [.sendUpstream(Array("UIDL \(number)\r\n".utf8))])
            answer("-ERR no UIDL", &machine)
            #expect(ask("RETR \(number)", &machine) == .taken)
            answer("-ERR no such message", &machine)
        }
    }

    @Test(arguments: [true, false]) func aSmallMaildropIsAskedOnceForAll(isTold: Bool) {
        var machine = loggedIn()
        #expect(ask("RETR 1", &machine) == .deferred)
        answer("+OK 3 300", &machine)
        #expect(ask("RETR 1", &machine) == .deferred)
        #expect(machine.actions == [.sendUpstream(Array("UIDL\r\n".utf8))])
        answer(isTold ? "+OK" : "-ERR", &machine)
        if isTold {
            machine.listingReceived(Array("1 a\r\n2 b\r\n".utf8).span)
            machine.upstreamReplyEnded()
        }
        if isTold {
            #expect(ask("RETR 1", &machine) == .taken)
            answer("-ERR no such message", &machine)
        }
        // One that the list left out is asked for by itself.
        #expect(ask("RETR 3", &machine) == .deferred)
        #expect(machine.actions == [.sendUpstream(Array("UIDL 3\r\n".utf8))])
    }

    private func ask(_ line: String, _ machine: inout SessionMachine) -> SessionMachine.LineDisposition {
        machine.clientLineReceived(line)
    }

    private func answer(_ line: String, _ machine: inout SessionMachine) {
        machine.upstreamLineReceived(Array(line.utf8).span, octetsBehind: false)
        machine.actions = []
    }
}
