// The host that handed a message in, as Received lines of the usual servers tell it.
// Must not take a line that can be read in two ways.

import Scanning
import Testing

@testable import Relay

@Suite struct SendingHostTests {
    private static let lines: [(line: String, address: String?, helo: String?)] = [
        // Postfix, sendmail, Gmail
        ("from m.example (m.example [192.0.2.55]) by b with ESMTP id 1 for <x@b>; now", "192.0.2.55", "m.example"),
        ("from x (unknown [IPv6:2001:db8::1]) by b; now", "2001:db8::1", "x"),
        ("from x (h [192.0.2.1] (may be forged)) by b; now", "192.0.2.1", "x"),
        ("from [10.0.0.1] (h.example [192.0.2.1]) by b; now", "192.0.2.1", "[10.0.0.1]"),
        // Exim
        ("from h.example ([192.0.2.1]:4711 helo=x) by b with esmtps (Exim 4.96); now", "192.0.2.1", "x"),
        ("from [192.0.2.1] (helo=x) by b; now", "192.0.2.1", "x"),
        ("from [192.0.2.1] (port=1 helo=x) by b; now", "192.0.2.1", "x"),
        // qmail, Exchange
        ("from unknown (HELO x) (192.0.2.1) by b with SMTP; now", "192.0.2.1", "x"),
        ("from h.example (2001:db8::2) by b (2001:db8::1) with Microsoft SMTP Server; now", "2001:db8::2", "h.example"),
        // An IPv4 address written as IPv6
        ("from x (h [IPv6:::ffff:192.0.2.1]) by b; now", "192.0.2.1", "x"),
        // Nothing that one could go by: no address, two, a private one, no clause, an open comment, other octets
        ("from x by b; now", nil, nil), ("from x (h [192.0.2.1]) (g [192.0.2.2]) by b; now", nil, nil),
        ("from x(h [192.0.2.9]) (h [192.0.2.1]) by b; now", nil, nil), ("from [192.0.2.1] by b; now", nil, nil),
        ("from localhost (localhost [127.0.0.1]) by b; now", nil, nil), ("from x (h [10.1.2.3]) by b; now", nil, nil),
        ("from x (h [172.20.0.1]) by b; now", nil, nil), ("from x (h [IPv6:fe80::1]) by b; now", nil, nil),
        ("from x (h [IPv6:::1]) by b; now", nil, nil), ("from x (h [192.168.1.1]) by b; now", nil, nil),
        ("by b (h [192.0.2.1]); now", nil, nil), ("from x (h [192.0.2.1] by b; now", nil, nil),
        ("from x by b (h [192.0.2.1]); now", nil, nil), ("from x; (h [192.0.2.1]) by b", nil, nil), ("", nil, nil),
        ("from ä (h [192.0.2.1]) by b; now", nil, nil), ("from x (h [300.0.2.1]) by b; now", nil, nil),
    ]

    @Test(arguments: lines) func aLineTellsOneHostOrNone(line: String, address: String?, helo: String?) {
        let host = SendingHost(received: Array(line.utf8))
        #expect(host?.address == address && host?.helo == helo)
    }

    private static let header = """
        Return-Path: <anna@a.example>
        Received: from lmtp (localhost [127.0.0.1]) by box.b.example; now
        Received: from mx.a.example (mx.a.example [192.0.2.55]) by mx.b.example; now
        Return-Path: <forged@c.example>
        Received: from good.example (good.example [198.51.100.1]) by mx.b.example; forged
        Subject: x


        """.replacing("\n", with: "\r\n")

    @Test(
        "only the line that the settings trust tells",
        arguments: [(0, nil), (1, nil), (2, "192.0.2.55"), (3, "198.51.100.1"), (4, nil)]
    )
    func onlyTheTrustedLineTells(hops: Int, address: String?) {
        let circumstances = ScanCircumstances(header: Array(Self.header.utf8), trustedHops: hops)
        #expect(circumstances.address == address && circumstances.user == nil && circumstances.recipients.isEmpty)
        #expect(circumstances.sender == (address == nil ? nil : "anna@a.example"))
    }
}
