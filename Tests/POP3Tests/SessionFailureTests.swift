// What the client is told when something breaks, in every place where it can break; and the limits.

import POP3
import Testing

@Suite struct SessionFailureTests {
    static let closed = "-ERR [SYS/TEMP] The mail server closed the connection"

    /// Beginning, and what the client is told when the upstream is lost there.
    static let losses: [(String, String, told: String?, phase: String)] = [
        ("dialling", "client accepted\n    dial", closed, "connect"),
        ("greeting due", "client accepted\n    dial\nupstream connected", closed, "greeting"),
        ("before login", Opening.fixed, closed, "login"),
        ("login due", Opening.fixed + "C USER me\n    to upstream: USER me", closed, "login"),
        (
            "in a SASL exchange", Opening.fixed + "C AUTH X\n    to upstream: AUTH X\nU +\n    to client: +", closed,
            "login"
        ),
        ("idle", Opening.loggedIn, closed, "command"),
        ("reply due", Opening.loggedIn + "C STAT\n    to upstream: STAT", closed, "command"),
        ("in a list", Opening.loggedIn + "C LIST\n    to upstream: LIST\nU +OK\n    to client: +OK", nil, "command"),
        (
            "in a UIDL list", Opening.loggedIn + "C UIDL\n    to upstream: UIDL\nU +OK\n    to client: +OK", nil,
            "command"
        ),
        ("in CAPA", Opening.loggedIn + "C CAPA\n    to upstream: CAPA\nU +OK\n    to client: +OK", nil, "command"),
        (
            "in a message",
            Opening.loggedIn + "C RETR 1\n    to upstream: RETR 1\nU +OK\n    deliver RETR 1\nmessage shown", nil,
            "message"
        ),
        (
            "before the client has been shown anything of a message",
            Opening.loggedIn + "C RETR 1\n    to upstream: RETR 1\nU +OK\n    deliver RETR 1",
            "-ERR [SYS/TEMP] The mail server closed the connection", "message"
        ),
        (
            "in our own CAPA",
            Opening.loggedIn + """
                C STAT
                    to upstream: STAT
                client line waits
                U +OK 1 2
                    to client: +OK 1 2
                    to upstream: CAPA
                U +OK
                """, closed, "command"
        ),
        ("QUIT due", Opening.loggedIn + "C QUIT\n    to upstream: QUIT", closed, "command"),
    ]

    @Test(arguments: losses) func upstreamIsLost(_ name: String, _ script: String, _ told: String?, _ phase: String) {
        var session = SessionScript(.fixed)
        session.play(script)
        let expected =
            (told.map { ["to client: " + $0] } ?? []) + ["record closed during \(phase)", "close upstream-closed"]
        #expect(session.perform("upstream left") == expected)
        #expect(session.perform("upstream left") == [])
    }

    /// The other ends: none of them may put a reply into a list or a message either.
    static let ends: [(String, told: String, closing: [String])] = [
        ("shut down", "-ERR [SYS/TEMP] The relay is shutting down", ["close shutdown"]),
        ("ended by root", "-ERR [SYS/TEMP] The session was ended by an operator", ["close ended-by-operator"]),
        ("client timed out", "-ERR [SYS/TEMP] Closing the connection: idle", ["close client-timed-out"]),
        (
            "client line too long", "-ERR Line too long",
            ["record violation line-too-long of client", "close line-too-long"]
        ),
        ("upstream timed out", "-ERR [SYS/TEMP] The mail server does not answer", []),
        ("upstream line too long", "-ERR [SYS/TEMP] The mail server broke the protocol", []),
        ("list too long", "-ERR [SYS/TEMP] The mail server broke the protocol", []),
    ]

    @Test(arguments: losses, ends)
    func noReplyInTheMiddleOfAnother(
        _ loss: (String, String, told: String?, phase: String),
        _ end: (String, told: String, closing: [String])
    ) {
        var session = SessionScript(.fixed)
        session.play(loss.1)
        let outcome = session.perform(end.0)
        #expect(outcome.contains("to client: " + end.told) == (loss.told != nil))
        #expect(outcome.filter { $0.hasPrefix("to client") }.count <= 1)
        #expect(outcome.suffix(end.closing.count) == end.closing[...])
        #expect(outcome.last?.hasPrefix("close ") == true)
        #expect(session.perform(end.0) == [])
        #expect(session.machine.isClosed == true)
    }

    static let violations: [(String, String)] = [
        (
            "a reply that nobody asked for",
            Opening.loggedIn + """
                U +OK for nothing
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                    record violation unsolicited-reply of upstream
                    record protocol-violation during command
                    close upstream-protocol-violation
                """
        ),
        (
            "a challenge to a command",
            Opening.loggedIn + """
                C STAT
                    to upstream: STAT
                U + what?
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                    record violation not-a-reply of upstream
                    record protocol-violation during command
                    close upstream-protocol-violation
                """
        ),
        (
            "the octets of a message where a reply is due",
            Opening.loggedIn + """
                C STAT
                    to upstream: STAT
                U Subject: hello
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                    record violation not-a-reply of upstream
                    record protocol-violation during command
                    close upstream-protocol-violation
                """
        ),
        (
            "a browser",
            Opening.fixed + """
                C GET / HTTP/1.1
                    record violation foreign-protocol of client
                    close foreign-protocol
                """
        ),
        (
            "TLS where plain text is expected",
            Opening.fixed + """
                C \u{16}\u{3}\u{1}\u{2}
                    record violation foreign-protocol of client
                    close foreign-protocol
                """
        ),
        (
            "a client of IMAP was told that its command is unknown",
            Opening.fixed + """
                C a1 CAPABILITY
                    record violation foreign-protocol of client
                    close foreign-protocol
                """
        ),
        (
            "a client of SMTP was told that its command is unknown",
            Opening.fixed + """
                C EHLO me.example
                    record violation foreign-protocol of client
                    close foreign-protocol
                """
        ),
        (
            "a command of ours with a word of IMAP's",
            Opening.loggedIn + """
                C RETR LOGIN
                    to client: -ERR A number was expected
                """
        ),
        (
            "a browser after login",
            Opening.loggedIn + """
                C POST / HTTP/1.1
                    record violation foreign-protocol of client
                    close foreign-protocol
                """
        ),
    ]

    @Test(arguments: violations) func violation(_ name: String, _ script: String) {
        var session = SessionScript(.fixed)
        session.play(script)
    }

    @Test(arguments: [Opening.fixed, Opening.loggedIn]) func badCommandsAtTheLimit(_ opening: String) {
        var session = SessionScript(.fixed)
        session.play(opening)
        for _ in 0..<9 { #expect(session.perform("C XYZZY") == ["to client: -ERR Unknown command"]) }
        // A command that makes sense forgives.
        session.play("C CAPA\n    to upstream: CAPA\nU -ERR no\n    to client: -ERR no")
        for _ in 0..<9 { #expect(session.perform("C XYZZY") == ["to client: -ERR Unknown command"]) }
        session.play(
            """
            C XYZZY
                to client: -ERR Unknown command
                record violation too-many-bad-commands of client
                close too-many-bad-commands
            C XYZZY
                waits
            """
        )
    }

    /// A session could guess passwords for as long as the login time lasted.
    @Test func failedLoginsAtTheLimit() {
        var session = SessionScript(.fixed)
        session.play(Opening.fixed)
        let guess =
            "C USER me\n    to upstream: USER me\nU +OK\n    to client: +OK\nC PASS x\n    to upstream: PASS x\n"
        let refused =
            "U -ERR [AUTH] no\n    record failed login of me by USER, upstream: [AUTH] no\n    to client: -ERR [AUTH] no"
        for _ in 0..<4 { session.play(guess + refused) }
        session.play(
            guess + refused + """

                    record violation too-many-failed-logins of client
                    close too-many-failed-logins
                """
        )
    }

    @Test func commandLinesAtTheLimit() {
        for opening in [Opening.fixed, Opening.loggedIn] {
            var session = SessionScript(.fixed)
            session.play(opening)
            let longest = "XYZZY" + String(repeating: "x", count: 253 - 5)
            #expect(session.perform("C " + longest) == ["to client: -ERR Unknown command"])
            #expect(session.perform("C x" + longest).first == "to client: -ERR Line too long")
        }
    }

    @Test func saslLinesAtTheLimit() {
        let initial = "AUTH X "
        let longest = String(repeating: "A", count: 12_286)
        for length in [12_286, 12_287] {
            var session = SessionScript(.fixed)
            session.play(Opening.fixed)
            let line = initial + longest.dropFirst(initial.count) + (length == 12_286 ? "" : "A")
            #expect(session.perform("C " + line).first?.hasPrefix("to upstream") == (length == 12_286))
        }
    }

    /// A response of any length was relayed as long as its line end came in the same read.
    @Test(arguments: [SessionMachine.Policy.fixed, .routed]) func responsesAtTheLimit(_ policy: SessionMachine.Policy) {
        for length in [12_286, 12_287, 100_000] {
            var session = SessionScript(policy)
            session.play(policy.choosesUpstreamByUser ? SessionLoginTests.greeted : Opening.fixed)
            _ = session.perform("C AUTH PLAIN")
            if !policy.choosesUpstreamByUser { _ = session.perform("U +") }
            let outcome = session.perform("C " + String(repeating: "A", count: length))
            #expect((outcome.first == "to client: -ERR Line too long") == (length > 12_286))
            #expect(session.machine.isClosed == (length > 12_286))
        }
    }

    @Test func collectedListsAtTheLimit() {
        for count in [16_384, 16_385] {
            var session = SessionScript(.fixed)
            session.play(Opening.loggedIn + "C CAPA\n    to upstream: CAPA\nU +OK\n    to client: +OK")
            let outcome = session.perform("collected " + String(repeating: "X", count: count - 2))
            #expect((outcome.last == "close upstream-protocol-violation") == (count > 16_384))
        }
    }
}
