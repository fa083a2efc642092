// Dialogues about sizes: learnt, asked for, unknown; and large messages that are judged by their header first.

import POP3
import Testing

@Suite struct SessionSizeTests {
    /// What a login that asks nothing else does to find out one size.
    static let asked = """
            deferred
            to upstream: STAT
        U +OK 2000 9000
        C RETR 1
            deferred
            to upstream: LIST 1
        """

    static let sizes: [(String, String)] = [
        (
            "all of a small maildrop at once, asked once",
            Opening.lockstep + """
                C RETR 1
                    deferred
                    to upstream: STAT
                C RETR 1
                    waits
                U +OK 3 300
                C RETR 1
                    deferred
                    to upstream: LIST
                U +OK
                listed 1 4711|2  12|3 many
                reply ended
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1 of 4711
                message ended
                C TOP 2 5
                    to upstream: TOP 2 5
                U +OK
                    deliver TOP 2 of 12
                message ended
                C RETR 3
                    to upstream: RETR 3
                U +OK
                    deliver RETR 3
                """
        ),
        (
            "one by one where the maildrop is large",
            Opening.pipelining + """
                C STAT
                    to upstream: STAT
                U +OK 100000 9000000
                    to client: +OK 100000 9000000
                C RETR 1
                    deferred
                    to upstream: LIST 1
                C NOOP
                    waits
                U +OK 1 4711
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1 of 4711
                """
        ),
        (
            "learnt from what passes",
            Opening.lockstep + """
                C LIST
                    to upstream: LIST
                U +OK
                    to client: +OK
                listed 1 4711|2 12
                reply ended
                C LIST 3
                    to upstream: LIST 3
                U +OK 3   77
                    to client: +OK 3   77
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1 of 4711
                message ended
                C RETR 3
                    to upstream: RETR 3
                U +OK
                    deliver RETR 3 of 77
                """
        ),
        (
            "a server that tells nothing is not asked again and again",
            Opening.lockstep + """
                C RETR 9
                    deferred
                    to upstream: STAT
                U -ERR no
                C RETR 9
                    deferred
                    to upstream: LIST 9
                U -ERR no such message
                C RETR 9
                    to upstream: RETR 9
                U -ERR no such message
                    to client: -ERR no such message
                C RETR 9
                    to upstream: RETR 9
                """
        ),
        (
            "nobody is asked for CAPA",
            Opening.loggedIn + """
                C RETR 1
                    deferred
                    to upstream: STAT
                client line waits
                U +OK 3 300
                C RETR 1
                    deferred
                    to upstream: LIST
                client line waits
                U +OK
                listed 1 4711
                reply ended
                C RETR 1
                    to upstream: RETR 1
                """
        ),
    ]

    @Test(arguments: sizes) func size(_ name: String, _ script: String) {
        var session = SessionScript(.fixed, asksSizes: true)
        session.play(script)
    }

    /// Answers to `LIST 1` and what is made of them: blanks count as one, a lone number is the size, and what is not known
    /// is not a size.
    static let answers: [(reply: String, size: Int?)] = [
        ("+OK 1 288037", 288_037), ("+OK 1   288037", 288_037), ("+OK  1 288037", 288_037),
        ("+OK\t1\t288037", 288_037), ("+OK 1 288037 octets", 288_037), ("+OK 288037", 288_037),
        ("+OK  288037 ", 288_037),
        ("+OK 288037 octets", nil), ("+OK 1", nil), ("+OK 2 288037", nil), ("+OK 1 many", nil), ("+OK", nil),
        ("+OK 1 99999999999999999999", nil), ("-ERR no", nil), ("-ERR 1 288037", nil), ("+OK 1 0", 0),
    ]

    @Test(arguments: answers) func sizeOfOneMessage(_ reply: String, _ size: Int?) {
        var session = SessionScript(.fixed, asksSizes: true)
        session.play(
            Opening.lockstep + "C RETR 1\n" + Self.asked + """

                U \(reply)
                C RETR 1
                    to upstream: RETR 1
                U +OK
                    deliver RETR 1\(size.map { " of \($0)" } ?? "")
                """
        )
    }

    static let headersFirst: [(String, String)] = [
        (
            "a large message that is withheld never crosses the line",
            """
            C RETR 1
                to upstream: TOP 1 0
            C NOOP
                waits
            U +OK
                judge header of 1
            rejected 1
            message shown
            reply ended
            C NOOP
                to upstream: NOOP
            """
        ),
        (
            "one that is kept is fetched",
            """
            C retr 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1
            reply ended
                to upstream: retr 1
            U +OK
                deliver RETR 1 of 1000000
            message ended
            """
        ),
        (
            "a server without TOP is asked once",
            """
            C RETR 1
                to upstream: TOP 1 0
            U -ERR unknown
                to upstream: RETR 1
            U +OK
                deliver RETR 1 of 1000000
            message ended
            C RETR 1
                to upstream: RETR 1
            """
        ),
        (
            "a small one is fetched at once",
            """
            C RETR 2
                to upstream: RETR 2
            """
        ),
        (
            "the upstream closes meanwhile",
            """
            C RETR 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1
            upstream left
                to client: -ERR [SYS/TEMP] The mail server closed the connection
                record closed during message
                close upstream-closed
            """
        ),
    ]

    @Test(arguments: headersFirst) func headerFirst(_ name: String, _ script: String) {
        var session = SessionScript(.fixed, mayWithhold: true)
        session.play(
            Opening.pipelining + """
                C LIST
                    to upstream: LIST
                U +OK
                    to client: +OK
                listed 1 1000000|2 1000
                reply ended

                """ + script
        )
    }

    static let deletions: [(String, String)] = [
        (
            "rejected by a session before this one",
            """
            C DELE 1
                to upstream: TOP 1 0
            C NOOP
                waits
            U +OK
                judge header of 1 for deletion
            rejected 1
            reply ended
                record deletion kept 1
                to client: +OK Message 1 stays on the server: a rule rejected it
            C DELE 1
                record deletion kept 1
                to client: +OK Message 1 stays on the server: a rule rejected it
            """
        ),
        (
            "the client has got a notice that it must wait",
            """
            C RETR 1
                to upstream: RETR 1
            U +OK
                deliver RETR 1
            postponed 1
            message ended
            client took everything
            C DELE 1
                record deletion postponed 1
                to client: -ERR [SYS/TEMP] Message 1 could not be looked at and stays; try again later
            """
        ),
        (
            "can't be looked at for the moment",
            """
            C DELE 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1 for deletion
            postponed 1
            reply ended
                record deletion postponed 1
                to client: -ERR [SYS/TEMP] Message 1 could not be looked at and stays; try again later
            C DELE 1
                to upstream: TOP 1 0
            """
        ),
        (
            "not rejected",
            """
            C DELE 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1 for deletion
            delivered 1
            reply ended
                to upstream: DELE 1
            U +OK
                to client: +OK
                record deleted 1
            """
        ),
        (
            "seen in this session",
            """
            C RETR 1
                to upstream: RETR 1
            U +OK
                deliver RETR 1
            delivered 1
            message ended
            client took everything
            C DELE 1
                to upstream: DELE 1
            """
        ),
        (
            "no such message",
            """
            C DELE 9
                to upstream: TOP 9 0
            U -ERR no such message
                to upstream: RETR 9
            U -ERR no such message
                to upstream: DELE 9
            U -ERR no such message
                record deletion denied 9: no such message
                to client: -ERR no such message
            C DELE 1
                to upstream: TOP 1 0
            """
        ),
        (
            "a server without TOP",
            """
            C DELE 1
                to upstream: TOP 1 0
            U -ERR what?
                to upstream: RETR 1
            U +OK
                judge header of 1 for deletion
            rejected 1
            reply ended
                record deletion kept 1
                to client: +OK Message 1 stays on the server: a rule rejected it
            C DELE 2
                to upstream: RETR 2
            U +OK
                judge header of 2 for deletion
            delivered 2
            reply ended
                to upstream: DELE 2
            """
        ),
        (
            "a server whose TOP counts the header's lines",
            """
            C DELE 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1 for deletion
            reply ended
                to upstream: RETR 1
            U +OK
                judge header of 1 for deletion
            rejected 1
            reply ended
                record deletion kept 1
                to client: +OK Message 1 stays on the server: a rule rejected it
            """
        ),
        (
            "the connection is lost meanwhile",
            """
            C DELE 1
                to upstream: TOP 1 0
            U +OK
                judge header of 1 for deletion
            upstream left
                to client: -ERR [SYS/TEMP] The mail server closed the connection
                record closed during message
                close upstream-closed
            """
        ),
    ]

    /// Rules by size let a rejected message be deleted, since nobody had asked how large it is.
    @Test func deletionOfWhatIsJudgedBySize() {
        var session = SessionScript(.fixed, asksSizes: true, mayReject: true)
        session.play(
            Opening.pipelining + """
                C DELE 1
                    deferred
                    to upstream: STAT
                U +OK 3 300
                C DELE 1
                    deferred
                    to upstream: LIST
                U +OK
                listed 1 4711
                reply ended
                C DELE 1
                    to upstream: TOP 1 0
                U +OK
                    judge header of 1 for deletion of 4711
                """
        )
    }

    /// A message that a notice had promised to keep was deleted by the next session.
    @Test(arguments: deletions) func deletionOfWhatWasNotJudged(_ name: String, _ script: String) {
        var session = SessionScript(.fixed, mayReject: true)
        session.play(Opening.pipelining + script)
    }
}
