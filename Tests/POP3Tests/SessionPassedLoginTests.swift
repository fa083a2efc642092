// Dialogues of logins with routes whose lines are the client's: the user is read, the rest passes.

import POP3
import Testing

@Suite struct SessionPassedLoginTests {
    typealias Dialogue = (name: String, script: String)

    private static let greeted = """
        client accepted
            to client: +OK Popsieve ready.

        """

    /// `user=me\u{1}auth=Bearer t\u{1}\u{1}`.
    private static let xoauth2 = "dXNlcj1tZQFhdXRoPUJlYXJlciB0AQE="
    /// `n,a=me,\u{1}host=h\u{1}port=110\u{1}auth=Bearer t\u{1}\u{1}`.
    private static let bearer = "bixhPW1lLAFob3N0PWgBcG9ydD0xMTABYXV0aD1CZWFyZXIgdAEB"
    /// `n,,n=me,r=x`
    private static let scram = "biwsbj1tZSxyPXg="

    /// What passes line by line once the user is known.
    static let passed: [Dialogue] = [
        (
            "XOAUTH2 with an initial response goes on two lines",
            greeted + """
                C AUTH XOAUTH2 \(xoauth2)
                    dial me
                C STAT
                    waits
                upstream connected
                U +OK
                    to upstream: AUTH XOAUTH2
                U +
                    to upstream: \(xoauth2)
                U +OK
                    record login of me by XOAUTH2
                    to client: +OK
                C STAT
                    to upstream: STAT
                """
        ),
        (
            "XOAUTH2 without, a server that says +OK for +, an error that is told in base64",
            greeted + """
                C auth xoauth2
                    to client: + 
                C \(xoauth2)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH XOAUTH2
                U +OK
                    to upstream: \(xoauth2)
                U + eyJzdGF0dXMiOiI0MDAifQ==
                    to client: + eyJzdGF0dXMiOiI0MDAifQ==
                C 
                    to upstream: 
                U -ERR [AUTH] no
                    record failed login of me by XOAUTH2, upstream: [AUTH] no
                    close upstream
                    to client: -ERR [AUTH] Login failed
                C AUTH OAUTHBEARER \(bearer)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH OAUTHBEARER
                U + 
                    to upstream: \(bearer)
                U + eyJzdGF0dXMiOiI0MDAifQ==
                    to client: + eyJzdGF0dXMiOiI0MDAifQ==
                C AQ==
                    to upstream: AQ==
                U -ERR
                    record failed login of me by OAUTHBEARER, upstream: rejected
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        ),
        (
            "SCRAM, whose lines are the client's own",
            greeted + """
                C AUTH SCRAM-SHA-256 \(scram)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH SCRAM-SHA-256 \(scram)
                U + cj14eSxzPUFBQUEsaT00MDk2
                    to client: + cj14eSxzPUFBQUEsaT00MDk2
                C Yz1iaXdzLHI9eHkscD1B
                    to upstream: Yz1iaXdzLHI9eHkscD1B
                C 
                    waits
                U + dj1B
                    to client: + dj1B
                C 
                    to upstream: 
                U +OK
                    record login of me by SCRAM-SHA-256
                    to client: +OK
                """
        ),
        (
            "SCRAM that is cancelled in the middle",
            greeted + """
                C AUTH SCRAM-SHA-1
                    to client: + 
                C \(scram)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH SCRAM-SHA-1 \(scram)
                U + cj14eSxzPUFBQUEsaT00MDk2
                    to client: + cj14eSxzPUFBQUEsaT00MDk2
                C *
                    to upstream: *
                U -ERR cancelled
                    record failed login of me by SCRAM-SHA-1, upstream: cancelled
                    close upstream
                    to client: -ERR [AUTH] Login failed
                """
        ),
        (
            "without padding, cancelled, nonsense, for nobody, for somebody else, with channel binding",
            greeted + """
                C AUTH XOAUTH2
                    to client: + 
                C *
                    to client: -ERR Authentication cancelled
                C AUTH XOAUTH2 dXNlcj1tZTFAeAFhdXRoPUJlYXJlciB0AQE
                    dial me1@x
                upstream unreachable
                    record unreachable during connect
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server can't be reached
                C AUTH XOAUTH2 eA==
                    record failed login of ? by XOAUTH2, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                C AUTH OAUTHBEARER biwsAWF1dGg9QmVhcmVyIHQBAQ==
                    record failed login of ? by OAUTHBEARER, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                C AUTH SCRAM-SHA-1 bixhPXlvdSxuPW1lLHI9eA==
                    record failed login of ? by SCRAM-SHA-1, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                C AUTH SCRAM-SHA-1 cD10bHMtdW5pcXVlLCxuPW1lLHI9eA==
                    record failed login of ? by SCRAM-SHA-1, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                C AUTH SCRAM-SHA-1-PLUS \(scram)
                    to client: -ERR Unsupported authentication mechanism
                C AUTH EXTERNAL =
                    to client: -ERR Unsupported authentication mechanism
                C AUTH CRAM-MD5
                    to client: -ERR Unsupported authentication mechanism
                """
        ),
        (
            "a line end inside a decoded name never reaches a server",
            greeted + """
                C AUTH XOAUTH2 dXNlcj1tZQ0KREVMRSAxAWF1dGg9QmVhcmVyIHQBAQ==
                    record failed login of ? by XOAUTH2, relay: malformed credentials
                    to client: -ERR [AUTH] Authentication failed
                """
        ),
        (
            "a line end smuggled into a response",
            greeted + """
                C AUTH SCRAM-SHA-1 \(scram)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH SCRAM-SHA-1 \(scram)
                U + cj14eSxzPUFBQUEsaT00MDk2
                    to client: + cj14eSxzPUFBQUEsaT00MDk2
                C AA\rDELE 1
                    to client: -ERR Control characters are not allowed in a command
                    record violation control-octet-in-response of client
                    close control-octet-in-response
                """
        ),
        (
            "the server goes while it is the client's turn",
            greeted + """
                C AUTH SCRAM-SHA-1 \(scram)
                    dial me
                upstream connected
                U +OK
                    to upstream: AUTH SCRAM-SHA-1 \(scram)
                U + cj14eSxzPUFBQUEsaT00MDk2
                    to client: + cj14eSxzPUFBQUEsaT00MDk2
                upstream left
                    record closed during login
                    close upstream
                    to client: -ERR [SYS/TEMP] The mail server closed the connection
                C AUTH SCRAM-SHA-1 \(scram)
                    dial me
                """
        ),
    ]

    @Test(arguments: passed) func passes(_ dialogue: Dialogue) {
        var session = SessionScript(.routed)
        session.play(dialogue.script)
    }

    @Test("CAPA and AUTH offer what the settings allow")
    func offers() {
        var policy = SessionMachine.Policy.routed
        policy.mechanisms = ["SCRAM-SHA-256", "PLAIN"]
        var session = SessionScript(policy)
        session.play(
            Self.greeted + """
                C CAPA
                    to client: +OK | TOP | UIDL | RESP-CODES | AUTH-RESP-CODE | PIPELINING | USER | SASL SCRAM-SHA-256 PLAIN | .
                C AUTH
                    to client: +OK | SCRAM-SHA-256 | PLAIN | .
                """
        )
    }
}
