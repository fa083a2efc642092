// The messages in the demo's maildrop, each of which shows one thing.
// Must not hold real people's mail or anything that harms.

extension SampleMessage {
    /// All of them, in the maildrop's order.
    static var all: [SampleMessage] {
        [
            welcome, newsletter, forged, encodedWords, latin1, dots, bareLineFeeds, big, infected, program, junk,
            withoutBody, manyFields, utf8, invoice, attachedProgram, money,
        ]
    }

    /// A message of lines that end in CRLF.
    init(_ uidl: String, _ about: String, _ text: String) {
        self.init(uidl: uidl, about: about, bytes: Array(text.replacing("\n", with: "\r\n").utf8))
    }

    private static let welcome = SampleMessage(
        "demo-01-welcome",
        "a plain message: not a byte is changed",
        """
        From: Popsieve <popsieve@example.org>
        To: demo@example.org
        Subject: Welcome
        Date: Mon, 23 Nov 2026 08:00:00 +0000
        Message-ID: <welcome@example.org>

        Hello,

        no rule applies to this message, so you see exactly what the server holds.
        Fetch the others and watch the lines of the audit log.

        """
    )

    private static let newsletter = SampleMessage(
        "demo-02-newsletter",
        "a newsletter that a spam filter marked: its subject says so now",
        """
        Received: from mail.example.net (mail.example.net [192.0.2.25])
        \tby mx.example.org; Mon, 23 Nov 2026 08:01:00 +0000
        From: "Best Offers" <offers@example.net>
        To: demo@example.org
        Subject: 90 % off, only today
        Date: Mon, 23 Nov 2026 08:01:00 +0000
        Message-ID: <offer@example.net>
        X-Spam-Flag: YES
        X-Spam-Status: Yes, score=9.1 required=5.0 tests=HTML_MESSAGE,URI_HEX
        List-Unsubscribe: <https://example.net/unsubscribe>

        Buy now. Pay later. Regret forever.

        """
    )

    private static let forged = SampleMessage(
        "demo-03-forged",
        "claims that Popsieve found it clean: the claim is removed",
        """
        From: attacker@example.com
        To: demo@example.org
        Subject: Trust me
        Date: Mon, 23 Nov 2026 08:02:00 +0000
        X-Popsieve-Verdict: clean
        x-popsieve-spam: no;
        \tby=somebody else

        A verdict that arrives with a message is not a verdict.

        """
    )

    private static let encodedWords = SampleMessage(
        "demo-04-encoded",
        "a subject in encoded words: rules see what people see",
        """
        From: =?UTF-8?Q?Zo=C3=AB_M=C3=BCller?= <zoe@example.org>
        To: demo@example.org
        Subject: =?UTF-8?B?R2V3aW5uZSBlaW4=?= =?ISO-8859-1?Q?_Schlo=DF?=
        Date: Mon, 23 Nov 2026 08:03:00 +0000

        The subject reads "Gewinne ein Schloß" in any mail program, and in a rule's test.

        """
    )

    private static let latin1 = SampleMessage(
        uidl: "demo-05-8bit",
        about: "eight-bit octets that are no UTF-8: they stay as they are",
        bytes: Array(
            """
            From: demo@example.org\r
            To: demo@example.org\r
            Subject: Caf\r
            Date: Mon, 23 Nov 2026 08:04:00 +0000\r
            MIME-Version: 1.0\r
            Content-Type: text/plain; charset=iso-8859-1\r
            Content-Transfer-Encoding: 8bit\r
            \r
            Un caf
            """.utf8
        ) + [0xE9] + Array(" cr".utf8) + [0xE8] + Array("me, s'il vous pla".utf8) + [0xEE] + Array("t.\r\n".utf8)
    )

    private static let dots = SampleMessage(
        "demo-06-dots",
        "lines that begin with dots, which POP3 must stuff",
        """
        From: demo@example.org
        To: demo@example.org
        Subject: Dots
        Date: Mon, 23 Nov 2026 08:05:00 +0000

        .
        ..
        ...three dots and a text
        . a dot and a space

        """ + (1...200).map { line in "\(line % 7 == 0 ? "." : "")line \(line) of a longer body\n" }.joined()
    )

    private static let bareLineFeeds = SampleMessage(
        uidl: "demo-07-bare-lf",
        about: "lines that end in a bare line feed: repaired, and noted as a defect",
        bytes: Array("From: demo@example.org\r\nTo: demo@example.org\r\nSubject: Bare line feeds\r\n\r\n".utf8)
            + Array("this line ends in LF alone\nand so does this\nbut not this\r\n".utf8)
    )
}
