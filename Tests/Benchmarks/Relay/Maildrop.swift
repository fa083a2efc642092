// The messages that the upstream serves and whose lengths the load knows.
// Must not be random: two processes make up the same.

/// What everybody finds on the server: by message number, from 1 on.
enum Maildrop {
    static let small = 1...100
    static let medium = 101...120
    static let large = 121...122
    static let count = large.upperBound

    /// Octets as LIST tells them.
    static func size(of number: Int) -> Int {
        switch number {
        case small: 4 << 10
        case medium: 100 << 10
        default: 10 << 20
        }
    }

    /// The message as RETR sends it, behind the first line: stuffed, with the end of the reply.
    static func message(_ number: Int) -> [UInt8] {
        let size = size(of: number)
        let head = Array(header(number).utf8)
        let room = size - head.count - 4
        let (lines, rest) = room.quotientAndRemainder(dividingBy: line.count)
        var octets = head
        octets.reserveCapacity(size + size / 1_000)
        octets += repeatElement(UInt8(ascii: "x"), count: rest) + [0x0D, 0x0A, 0x0D, 0x0A]
        for index in 0..<lines {
            // Now and then a line begins with a dot, as in mail: a relay has to look for it.
            octets += index % 40 == 7 ? dottedLine : line
        }
        return octets + [0x2E, 0x0D, 0x0A]
    }

    private static let line = Array(
        "account delivery schedule information tomorrow please find attached the yes\r\n".utf8
    )
    /// One octet longer on the wire.
    private static let dottedLine = [0x2E, 0x2E] + line.dropFirst()

    /// Ends in the middle of a line, which fills the message up to its size.
    private static func header(_ number: Int) -> String {
        """
        Return-Path: <sender\(number)@example.org>\r
        Received: from mail\(number).example.org (mail\(number).example.org [192.0.2.\(number)])\r
        \tby mx.example.net (Postfix) with ESMTPS id 4X0000\(number)\r
        \tfor <user@example.net>; Mon, 02 Mar 2026 10:00:00 +0000 (UTC)\r
        Date: Mon, 02 Mar 2026 10:00:00 +0000\r
        From: Sender \(number) <sender\(number)@example.org>\r
        To: User <user@example.net>\r
        Message-ID: <\(number).1772445600@example.org>\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: 8bit\r
        Subject: The weekly report, part \(number)\u{20}
        """
    }
}
