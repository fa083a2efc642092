// Dialogues after login: lists, messages, pipelining, sizes, deletions, QUIT.

import POP3
import Testing

@Suite struct SessionTransactionTests {
    static let dialogues: [(String, String)] = [
        (
            "every command passes",
            Opening.lockstep + """
                C STAT
                    to upstream: STAT
                U +OK 3 300
                    to client: +OK 3 300
                C list
                    to upstream: list
                U +OK
                    to client: +OK
                reply ended
                C LIST 1
                    to upstream: LIST 1
                U +OK 1 100
                    to client: +OK 1 100
                C UIDL
                    to upstream: UIDL
                U +OK
                    to client: +OK
                reply ended
                C UIDL 1
                    to upstream: UIDL 1
                U +OK 1 abc
                    to client: +OK 1 abc
                C TOP 1 0
                    to upstream: TOP 1 0
                U +OK
                    deliver TOP 1
                message ended
                C NOOP
                    to upstream: NOOP
                U +OK
                    to client: +OK
                C RSET
                    to upstream: RSET
                U +OK
                    to client: +OK
                    record deletions undone
                C LANG
                    to upstream: LANG
                U -ERR no
                    to client: -ERR no
                C LANG en
                    to upstream: LANG en
                U +OK en
                    to client: +OK en
                C UTF8
                    to client: +OK Mail comes as it is
                """
        ),
        (
            "a double space goes upstream as it came",
            Opening.lockstep + """
                C RETR  1
                    to upstream: RETR  1
                U -ERR no such message
                    to client: -ERR no such message
                """
        ),
        (
            "a login after login is refused here",
            Opening.loggedIn + """
                C USER other
                    to client: -ERR Logged in already
                C AUTH PLAIN AGEAYg==
                    to client: -ERR Logged in already
                C STLS
                    to client: -ERR Logged in already
                """
        ),
        (
            "own replies keep their turn among pipelined ones",
            Opening.pipelining + """
                C STAT
                    to upstream: STAT
                C XYZZY
                C RETR x
                C NOOP
                    to upstream: NOOP
                U +OK 3 300
                    to client: +OK 3 300
                    to client: -ERR Unknown command
                    to client: -ERR A number was expected
                U +OK
                    to client: +OK
                """
        ),
        (
            "the last reply is an own one",
            Opening.pipelining + """
                C STAT
                    to upstream: STAT
                C XYZZY
                U +OK 3 300
                    to client: +OK 3 300
                    to client: -ERR Unknown command
                C XYZZY
                    to client: -ERR Unknown command
                """
        ),
        (
            "whether commands may come ahead is asked once",
            Opening.loggedIn + """
                C STAT
                    to upstream: STAT
                client line waits
                client line waits
                U +OK 3 300
                    to client: +OK 3 300
                    to upstream: CAPA
                C NOOP
                    waits
                U +OK
                collected PIPELINING
                C NOOP
                    to upstream: NOOP
                C NOOP
                    to upstream: NOOP
                client line waits
                U +OK
                    to client: +OK
                U +OK
                    to client: +OK
                """
        ),
        (
            "without PIPELINING commands wait for replies",
            Opening.lockstep + """
                C STAT
                    to upstream: STAT
                C NOOP
                    waits
                client line waits
                U +OK 3 300
                    to client: +OK 3 300
                C NOOP
                    to upstream: NOOP
                """
        ),
        (
            "a server without CAPA takes one command at a time",
            Opening.loggedIn + """
                C STAT
                    to upstream: STAT
                client line waits
                U +OK 3 300
                    to client: +OK 3 300
                    to upstream: CAPA
                U -ERR unknown command
                C STAT
                    to upstream: STAT
                C NOOP
                    waits
                """
        ),
        (
            "DELE never overtakes a message",
            Opening.pipelining + """
                C RETR 1
                    to upstream: RETR 1
                C DELE 1
                    deferred
                U +OK
                    deliver RETR 1
                C DELE 1
                    deferred
                rejected 1
                message ended
                C DELE 1
                    waits for the client
                client took everything
                C DELE 1
                    record deletion kept 1
                    to client: +OK Message 1 stays on the server: a rule rejected it
                C DELE 2
                    to upstream: DELE 2
                U +OK
                    to client: +OK
                    record deleted 2
                """
        ),
        (
            "a message that was rejected, and delivered after a reload of the rules, may be deleted",
            Opening.lockstep + """
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1
                rejected 1
                message ended
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1
                delivered 1
                message ended
                client took everything
                C DELE 1
                    to upstream: DELE 1
                U +OK
                    to client: +OK
                    record deleted 1
                """
        ),
        (
            "a message rejected by TOP is not deleted either",
            Opening.lockstep + """
                C TOP 2 0
                    to upstream: TOP 2 0
                U +OK
                    deliver TOP 2
                rejected 2
                message ended
                client took everything
                C DELE 2
                    record deletion kept 2
                    to client: +OK Message 2 stays on the server: a rule rejected it
                C DELE  02
                    record deletion kept 2
                    to client: +OK Message 2 stays on the server: a rule rejected it
                """
        ),
        (
            "QUIT commits nothing that the client has not got",
            Opening.lockstep + """
                C DELE 1
                    to upstream: DELE 1
                U +OK
                    to client: +OK
                    record deleted 1
                C RETR 2
                    to upstream: RETR 2
                U +OK
                    deliver RETR 2
                message ended
                C QUIT
                    waits for the client
                C NOOP
                    to upstream: NOOP
                U +OK
                    to client: +OK
                C QUIT
                    waits for the client
                client took everything
                C QUIT
                    to upstream: QUIT
                """
        ),
        (
            "the upstream closes while the client has been shown nothing of a message",
            Opening.lockstep + """
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1
                upstream left
                    to client: -ERR [SYS/TEMP] The mail server closed the connection
                    record closed during message
                    close upstream-closed
                """
        ),
        (
            "the upstream falls silent in the middle of a message",
            Opening.lockstep + """
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1
                message shown
                upstream timed out
                    record timed-out during message
                    close upstream-timed-out
                """
        ),
        (
            "double DELE is the server's business",
            Opening.lockstep + """
                C DELE 1
                    to upstream: DELE 1
                U +OK
                    to client: +OK
                    record deleted 1
                C DELE 1
                    to upstream: DELE 1
                U -ERR already deleted
                    record deletion denied 1: already deleted
                    to client: -ERR already deleted
                """
        ),
        (
            "QUIT waits for what is due, and its reply is the server's",
            Opening.pipelining + """
                C DELE 1
                    to upstream: DELE 1
                C QUIT
                    deferred
                U +OK
                    to client: +OK
                    record deleted 1
                C QUIT
                    to upstream: QUIT
                U +OK see you
                    to client: +OK see you
                    close quit
                """
        ),
        (
            "the server fails to delete at QUIT",
            Opening.lockstep + """
                C QUIT
                    to upstream: QUIT
                U -ERR some deleted messages not removed
                    to client: -ERR some deleted messages not removed
                    close quit-refused
                """
        ),
        (
            "a command behind QUIT went upstream",
            Opening.pipelining + """
                C QUIT
                    to upstream: QUIT
                C DELE 1
                    waits
                """
        ),
        (
            "UTF8 lets lines be longer",
            Opening.loggedIn + """
                C UTF8
                    to upstream: UTF8
                U +OK
                    to client: +OK
                """
        ),
        (
            "what the client may not know is not in CAPA",
            Opening.loggedIn + """
                C CAPA
                    to upstream: CAPA
                U +OK list
                    to client: +OK list
                collected TOP|STLS|X-GOOGLE-RICO|SASL PLAIN EXTERNAL SCRAM-SHA-1-PLUS|EXPIRE NEVER
                    to client: TOP | SASL PLAIN | EXPIRE NEVER | PIPELINING | .
                """
        ),
    ]

    @Test(arguments: dialogues) func dialogue(_ name: String, _ script: String) {
        var session = SessionScript(.fixed)
        session.play(script)
    }

    @Test func aDeletionIsRefusedWhereRejectedMessagesAreErrors() {
        var policy = SessionMachine.Policy.fixed
        policy.rejected = .error
        var session = SessionScript(policy)
        session.play(
            Opening.lockstep + """
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1
                rejected 1
                message ended
                client took everything
                C DELE 1
                    record deletion refused 1
                    to client: -ERR [SYS/PERM] Message 1 was rejected by a rule and stays on the server
                """
        )
    }

    @Test func passThrough() {
        var policy = SessionMachine.Policy.fixed
        policy.passThrough = ["XTND"]
        var session = SessionScript(policy)
        session.play(
            Opening.lockstep + """
                C xtnd a b
                    to upstream: xtnd a b
                U +OK
                    to client: +OK
                C XTNDX
                    to client: -ERR Unknown command
                """
        )
    }

    /// Some clients give a maildrop up when UTF8 is refused, and some servers hang up when it is sent without an offer.
    @Test func utf8BehindTheLoginIsTolerated() {
        var session = SessionScript(.fixed)
        session.play(
            Opening.loggedIn + """
                C UTF8
                    to upstream: UTF8
                U -ERR no
                    to client: +OK Mail comes as it is
                C CAPA
                    to upstream: CAPA
                U +OK
                    to client: +OK
                collected TOP
                    to client: TOP | PIPELINING | .
                C UTF8
                    to client: +OK Mail comes as it is
                C CAPA
                    to upstream: CAPA
                U +OK
                    to client: +OK
                collected UTF8
                    to client: UTF8 | PIPELINING | .
                C UTF8
                    to upstream: UTF8
                """
        )
    }

    @Test func lineEndsBeforeAReplyAreNothingButMustEnd() {
        var session = SessionScript(.fixed)
        session.play(Opening.loggedIn + "C NOOP\n    to upstream: NOOP\n")
        for _ in 1...8 { session.play("U ") }
        session.play("U +OK\n    to client: +OK\nC NOOP\n    to upstream: NOOP\n")
        for _ in 1...8 { session.play("U ") }
        let nothing: [UInt8] = []
        session.machine.upstreamLineReceived(nothing.span, octetsBehind: false)
        let isClosed = session.machine.isClosed
        #expect(isClosed)
    }

    @Test func noMoreCommandsAheadThanTheLimit() {
        var limits = Limits()
        limits.pipelinedCommands = 2
        var session = SessionScript(.fixed, limits: limits)
        session.play(
            Opening.pipelining + """
                C NOOP
                    to upstream: NOOP
                C XYZZY
                C NOOP
                    waits
                U +OK
                    to client: +OK
                    to client: -ERR Unknown command
                C NOOP
                    to upstream: NOOP
                """
        )
    }

    @Test func linesMayBeLongerInUTF8Mode() {
        var session = SessionScript(.fixed)
        session.play(Opening.loggedIn)
        #expect(session.machine.clientLineLimit == 255)
        session.play("C UTF8\n    to upstream: UTF8\nU +OK\n    to client: +OK")
        #expect(session.machine.clientLineLimit == 1_020)
    }
}
