// A client's lines as commands: every command, and everything that is none.

import POP3
import Testing

@Suite struct CommandTests {
    static let commands: [(String, Command)] = [
        ("USER me", .user(name: 5..<7)),
        ("user me@example.com", .user(name: 5..<19)),
        ("USER  two words ", .user(name: 6..<15)),
        ("USER gr\u{FC}n", .user(name: 5..<10)),
        ("PASS secret", .pass(password: 5..<11)),
        ("PASS  a b ", .pass(password: 5..<10)),
        ("PASS  ", .pass(password: 5..<6)),
        ("APOP me 0123456789abcdef", .apop(name: 5..<7)),
        ("AUTH", .auth(mechanism: nil, initialResponse: nil)),
        ("AUTH ", .auth(mechanism: nil, initialResponse: nil)),
        ("AUTH PLAIN", .auth(mechanism: 5..<10, initialResponse: nil)),
        ("auth plain =", .auth(mechanism: 5..<10, initialResponse: 11..<12)),
        ("AUTH  X  YQ==", .auth(mechanism: 6..<7, initialResponse: 9..<13)),
        ("STLS", .stls), ("CAPA", .capa), ("capa ", .capa), ("QUIT", .quit), ("qUiT", .quit), ("STAT", .stat),
        ("NOOP", .noop), ("RSET", .rset), ("UTF8", .utf8),
        ("LIST", .list(nil)), ("LIST ", .list(nil)), ("LIST 7", .list(7)), ("  LIST   7  ", .list(7)),
        ("UIDL", .uidl(nil)), ("uidl 12", .uidl(12)),
        ("RETR 1", .retr(1)), ("RETR 0001", .retr(1)), ("RETR 4294967295", .retr(4_294_967_295)),
        ("TOP 1 0", .top(1, lines: 0)), ("TOP 1 99999999", .top(1, lines: 99_999_999)),
        ("top  3  4", .top(3, lines: 4)),
        ("DELE 2", .dele(2)),
        ("LANG", .lang(hasArgument: false)), ("LANG en", .lang(hasArgument: true)),
        ("LANG *", .lang(hasArgument: true)),
        ("XTND x", .unknown(keyword: 0..<4)), (" LISTING", .unknown(keyword: 1..<8)),
        ("RETR1", .unknown(keyword: 0..<5)),
        ("\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}", .unknown(keyword: 0..<16)),
        (String(repeating: "A", count: 300), .unknown(keyword: 0..<300)),
    ]

    @Test(arguments: commands) func isACommand(_ line: String, _ command: Command) throws {
        #expect(try Command(parsing: Array(line.utf8).span) == command)
    }

    static let faults: [(String, CommandError)] = [
        ("", .empty), (" ", .empty), ("   ", .empty),
        ("RETR 1\r", .controlOctet), ("NO\0OP", .controlOctet), ("USER a\tb", .controlOctet), ("\u{7F}", .controlOctet),
        ("PASS a\rDELE 1", .controlOctet), ("\u{1B}[2J", .controlOctet),
        ("USER", .argumentMissing), ("USER ", .argumentMissing), ("PASS", .argumentMissing),
        ("PASS ", .argumentMissing),
        ("APOP", .argumentMissing), ("APOP me", .argumentMissing), ("APOP me x y", .argumentTooMany),
        ("AUTH PLAIN YQ== YQ==", .argumentTooMany),
        ("RETR", .argumentMissing), ("RETR ", .argumentMissing), ("DELE", .argumentMissing),
        ("TOP", .argumentMissing), ("TOP 1", .argumentMissing), ("TOP 1 2 3", .argumentTooMany),
        ("RETR 1 2", .argumentTooMany), ("LIST 1 2", .argumentTooMany), ("UIDL 1 2", .argumentTooMany),
        ("STAT 1", .argumentTooMany), ("QUIT now", .argumentTooMany), ("CAPA x", .argumentTooMany),
        ("STLS x", .argumentTooMany), ("NOOP x", .argumentTooMany), ("RSET x", .argumentTooMany),
        ("UTF8 x", .argumentTooMany),
        ("RETR 0", .notANumber), ("RETR -1", .notANumber), ("RETR +1", .notANumber), ("RETR 1.0", .notANumber),
        ("RETR 0x1", .notANumber), ("RETR one", .notANumber), ("RETR 4294967296", .notANumber),
        ("RETR 18446744073709551617", .notANumber), ("RETR \u{0661}", .notANumber), ("RETR 1\u{A0}", .notANumber),
        ("LIST x", .notANumber), ("UIDL *", .notANumber), ("DELE 1,2", .notANumber), ("TOP 0 1", .notANumber),
        ("TOP 1 -1", .notANumber), ("TOP 1 99999999999999999999", .notANumber), ("TOP x", .notANumber),
    ]

    @Test(arguments: faults) func isNone(_ line: String, _ error: CommandError) {
        #expect(throws: error) { try Command(parsing: Array(line.utf8).span) }
    }

    /// Every octet at every place of a line: nothing traps, and no control octet is let through.
    @Test func anyOctetAnywhere() {
        for line in ["USER a b", "APOP a b", "AUTH X y", "TOP 12 3", "LIST 9", "PASS x", "LANG en", "QUIT"] {
            for index in 0..<line.utf8.count {
                for octet in UInt8.min...UInt8.max {
                    var octets = Array(line.utf8)
                    octets[index] = octet
                    let command = try? Command(parsing: octets.span)
                    if octet < 0x20 || octet == 0x7F { #expect(command == nil) }
                }
            }
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", true), ("get", true), ("OPTIONS * HTTP/1.1", true), ("PRI * HTTP/2.0", true),
        ("CONNECT example:443 HTTP/1.1", true), ("\u{16}\u{3}\u{1}", true), (" POST /", true),
        ("EHLO me", true), ("helo", true), ("LHLO me", true), ("SSH-2.0-OpenSSH_9.2p1 Debian-2", true), ("ssh-", true),
        ("GETX", false), ("EHLOS", false), ("SSH", false), ("USER SSH-", false), ("DELE 1", false), ("", false),
        ("a\u{16}", false),
    ])
    func foreignProtocols(_ line: String, _ isForeign: Bool) {
        #expect(Command.isForeign(Array(line.utf8).span) == isForeign)
    }

    @Test(arguments: [
        ("a1 CAPABILITY", true), ("a login me x", true), (". STARTTLS", true), ("1 AUTHENTICATE PLAIN", true),
        ("a1", false), ("a1 LOGINS", false), ("a1 NOOP LOGIN", false), ("", false),
    ])
    func iMAP(_ line: String, _ isIMAP: Bool) {
        #expect(Command.isIMAP(Array(line.utf8).span) == isIMAP)
    }

    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("9999999999999999999", 9_999_999_999_999_999_999), ("0000000000000000001", 1),
            ("10000000000000000000", nil), ("", nil), ("1 ", nil), ("-1", nil), ("\u{2F}", nil), ("\u{3A}", nil),
            ("1a", nil),
        ] as [(String, UInt64?)]
    )
    func decimals(_ text: String, _ value: UInt64?) {
        #expect(parseDecimal(Array(text.utf8).span) == value)
    }
}
