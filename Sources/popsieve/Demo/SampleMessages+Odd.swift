// The demo's messages that rules act upon, and those of odd shape and size.
// Must not hold real people's mail or anything that harms.

extension SampleMessage {
    static let big = SampleMessage(
        uidl: "demo-08-big",
        about: "two megabytes: its header is filtered, its body streams through",
        bytes: Array(
            """
            From: photos@example.org\r
            To: demo@example.org\r
            Subject: Holiday photos\r
            Date: Mon, 23 Nov 2026 08:07:00 +0000\r
            MIME-Version: 1.0\r
            Content-Type: application/octet-stream; name="photos.raw"\r
            Content-Transfer-Encoding: base64\r
            \r

            """.utf8
        )
            + repeatElement(
                Array("UG9wc2lldmUgUG9wc2lldmUgUG9wc2lldmUgUG9wc2lldmUgUG9wc2lldmUg\r\n".utf8),
                count: 32_000
            ).joined()
    )

    static let infected = SampleMessage(
        "demo-09-virus",
        "marked by a virus scanner on the way: it gets a mark of ours",
        """
        From: billing@example.com
        To: demo@example.org
        Subject: Your invoice
        Date: Mon, 23 Nov 2026 08:08:00 +0000
        X-Virus-Scanned: ClamAV
        X-Virus-Status: Infected (Eicar-Test-Signature)

        Please open the attachment that is not here.

        """
    )

    static let program = SampleMessage(
        "demo-10-program",
        "a program instead of a message: rejected, and safe from a careless DELE",
        """
        From: support@example.com
        To: demo@example.org
        Subject: Update, please run
        Date: Mon, 23 Nov 2026 08:09:00 +0000
        MIME-Version: 1.0
        Content-Type: application/x-msdownload; name="update.pdf.exe"
        Content-Transfer-Encoding: base64

        VGhpcyBpcyBubyBwcm9ncmFtLg==

        """
    )

    static let junk = SampleMessage(
        "demo-11-junk",
        "junk beyond doubt: a notice stands in for it",
        """
        From: "Prince" <prince@example.net>
        To: undisclosed-recipients:;
        Subject: CONFIDENTIAL PROPOSAL
        Date: Mon, 23 Nov 2026 08:10:00 +0000
        X-Spam-Level: ********************

        Dear friend, ...

        """
    )

    static let withoutBody = SampleMessage(
        "demo-12-no-body",
        "a header and nothing else",
        """
        From: demo@example.org
        To: demo@example.org
        Subject: Nothing to say
        Date: Mon, 23 Nov 2026 08:11:00 +0000


        """
    )

    static let manyFields = SampleMessage(
        "demo-13-long-header",
        "a header of two hundred lines",
        """
        From: gateway@example.org
        To: demo@example.org
        Subject: A long way

        """ + (1...197).map { hop in "X-Hop-\(hop): passed gateway number \(hop)\n" }.joined() + "\nHere at last.\n"
    )

    static let utf8 = SampleMessage(
        "demo-14-utf8",
        "UTF-8 as it is in the header (RFC 6532) and in the body",
        """
        From: Ελένη <eleni@example.org>
        To: demo@example.org
        Subject: Привет, 世界 👋
        Date: Mon, 23 Nov 2026 08:13:00 +0000
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Γειά σου Κόσμε. Здравствуй, мир. 你好，世界。

        """
    )
}
