// Dialogues before the login: greeting, STLS on both sides, what is refused in plain text.

import POP3
import Testing

@Suite struct SessionOpeningTests {
    typealias Dialogue = SessionLoginTests.Dialogue

    static let openings: [Dialogue] = [
        ("the greeting passes", .fixed, Opening.fixed),
        (
            "nothing is said before TLS", .fixedImplicit,
            """
            client accepted
            C USER me
                waits
            client secured
                dial
            upstream connected
            U +OK ready
                to client: +OK ready
            """
        ),
        (
            "the server does not want us for good", .fixed,
            """
            client accepted
                dial
            upstream connected
            U -ERR [SYS/PERM] this account is closed
                to client: -ERR [SYS/PERM] The mail server refuses the connection
                record refused during greeting
                close upstream-refused
            """
        ),
        (
            "the server does not want us", .fixed,
            """
            client accepted
                dial
            upstream connected
            U -ERR [SYS/TEMP] come back later
                to client: -ERR [SYS/TEMP] The mail server refuses the connection
                record refused during greeting
                close upstream-refused
            """
        ),
        (
            "no POP3 at all", .fixed,
            """
            client accepted
                dial
            upstream connected
            U 220 smtp.example ESMTP
                to client: -ERR [SYS/TEMP] The mail server broke the protocol
                record violation not-a-reply of upstream
                record protocol-violation during greeting
                close upstream-protocol-violation
            """
        ),
        (
            "upstream STLS: the plain greeting is not believed", .fixed,
            """
            client accepted
                dial
            upstream connected for STLS
            U +OK <1.2@plain>
                to upstream: STLS
            U +OK
                secure upstream
            upstream secured
                to client: +OK Popsieve ready.
            """
        ),
        (
            "a server that offers XCLIENT is told who the client is, and the client is offered nothing", .fixed,
            """
            client accepted
                dial
            upstream connected for XCLIENT
            U +OK [XCLIENT] ready <1.2@host>
                to upstream: XCLIENT ADDR=192.0.2.7 PORT=4 SESSION=s TTL=5
            C USER me
                waits
            U +OK Updated
                to client: +OK ready <1.2@host>
            C USER me
                to upstream: USER me
            """
        ),
        (
            "a server that does not offer it is told nothing", .fixed,
            """
            client accepted
                dial
            upstream connected for XCLIENT
            U +OK ready [XCLIENT]
                to client: +OK ready [XCLIENT]
            """
        ),
        (
            "one that is not to be told keeps its greeting", .fixed,
            """
            client accepted
                dial
            upstream connected
            U +OK [XCLIENT] ready
                to client: +OK [XCLIENT] ready
            """
        ),
        (
            "XCLIENT is sent behind STLS", .fixed,
            """
            client accepted
                dial
            upstream connected for STLS and XCLIENT
            U +OK [XCLIENT] ready
                to upstream: STLS
            U +OK
                secure upstream
            upstream secured
                to upstream: XCLIENT ADDR=192.0.2.7 PORT=4 SESSION=s TTL=5
            U +OK
                to client: +OK Popsieve ready.
            """
        ),
        (
            "XCLIENT is refused: nobody logs in as somebody else", .fixed,
            """
            client accepted
                dial
            upstream connected for XCLIENT
            U +OK [XCLIENT] ready
                to upstream: XCLIENT ADDR=192.0.2.7 PORT=4 SESSION=s TTL=5
            U -ERR Invalid parameters
                to client: -ERR [SYS/TEMP] The mail server refuses the connection
                record refused during xclient
                close upstream-refused
            """
        ),
        (
            "XCLIENT before a login that depends on the user", .routed,
            """
            client accepted
                to client: +OK Popsieve ready.
            C USER me
                to client: +OK Send PASS
            C PASS x
                dial me
            upstream connected for XCLIENT
            U +OK [XCLIENT] ready
                to upstream: XCLIENT ADDR=192.0.2.7 PORT=4 SESSION=s TTL=5
            U +OK Updated
                to upstream: USER me
            """
        ),
        (
            "upstream STLS refused: nothing is sent in plain text", .fixed,
            """
            client accepted
                dial
            upstream connected for STLS
            U +OK
                to upstream: STLS
            U -ERR no
                to client: -ERR [SYS/TEMP] The mail server refuses TLS
                record stls-refused during stls
                close upstream-stls-refused
            """
        ),
        (
            "octets behind the upstream's STLS reply", .fixed,
            """
            client accepted
                dial
            upstream connected for STLS
            U +OK
                to upstream: STLS
            U+ +OK
                to client: -ERR [SYS/TEMP] The mail server broke the protocol
                record violation octets-behind-stls of upstream
                record protocol-violation during stls
                close upstream-protocol-violation
            """
        ),
        (
            "a session is not opened again by a late handshake", .fixedImplicit,
            """
            client accepted
            client left
                close client-left
            client secured
            client timed out
            shut down
            """
        ),
    ]

    static let plainText: [Dialogue] = [
        (
            "plain logins are refused, each of them", .fixedSTLS,
            Opening.fixed + """
                C USER me
                    to client: -ERR [AUTH] Log in after STLS only: this connection is not encrypted
                C PASS x
                    to client: -ERR [AUTH] Log in after STLS only: this connection is not encrypted
                C APOP me 0123
                    to client: -ERR [AUTH] Log in after STLS only: this connection is not encrypted
                C AUTH PLAIN AGEAYg==
                    to client: -ERR [AUTH] Log in after STLS only: this connection is not encrypted
                C CAPA
                    to upstream: CAPA
                U +OK
                    to client: +OK
                collected USER|SASL PLAIN|TOP
                    to client: TOP | PIPELINING | STLS | .
                """
        ),
        (
            "STLS, and everything is new", .fixedSTLS,
            Opening.fixed + """
                C STLS
                    to client: +OK Begin TLS
                    secure client
                C USER me
                    waits
                client secured
                C PASS secret
                    to client: -ERR USER first
                C STLS
                    to client: -ERR TLS is active already
                """
        ),
        (
            "a command injected behind STLS", .fixedSTLS,
            Opening.fixed + """
                C+ STLS
                    record violation octets-behind-stls of client
                    close octets-behind-stls
                """
        ),
        (
            "STLS where it is not offered", .fixed,
            Opening.fixed + """
                C STLS
                    to client: -ERR TLS is not offered here
                """
        ),
        (
            "the server without CAPA", .fixedSTLS,
            Opening.fixed + """
                C CAPA
                    to upstream: CAPA
                U -ERR unknown
                    to client: +OK | PIPELINING | STLS | .
                """
        ),
        (
            "UTF8 in plain text, then STLS", .fixedSTLS,
            Opening.fixed + """
                C UTF8
                    to upstream: UTF8
                U +OK
                    to client: +OK
                C STLS
                    to client: -ERR STLS comes before UTF8
                """
        ),
        (
            "routed, in plain text", .routedSTLS,
            """
            client accepted
                to client: +OK Popsieve ready.
            C CAPA
                to client: +OK | TOP | UIDL | RESP-CODES | AUTH-RESP-CODE | PIPELINING | STLS | .
            C STLS
                to client: +OK Begin TLS
                secure client
            client secured
            C CAPA
                to client: +OK | TOP | UIDL | RESP-CODES | AUTH-RESP-CODE | PIPELINING | USER | SASL PLAIN LOGIN | .
            """
        ),
        (
            "the upstream dies while the client secures itself", .fixedSTLS,
            Opening.fixed + """
                C STLS
                    to client: +OK Begin TLS
                    secure client
                upstream left
                    record closed during login
                    close upstream-closed
                """
        ),
    ]

    @Test(arguments: openings + plainText) func dialogue(_ dialogue: Dialogue) {
        var session = SessionScript(dialogue.policy)
        session.play(dialogue.script)
    }

    #if DEBUG
    @Test func aReportOutOfTurnStopsADebugBuild() async {
        await #expect(processExitsWith: .failure) {
            var session = SessionScript(.fixed)
            _ = session.perform("client accepted")
            _ = session.perform("upstream secured")
        }
        await #expect(processExitsWith: .success) {
            var session = SessionScript(.fixed)
            _ = session.perform("client accepted")
            _ = session.perform("client left")
            _ = session.perform("upstream secured")
        }
    }
    #endif
}
