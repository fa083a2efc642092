// Known refusals of providers: each by its host and words, and nothing else by them.

import POP3
import Testing

@testable import popsieve

@Suite struct ProviderTrapTests {
    /// Host, what its server says, whether a token was used, and the words of what is told.
    static let refusals: [(host: String, said: String, code: ResponseCode?, withToken: Bool, told: String)] = [
        (
            "pop.gmail.com", "-ERR [AUTH] Username and password not accepted.", .auth, false,
            "Gmail takes app passwords and tokens only"
        ),
        (
            "pop.gmail.com", "-ERR [SYS/PERM] Your account is not enabled for POP access.", .systemPermanent, false,
            "POP is switched off"
        ),
        ("pop.gmail.com", "-ERR [AUTH] Application-specific password required", .auth, false, "an app password"),
        ("pop.gmail.com", "-ERR [AUTH] Web login required", .auth, false, "the person first"),
        ("pop.gmail.com", "CN=invalid2.invalid", nil, false, "SNI is missing"),
        (
            "outlook.office365.com", "-ERR Logon failure: unknown user name or bad password.", nil, false,
            "Microsoft takes no passwords"
        ),
        (
            "OUTLOOK.office365.com", "-ERR Authentication failure: unknown user name or bad password.", nil, true,
            "Microsoft refuses the token"
        ),
        ("outlook.office365.com", "-ERR Server Unavailable. 21", nil, true, "slows this mailbox down"),
        ("outlook.office365.com", "-ERR User is authenticated but not connected.", nil, true, "POP is switched off"),
        ("outlook.office365.com", "-ERR UserConnectionLimitReached", nil, true, "too many connections"),
        ("pop.mail.yahoo.com", "-ERR [AUTH] invalid user or password", .auth, false, "Yahoo and AOL"),
        ("pop.fastmail.com", "-ERR [AUTH] no", .auth, false, "an app password"),
        ("pop.gmx.net", "-ERR [AUTH] no", .auth, false, "POP may be switched off"),
        (
            "mail.example", "-ERR [LOGIN-DELAY] minimum time between mail checks violation", .loginDelay, false,
            "LOGIN-DELAY"
        ),
        ("mail.example", "-ERR [IN-USE] Do you have another POP session running?", .inUse, false, "another session"),
        (
            "mail.example", "-ERR [SYS/TEMP] Maximum number of connections from user+IP exceeded", .systemTemporary,
            false,
            "too many connections"
        ),
        ("mail.example", "-ERR [SYS/TEMP] try later", .systemTemporary, false, "for the moment"),
        ("mail.example", "-ERR [SYS/PERM] gone", .systemPermanent, false, "does not go away"),
    ]

    @Test(arguments: refusals)
    func known(_ row: (host: String, said: String, code: ResponseCode?, withToken: Bool, told: String)) throws {
        let refusal = ProviderTrap.Refusal(host: row.host, words: row.said, code: row.code, withToken: row.withToken)
        let trap = try #require(ProviderTrap.known(refusal))
        #expect(trap.sentence.contains(row.told))
    }

    @Test(
        arguments: [
            ("mail.example", "-ERR [AUTH] Logon failure: unknown user name or bad password.", ResponseCode.auth),
            ("notgmail.com", "-ERR [AUTH] Username and password not accepted.", .auth),
            ("gmail.com.example", "-ERR Username and password not accepted.", nil),
            ("mail.example", "-ERR no", nil),
        ] as [(String, String, ResponseCode?)]
    )
    func othersAreNot(_ host: String, _ said: String, _ code: ResponseCode?) {
        #expect(ProviderTrap.known(.init(host: host, words: said, code: code, withToken: false)) == nil)
    }

    @Test func eachSaysWhatToDo() {
        for trap in ProviderTrap.all {
            #expect(!trap.remedy.isEmpty && !trap.sentence.hasSuffix("."))
            #expect(trap.words.allSatisfy { $0 == $0.lowercased() })
        }
    }
}
