// The demo's maildrop, command by command.
// Must not open sockets.

import Testing

@testable import popsieve

@Suite struct MaildropSessionTests {
    private let maildrop = Maildrop([
        SampleMessage("one", "", "Subject: 1\n\n.\na\n..b\nc\n"),
        SampleMessage("two", "", "Subject: 2\n\n"),
        SampleMessage(uidl: "three", about: "", bytes: Array("Subject: 3\r\n\r\nx\n.y\r\n".utf8)),
    ])

    /// The replies to the lines, in one text.
    private func dialogue(_ lines: [String], login: Bool = true) -> String {
        var session = MaildropSession(maildrop)
        if login { for line in ["USER demo", "PASS x"] { _ = session.reply(to: Array(line.utf8)) } }
        return lines.map { line in String(decoding: session.reply(to: Array(line.utf8)).bytes, as: UTF8.self) }.joined()
    }

    @Test(
        arguments: [
            (["STAT"], "+OK 3 62\r\n"),
            (["LIST"], "+OK 3 messages\r\n1 28\r\n2 14\r\n3 20\r\n.\r\n"),
            (["list 2", "UIDL 2"], "+OK 2 14\r\n+OK 2 two\r\n"),
            (["UIDL"], "+OK 3 messages\r\n1 one\r\n2 two\r\n3 three\r\n.\r\n"),
            (["LIST 4", "UIDL 9"], "-ERR There is no such message\r\n-ERR There is no such message\r\n"),
            (["RETR 1"], "+OK 28 octets\r\nSubject: 1\r\n\r\n..\r\na\r\n...b\r\nc\r\n.\r\n"),
            (["RETR 3"], "+OK 20 octets\r\nSubject: 3\r\n\r\nx\n..y\r\n.\r\n"),
            (["RETR 4"], "-ERR There is no such message\r\n"),
            (["TOP 1 0"], "+OK 14 octets\r\nSubject: 1\r\n\r\n.\r\n"),
            (["TOP 1 2"], "+OK 20 octets\r\nSubject: 1\r\n\r\n..\r\na\r\n.\r\n"),
            (["TOP 1 99"], "+OK 28 octets\r\nSubject: 1\r\n\r\n..\r\na\r\n...b\r\nc\r\n.\r\n"),
            (["TOP 2 5"], "+OK 14 octets\r\nSubject: 2\r\n\r\n.\r\n"),
            (
                ["DELE 2", "DELE 2", "STAT", "LIST", "RETR 3", "RSET", "STAT"],
                "+OK Marked\r\n-ERR There is no such message\r\n+OK 2 48\r\n+OK 2 messages\r\n1 28\r\n3 20\r\n.\r\n"
                    + "+OK 20 octets\r\nSubject: 3\r\n\r\nx\n..y\r\n.\r\n+OK Nothing is marked\r\n+OK 3 62\r\n"
            ),
            (["NOOP", "XYZZY"], "+OK \r\n-ERR The demo's maildrop does not know this\r\n"),
            (["RETR"], "-ERR An argument is missing\r\n"),
            (["USER demo"], "-ERR Not now\r\n"),
            (["QUIT"], "+OK Good bye\r\n"),
        ]
    )
    func transaction(lines: [String], expected: String) {
        #expect(dialogue(lines) == expected)
    }

    @Test(
        arguments: [
            (["STAT"], "-ERR Log in first\r\n"),
            (["PASS x"], "-ERR USER comes first\r\n"),
            (["USER joe", "PASS x"], "-ERR [AUTH] The only user here is demo\r\n-ERR USER comes first\r\n"),
            (["USER demo@example.org", "PASS x"], "+OK Any password will do\r\n+OK 3 messages\r\n"),
            (["CAPA"], "+OK Capability list follows\r\nUSER\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\n.\r\n"),
            (["QUIT"], "+OK Good bye\r\n"),
        ]
    )
    func authorization(lines: [String], expected: String) {
        #expect(dialogue(lines, login: false) == expected)
    }

    @Test func deletionIsForGoodAtQuitAndNotBefore() {
        _ = dialogue(["DELE 1"])
        #expect(maildrop.messages.map(\.uidl) == ["one", "two", "three"])
        _ = dialogue(["DELE 1", "DELE 3", "QUIT"])
        #expect(maildrop.messages.map(\.uidl) == ["two"])
        #expect(dialogue(["UIDL"]) == "+OK 1 message\r\n1 two\r\n.\r\n")
    }

    @Test func sessionSeesWhatWasThereWhenItBegan() {
        var session = MaildropSession(maildrop)
        for line in ["USER demo", "PASS x"] { _ = session.reply(to: Array(line.utf8)) }
        _ = dialogue(["DELE 1", "QUIT"])
        #expect(session.reply(to: Array("STAT".utf8)).bytes == Array("+OK 3 62\r\n".utf8))
    }
}
