// Dialogues of logins that have to wait, or are refused before the server hears of them; and of commands that are too many.

import POP3
import Testing

@Suite struct SessionAdmissionTests {
    typealias Dialogue = (name: String, policy: SessionMachine.Policy, script: String)

    static let passed: [Dialogue] = [
        (
            "USER waits, and PASS does not wait again", .fixed,
            Opening.fixed + """
                C USER me
                    deferred
                    ask about me
                C USER me
                    deferred
                login may go on
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS wrong
                    to upstream: PASS wrong
                U -ERR [AUTH] no
                    record failed login of me by USER, upstream: [AUTH] no
                    to client: -ERR [AUTH] no
                C USER me
                    deferred
                    ask about me
                """
        ),
        (
            "another name is another question", .fixed,
            Opening.fixed + """
                C USER me
                    deferred
                    ask about me
                login may go on
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C USER you
                    deferred
                    ask about you
                """
        ),
        (
            "USER is refused", .fixed,
            Opening.fixed + """
                C USER me
                    deferred
                    ask about me
                login has to wait
                C USER me
                    record failed login of me by USER, relay: [LOGIN-DELAY] try again in 30 seconds
                    to client: -ERR [LOGIN-DELAY] try again in 30 seconds
                C CAPA
                    to upstream: CAPA
                """
        ),
        (
            "APOP", .fixed,
            Opening.fixed + """
                C APOP me c4c9334bac560ecc979e58001b3e22fb
                    deferred
                    ask about me
                login may go on
                C APOP me c4c9334bac560ecc979e58001b3e22fb
                    to upstream: APOP me c4c9334bac560ecc979e58001b3e22fb
                """
        ),
        (
            "PLAIN tells the user", .fixed,
            Opening.fixed + """
                C AUTH PLAIN AG1lAHNlY3JldA==
                    deferred
                    ask about me
                login may go on
                C AUTH PLAIN AG1lAHNlY3JldA==
                    to upstream: AUTH PLAIN AG1lAHNlY3JldA==
                """
        ),
        (
            "the response of PLAIN tells the user, and is refused while the server waits for it", .fixed,
            Opening.fixed + """
                C AUTH PLAIN
                    to upstream: AUTH PLAIN
                U + 
                    to client: + 
                C AG1lAHNlY3JldA==
                    deferred
                    ask about me
                login has to wait
                C AG1lAHNlY3JldA==
                    record failed login of me by PLAIN, relay: [LOGIN-DELAY] try again in 30 seconds
                    to client: -ERR [LOGIN-DELAY] try again in 30 seconds
                    record violation too-many-failed-logins of client
                    close too-many-failed-logins
                """
        ),
        (
            "LOGIN asks once, for the name", .fixed,
            Opening.fixed + """
                C AUTH LOGIN
                    to upstream: AUTH LOGIN
                U + VXNlcm5hbWU6
                    to client: + VXNlcm5hbWU6
                C bWU=
                    deferred
                    ask about me
                login may go on
                C bWU=
                    to upstream: bWU=
                U + UGFzc3dvcmQ6
                    to client: + UGFzc3dvcmQ6
                C c2VjcmV0
                    to upstream: c2VjcmV0
                """
        ),
        (
            "a mechanism that does not tell the user", .fixed,
            Opening.fixed + """
                C AUTH GSSAPI
                    deferred
                    ask about ?
                login may go on
                C AUTH GSSAPI
                    to upstream: AUTH GSSAPI
                """
        ),
        (
            "what a client says in plain text is no turn within TLS", .plaintextSTLS,
            Opening.fixed + """
                C USER me
                    deferred
                    ask about me
                login may go on
                C STLS
                    to client: +OK Begin TLS
                    secure client
                client secured
                C USER me
                    deferred
                    ask about me
                """
        ),
    ]

    static let own: [Dialogue] = [
        (
            "with routes the upstream is not dialled before it is the login's turn", .routed,
            """
            client accepted
                to client: +OK Popsieve ready.
            C USER me
                to client: +OK Send PASS
            C PASS secret
                deferred
                ask about me
            C PASS secret
                deferred
            login may go on
            C PASS secret
                dial me
            """
        ),
        (
            "AUTH PLAIN that has to wait", .routed,
            """
            client accepted
                to client: +OK Popsieve ready.
            C AUTH PLAIN AG1lAHNlY3JldA==
                deferred
                ask about me
            login has to wait
            C AUTH PLAIN AG1lAHNlY3JldA==
                record failed login of me by PLAIN, relay: [LOGIN-DELAY] try again in 30 seconds
                to client: -ERR [LOGIN-DELAY] try again in 30 seconds
            C QUIT
                to client: +OK Bye
                close quit
            """
        ),
    ]

    @Test(arguments: passed + own)
    func waits(_ dialogue: Dialogue) {
        var script = SessionScript(dialogue.policy)
        script.asksAboutLogins = true
        script.play(dialogue.script)
    }

    @Test("a client that is refused time and again is sent away")
    func refusedTimeAndAgain() {
        var limits = Limits()
        limits.failedLogins = 2
        var script = SessionScript(.routed, limits: limits)
        script.asksAboutLogins = true
        let once = """
            C AUTH PLAIN AG1lAHNlY3JldA==
                deferred
                ask about me
            login has to wait
            C AUTH PLAIN AG1lAHNlY3JldA==
                record failed login of me by PLAIN, relay: [LOGIN-DELAY] try again in 30 seconds
                to client: -ERR [LOGIN-DELAY] try again in 30 seconds

            """
        script.play(
            "client accepted\n    to client: +OK Popsieve ready.\n" + once + once
                + "    record violation too-many-failed-logins of client\n    close too-many-failed-logins\n"
        )
    }

    @Test("too many commands end the session, before the login and after it")
    func commands() {
        var limits = Limits()
        limits.commandsBeforeLogin = 2
        limits.commands = 4
        var before = SessionScript(.routed, limits: limits)
        before.play(
            """
            client accepted
                to client: +OK Popsieve ready.
            C USER me
                to client: +OK Send PASS
            C USER me
                to client: +OK Send PASS
            C USER me
                to client: -ERR [SYS/TEMP] Too many commands
                record violation too-many-commands of client
                close too-many-commands
            """
        )
        var after = SessionScript(.fixed, limits: limits)
        after.play(
            Opening.fixed + """
                C USER me
                    to upstream: USER me
                U +OK
                    to client: +OK
                C PASS secret
                    to upstream: PASS secret
                U +OK
                    record login of me by USER
                    to client: +OK
                C NOOP
                    to upstream: NOOP
                U +OK
                    to client: +OK
                C NOOP
                    to upstream: NOOP
                U +OK
                    to client: +OK
                C NOOP
                    to client: -ERR [SYS/TEMP] Too many commands
                    record violation too-many-commands of client
                    close too-many-commands
                """
        )
    }

    @Test("one who makes room is told so, but not in the middle of a handshake")
    func evicted() {
        var script = SessionScript(.routed)
        script.play(
            """
            client accepted
                to client: +OK Popsieve ready.
            evicted
                to client: -ERR [SYS/TEMP] Others are waiting; log in sooner
                close evicted
            """
        )
        var secured = SessionScript(.fixedImplicit)
        secured.play(
            """
            client accepted
            evicted
                close evicted
            """
        )
    }
}
