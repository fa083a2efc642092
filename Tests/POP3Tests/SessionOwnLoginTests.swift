// Dialogues of logins that Popsieve carries out by what its owner finds out and says.

import POP3
import Testing

@Suite struct SessionOwnLoginTests {
    typealias Dialogue = (name: String, script: String)

    private static let greeted = """
        client accepted
            to client: +OK Popsieve ready.

        """

    /// `user=me\u{1}auth=Bearer t\u{1}\u{1}`, and for you.
    private static let xoauth2 = "dXNlcj1tZQFhdXRoPUJlYXJlciB0AQE="
    private static let xoauth2Renamed = "dXNlcj15b3UBYXV0aD1CZWFyZXIgdAEB"
    /// `n,a=me,\u{1}host=h\u{1}port=110\u{1}auth=Bearer t\u{1}\u{1}`, and for you.
    private static let bearer = "bixhPW1lLAFob3N0PWgBcG9ydD0xMTABYXV0aD1CZWFyZXIgdAEB"
    private static let bearerRenamed = "bixhPXlvdSwBaG9zdD1oAXBvcnQ9MTEwAWF1dGg9QmVhcmVyIHQBAQ=="
    /// `n,,n=me,r=x`
    private static let scram = "biwsbj1tZSxyPXg="

    /// What the owner finds out and says.
    static let spoken: [Dialogue] = [
        (
            "a wrong password, and one that can't be checked now",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                C NOOP
                    waits
                denied
                    record failed login of me by PLAIN, relay: [AUTH] wrong password
                    close upstream
                    to client: -ERR [AUTH] Login failed
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                denied for now
                    record failed login of me by PLAIN, relay: [SYS/TEMP] no token
                    close upstream
                    to client: -ERR [SYS/TEMP] No login is possible for now; try again later
                """
        ),
        (
            "another name upstream",
            greeted + """
                C USER me
                    to client: +OK Send PASS
                C PASS x
                    resolve me by USER
                goes on as you
                    dial me
                upstream connected
                U +OK
                    to upstream: USER you
                U +OK
                    to upstream: PASS x
                U +OK
                    record login of me by USER, upstream you
                    to client: +OK
                """
        ),
        (
            "another name in a token's message, as each mechanism writes it",
            greeted + """
                C AUTH XOAUTH2 \(xoauth2)
                    resolve me by XOAUTH2, begun
                goes on as you
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH XOAUTH2
                U +
                    to upstream: \(xoauth2Renamed)
                U -ERR no
                    record failed login of me by XOAUTH2, upstream you, upstream: no
                    close upstream
                    to client: -ERR [AUTH] Login failed
                C AUTH OAUTHBEARER \(bearer)
                    resolve me by OAUTHBEARER, begun
                goes on as you
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH OAUTHBEARER
                U +
                    to upstream: \(bearerRenamed)
                U +OK
                    record login of me by OAUTHBEARER, upstream you
                    to client: +OK
                """
        ),
        (
            "SCRAM is bound to its name",
            greeted + """
                C AUTH SCRAM-SHA-1 \(scram)
                    resolve me by SCRAM-SHA-1, begun and bound
                goes on as you
                    dial me
                upstream connected
                U +OK
                    record failed login of me by SCRAM-SHA-1, upstream you, relay: [AUTH] SCRAM-SHA-1 is bound to the name that the client gave
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        ),
        (
            "USER and PASS of an account",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK <1.2@example>
                    to upstream: CAPA
                U +OK
                collected USER|SASL PLAIN scram-sha-1
                    choose of PLAIN SCRAM-SHA-1 USER <1.2@example>
                by USER
                    to upstream: USER you
                U +OK
                    answer <>
                answers at last secret
                    to upstream: PASS secret
                U +OK
                    record login of me by PLAIN, upstream you, upstream by USER
                    to client: +OK
                """
        ),
        (
            "APOP; a server without CAPA, and a stamp that is none",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks for the client
                    dial me
                upstream connected
                U +OK <not a stamp@x>
                    to upstream: CAPA
                U -ERR what?
                    choose of ? USER
                by APOP
                    to upstream: APOP me 0123
                U -ERR [AUTH] no
                    record failed login of me by PLAIN, upstream by APOP, upstream: [AUTH] no
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        ),
        (
            "challenges, decoded and answered in base64",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U +OK
                collected SASL CRAM-MD5
                    choose of CRAM-MD5
                by CRAM-MD5
                    to upstream: AUTH CRAM-MD5
                U + PDEuMkBhPg==
                    answer <<1.2@a>>
                answers at last you 01
                    to upstream: eW91IDAx
                U +OK
                    record login of me by PLAIN, upstream you, upstream by CRAM-MD5
                    to client: +OK
                """
        ),
        (
            "a challenge that is no base64, a reply that is none, and one out of turn",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U -ERR
                    choose of ? USER
                by CRAM-MD5
                    to upstream: AUTH CRAM-MD5
                U + !!!
                    record violation not-a-reply of upstream
                    record protocol-violation during login
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U What?
                    record violation not-a-reply of upstream
                    record protocol-violation during login
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U -ERR
                    choose of ? USER
                U +OK more
                    record violation unsolicited-reply of upstream
                    record protocol-violation during login
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                answers at last late
                by USER
                the owner speaks
                denied
                """
        ),
        (
            "a server that agrees before it has shown that it knows the password",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U -ERR
                    choose of ? USER
                by CRAM-MD5
                    to upstream: AUTH CRAM-MD5
                U + PDEuMkBhPg==
                    answer <<1.2@a>>
                answers first
                    to upstream: Zmlyc3Q=
                U +OK
                    answer <>
                denied for now
                    record failed login of me by PLAIN, upstream you, upstream by CRAM-MD5, relay: [SYS/TEMP] no token
                    close upstream
                    to client: -ERR [SYS/TEMP] No login is possible for now; try again later
                """
        ),
        (
            "a server that asks without end",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U -ERR
                    choose of ? USER
                by CRAM-MD5
                    to upstream: AUTH CRAM-MD5

                """
                + String(
                    repeating: """
                        U + YQ==
                            answer <a>
                        answers b
                            to upstream: Yg==

                        """,
                    count: 10
                ) + """
                    U + YQ==
                        record violation not-a-reply of upstream
                        record protocol-violation during login
                        close upstream
                        to client: -ERR [SYS/TEMP] The mail server broke the protocol
                    """
        ),
        (
            "a token is refused, another one too",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U +OK
                collected SASL XOAUTH2
                    choose of XOAUTH2
                by XOAUTH2, once
                    to upstream: AUTH XOAUTH2
                U +
                    to upstream: b2xk
                U + e30=
                    answer <{}>
                complains it is too old
                    to upstream: 
                U -ERR no
                    choose of ? again
                by XOAUTH2
                    to upstream: AUTH XOAUTH2
                U +
                    to upstream: dXNlcj15b3UB
                U + e30=
                    answer <{}>
                complains it is too new
                    to upstream: 
                U -ERR [AUTH] no
                    record failed login of me by PLAIN, upstream you, upstream by XOAUTH2, upstream: [AUTH] no (it is too new)
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        ),
        (
            "ends while the owner thinks",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                upstream left
                    record closed during connect
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server closed the connection
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                shut down
                    to client: -ERR [SYS/TEMP] The relay is shutting down
                    close shutdown
                goes on
                denied
                """
        ),
        (
            "a list that never ends",
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U +OK
                list too long
                    record violation list-too-long of upstream
                    record protocol-violation during login
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                """
        ),
    ]

    @Test(arguments: spoken) func speaks(_ dialogue: Dialogue) {
        var session = SessionScript(.routed)
        session.resolvesLogins = true
        session.play(dialogue.script)
    }

    @Test("what the server quotes of a secret is not told")
    func quoted() {
        var session = SessionScript(.routed)
        session.resolvesLogins = true
        session.play(
            Self.greeted + """
                C AUTH PLAIN AG1lAHg=
                    resolve me by PLAIN
                the owner speaks
                    dial me
                upstream connected
                U +OK
                    to upstream: CAPA
                U -ERR
                    choose of ? USER
                by USER
                    to upstream: USER you
                U +OK
                    answer <>
                answers at last hunter2
                    to upstream: PASS hunter2
                U -ERR hunter2 is wrong
                    record failed login of me by PLAIN, upstream you, upstream by USER, upstream: [secret] is wrong
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        )
    }
}
