// The messages that the upstream serves and whose lengths the load knows.
// Must not be random: two processes make up the same.

import NIOCore

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
    static func message(_ number: Int) -> ByteBuffer {
        let size = size(of: number)
        let header = header(number)
        let (lines, rest) = (size - header.utf8.count - 4).quotientAndRemainder(dividingBy: line.utf8.count)
        let (pages, left) = lines.quotientAndRemainder(dividingBy: linesOfPage)
        var message = ByteBuffer()
        message.reserveCapacity(size + pages + 8)
        message.writeString(header + String(repeating: "x", count: rest) + "\r\n\r\n")
        for _ in 0..<pages { message.writeImmutableBuffer(page) }
        message.writeString(String(repeating: line, count: left) + ".\r\n")
        return message
    }

    private static let line = "account delivery schedule information tomorrow please find attached the yes\r\n"
    private static let linesOfPage = 40
    /// Begins with a dot, as some lines of mail do: it is one octet longer on the wire, and a relay has to look for it.
    private static let page = ByteBuffer(
        string: ".." + line.dropFirst() + String(repeating: line, count: linesOfPage - 1)
    )

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
