// Status lines, response codes and replies of Popsieve's own.

import POP3
import Testing

@Suite struct ReplyLineTests {
    @Test(
        arguments: [
            ("+OK", .ok), ("+OK 1 2", .ok), ("+OK\t", .ok), ("-ERR", .error), ("-ERR [AUTH] no", .error),
            ("+", .challenge), ("+ ", .challenge), ("+ YQ==", .challenge),
            ("", .invalid), (" ", .invalid), ("+O", .invalid), ("+ok", .invalid), ("-err", .invalid), ("-", .invalid),
            ("-ER", .invalid), (" +OK", .invalid), ("++OK", .invalid), ("220 smtp", .invalid), ("* OK imap", .invalid),
            ("HTTP/1.1 400", .invalid), (".", .invalid), ("\0+OK", .invalid),
        ] as [(String, ReplyStatus)]
    )
    func status(_ line: String, _ status: ReplyStatus) {
        #expect(ReplyStatus(Array(line.utf8).span) == status)
    }

    @Test(
        arguments: [
            ("-ERR [AUTH] wrong", .auth), ("-ERR [auth]", .auth), ("-ERR [SYS/TEMP] later", .systemTemporary),
            ("-ERR [SYS/PERM]", .systemPermanent), ("-ERR [IN-USE] locked", .inUse),
            ("-ERR [LOGIN-DELAY]", .loginDelay),
            ("-ERR", nil), ("-ERR ", nil), ("-ERR [", nil), ("-ERR []", nil), ("-ERR [AUTH", nil),
            ("-ERR no [AUTH]", nil),
            ("-ERR [X-OWN] no", nil), ("-ERR[AUTH]", nil), ("+OK [AUTH]", nil), ("-ERR [AUTH ]", nil),
            ("-ERR [\u{FF}]", nil),
        ] as [(String, ResponseCode?)]
    )
    func code(_ line: String, _ code: ResponseCode?) {
        #expect(ResponseCode(in: Array(line.utf8).span) == code)
    }

    @Test(arguments: [
        ("no", "-ERR [SYS/PERM] no\r\n"), ("two\r\n+OK lines", "-ERR [SYS/PERM] two  +OK lines\r\n"),
        ("\u{1B}[2J\0\u{7F}", "-ERR [SYS/PERM]  [2J  \r\n"), ("gr\u{FC}n", "-ERR [SYS/PERM] gr\u{FC}n\r\n"),
        (String(repeating: "x", count: 1_000), "-ERR [SYS/PERM] " + String(repeating: "x", count: 400) + "\r\n"),
    ])
    func foreignTextStaysOnItsLine(_ text: String, _ reply: String) {
        #expect(OwnReply.error(.systemPermanent, text).octets == Array(reply.utf8))
    }
}
