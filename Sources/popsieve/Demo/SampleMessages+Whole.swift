// The demo's messages that rules look at as a whole: for a scanner, for what is attached, for what the body says.
// Must not hold real people's mail or anything that harms.

extension SampleMessage {
    static let invoice = SampleMessage(
        "demo-15-invoice",
        "the scanner finds something in it: it is in the quarantine, and a notice says so",
        """
        From: billing@example.com
        To: demo@example.org
        Subject: Your invoice 4711
        Date: Mon, 23 Nov 2026 08:14:00 +0000
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="part"

        --part
        Content-Type: text/plain

        Please see the attached invoice.
        --part
        Content-Type: text/plain; name="invoice.txt"
        Content-Disposition: attachment; filename="invoice.txt"

        \(DemoScanner.word) is what the demo's scanner looks for; it harms nobody.
        --part--

        """
    )

    static let attachedProgram = SampleMessage(
        "demo-16-attachment",
        "a program beside a picture: a line of text is in its place, the rest as it was",
        """
        From: friend@example.org
        To: demo@example.org
        Subject: Look at this
        Date: Mon, 23 Nov 2026 08:15:00 +0000
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="part"

        --part
        Content-Type: text/plain

        A game, and a very small picture.
        --part
        Content-Type: application/octet-stream; name="game.jpg.exe"
        Content-Disposition: attachment; filename="game.jpg.exe"
        Content-Transfer-Encoding: base64

        VGhpcyBpcyBubyBwcm9ncmFtLg==
        --part
        Content-Type: image/gif; name="dot.gif"
        Content-Disposition: attachment; filename="dot.gif"
        Content-Transfer-Encoding: base64

        R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7
        --part--

        """
    )

    static let money = SampleMessage(
        "demo-17-money",
        "a stranger asks for money, in base64: rules read what people read",
        """
        From: "Your boss" <boss@example.net>
        To: demo@example.org
        Subject: Urgent
        Date: Mon, 23 Nov 2026 08:16:00 +0000
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64

        UGxlYXNlIHdpcmUgdGhlIG1vbmV5IHRvZGF5LCBhbmQgdGVsbCBub2JvZHkuCg==

        """
    )
}
