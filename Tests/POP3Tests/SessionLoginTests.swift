// Dialogues of the login: USER and PASS, APOP, SASL, with the upstream and on its behalf.

import POP3
import Testing

@Suite struct SessionLoginTests {
    typealias Dialogue = (name: String, policy: SessionMachine.Policy, script: String)

    static let fixed: [Dialogue] = [
        (
            "failure, then success", .fixed,
            Opening.fixed + """
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS wrong
                    to upstream: PASS wrong
                C NOOP
                    waits
                U -ERR [AUTH] no
                    record failed login of me by USER, upstream: [AUTH] no
                    to client: -ERR [AUTH] no
                C PASS again
                    to client: -ERR USER first
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS  with spaces 
                    to upstream: PASS  with spaces 
                U +OK
                    record login of me by USER
                    to client: +OK
                """
        ),
        (
            "a name is refused", .fixed,
            Opening.fixed + """
                C USER me
                    to upstream: USER me
                U -ERR who?
                    record failed login of me by USER, upstream: who?
                    to client: -ERR who?
                C PASS x
                    to client: -ERR USER first
                """
        ),
        (
            "APOP", .fixed,
            Opening.fixed + """
                C APOP me c4c9334bac560ecc979e58001b3e22fb
                    to upstream: APOP me c4c9334bac560ecc979e58001b3e22fb
                U +OK
                    record login of me by APOP
                    to client: +OK
                """
        ),
        (
            "PLAIN with an initial response", .fixed,
            Opening.fixed + """
                C AUTH PLAIN AGEAYg==
                    to upstream: AUTH PLAIN AGEAYg==
                U +OK
                    record login of a by PLAIN
                    to client: +OK
                """
        ),
        (
            "LOGIN, line by line", .fixed,
            Opening.fixed + """
                C auth login
                    to upstream: auth login
                U + VXNlcm5hbWU6
                    to client: + VXNlcm5hbWU6
                C YQ==
                    to upstream: YQ==
                C Yg==
                    waits
                U + UGFzc3dvcmQ6
                    to client: + UGFzc3dvcmQ6
                C Yg==
                    to upstream: Yg==
                U -ERR [AUTH] no
                    record failed login of a by LOGIN, upstream: [AUTH] no
                    to client: -ERR [AUTH] no
                """
        ),
        (
            "cancelled, then another way", .fixed,
            Opening.fixed + """
                C AUTH CRAM-MD5
                    to upstream: AUTH CRAM-MD5
                U + PDEuMkBhPg==
                    to client: + PDEuMkBhPg==
                C *
                    to upstream: *
                U -ERR cancelled
                    record failed login of ? by CRAM-MD5, upstream: cancelled
                    to client: -ERR cancelled
                C USER me
                    to upstream: USER me
                """
        ),
        (
            "a line end smuggled into a response", .fixed,
            Opening.fixed + """
                C AUTH PLAIN
                    to upstream: AUTH PLAIN
                U +
                    to client: +
                C AGE\rDELE 1
                    to client: -ERR Control characters are not allowed in a command
                    record violation control-octet-in-response of client
                    close control-octet-in-response
                """
        ),
        (
            "EXTERNAL would be Popsieve's certificate", .fixed,
            Opening.fixed + """
                C AUTH EXTERNAL =
                    to client: -ERR Unsupported authentication mechanism
                C auth external
                    to client: -ERR Unsupported authentication mechanism
                C AUTH SCRAM-SHA-256-PLUS
                    to client: -ERR Unsupported authentication mechanism
                """
        ),
        (
            "AUTH without argument", .fixed,
            Opening.fixed + """
                C AUTH
                    to upstream: AUTH
                U +OK
                    to client: +OK
                collected PLAIN|EXTERNAL|LOGIN
                    to client: PLAIN | LOGIN | .
                """
        ),
        (
            "CAPA twice", .fixed,
            Opening.fixed + """
                C CAPA
                    to upstream: CAPA
                U +OK
                    to client: +OK
                collected USER
                    to client: USER | PIPELINING | .
                C CAPA
                    to upstream: CAPA
                U +OK
                    to client: +OK
                collected USER
                    to client: USER | PIPELINING | .
                """
        ),
        (
            "QUIT before login", .fixed,
            Opening.fixed + """
                C QUIT
                    to upstream: QUIT
                U +OK
                    to client: +OK
                    close quit
                """
        ),
        (
            "a message before login", .fixed,
            Opening.fixed + """
                C RETR 1
                    to client: -ERR Log in first
                """
        ),
    ]

    static let routed: [Dialogue] = [
        (
            "the upstream is dialled when the user is known", .routed,
            greeted + """
                C PASS x
                    to client: -ERR USER first
                C USER me
                    to client: +OK Send PASS
                C PASS s p
                    dial me
                C STAT
                    waits
                upstream connected for STLS
                U +OK
                    to upstream: STLS
                U +OK
                    secure upstream
                upstream secured
                    to upstream: USER me
                U +OK
                    to upstream: PASS s p
                U +OK 2 messages
                    record login of me by USER
                    to client: +OK 2 messages
                C STAT
                    to upstream: STAT
                """
        ),
        (
            "a wrong password keeps the session, the server's words stay out", .routed,
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    dial me
                upstream connected
                U +OK
                    to upstream: USER me
                U +OK
                    to upstream: PASS x
                U -ERR [AUTH] no such user me
                    record failed login of me by PLAIN, upstream by USER, upstream: [AUTH] no such user me
                    close upstream
                    to client: -ERR [AUTH] Login failed
                upstream left
                C USER me
                    to client: +OK Send PASS
                """
        ),
        (
            "the server's code is passed on", .routed,
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    dial me
                upstream connected
                U +OK
                    to upstream: USER me
                U -ERR [IN-USE] locked
                    record failed login of me by PLAIN, upstream by USER, upstream: [IN-USE] locked
                    close upstream
                    to client: -ERR [IN-USE] Login failed
                """
        ),
        (
            "unreachable, then another user", .routed,
            greeted + """
                C USER me
                    to client: +OK Send PASS
                C PASS x
                    dial me
                upstream unreachable
                    record unreachable during connect
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server can't be reached
                C PASS x
                    to client: -ERR USER first
                C USER you
                    to client: +OK Send PASS
                C PASS y
                    dial you
                """
        ),
        (
            "octets behind STLS leave their line", .routed,
            greeted + """
                C AUTH PLAIN AG1lAHg=
                    dial me
                upstream connected for STLS
                U +OK
                    to upstream: STLS
                U+ +OK
                    record violation octets-behind-stls of upstream
                    record protocol-violation during stls
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server broke the protocol
                """
        ),
        (
            "LOGIN, cancelled, malformed", .routed,
            greeted + """
                C AUTH LOGIN
                    to client: + VXNlcm5hbWU6
                C *
                    to client: -ERR Authentication cancelled
                C AUTH PLAIN
                    to client: + 
                C !!!
                    record failed login of ? by PLAIN, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                C AUTH LOGIN bWU=
                    to client: + UGFzc3dvcmQ6
                C eA==
                    dial me
                """
        ),
        (
            "a line end inside a decoded name never reaches a server", .routed,
            greeted + """
                C AUTH PLAIN AG1lDQpERUxFIDEAeA==
                    record failed login of ? by PLAIN, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                """
        ),
        (
            "what Popsieve can't relay", .routed,
            greeted + """
                C APOP me 0123
                    to client: -ERR Unsupported authentication mechanism
                C AUTH CRAM-MD5
                    to client: -ERR Unsupported authentication mechanism
                C AUTH
                    to client: +OK | PLAIN | LOGIN | .
                C UTF8
                    to client: -ERR Log in first
                C QUIT
                    to client: +OK Bye
                    close quit
                """
        ),
    ]

    /// A scanner that mail waits for is down: whoever logs in is told, and the upstream hears nothing of it.
    static let obstructed: [Dialogue] = [
        (
            "one upstream", .fixed,
            Opening.fixed + """
                a scanner goes down
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS secret
                    record failed login of me by USER, relay: [SYS/TEMP] clamd is down
                    to client: \(later)
                C PASS secret
                    to client: -ERR USER first
                C APOP me c4c9334bac560ecc979e58001b3e22fb
                    record failed login of me by APOP, relay: [SYS/TEMP] clamd is down
                    to client: \(later)
                C AUTH PLAIN AGEAYg==
                    record failed login of ? by PLAIN, relay: [SYS/TEMP] clamd is down
                    to client: \(later)
                C AUTH
                    to upstream: AUTH
                U -ERR
                    to client: -ERR
                it is back
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS secret
                    to upstream: PASS secret
                U +OK
                    record login of me by USER
                    to client: +OK
                """
        ),
        (
            "an upstream for each user, and a client that does not give up", .routed,
            greeted + """
                a scanner goes down
                C USER me
                    to client: +OK Send PASS

                """ + String(repeating: refused, count: 4) + """
                    C AUTH LOGIN YQ==
                        record failed login of ? by LOGIN, relay: [SYS/TEMP] clamd is down
                        to client: \(later)
                        record violation too-many-failed-logins of client
                        close too-many-failed-logins
                    """
        ),
    ]

    private static let refused = """
        C AUTH PLAIN
            record failed login of ? by PLAIN, relay: [SYS/TEMP] clamd is down
            to client: \(later)

        """

    private static let later = "-ERR [SYS/TEMP] Mail can't be scanned for now; try again later"

    static let greeted = """
        client accepted
            to client: +OK Popsieve ready.

        """

    @Test(arguments: fixed + routed + obstructed) func dialogue(_ dialogue: Dialogue) {
        var session = SessionScript(dialogue.policy)
        session.play(dialogue.script)
    }
}
