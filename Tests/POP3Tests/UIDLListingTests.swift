// Unique-ids learnt from listings, cut at every octet; and dot-stuffing.

import POP3
import Testing

@Suite struct UIDLListingTests {
    static let longest = String(repeating: "z", count: 70)

    @Test func cutAtEveryOctet() {
        let text =
            "1 abc\r\n2 ~!x\n3 \(Self.longest)\r\n4 \(Self.longest)z\r\nx y\r\n5\r\n6 \r\n \t7  a\r\n4294967296 b\r\n8 c d\r\n\r\n9 end\r\n"
        let octets = Array(text.utf8)
        for cut in octets.indices {
            var listing = UIDLListing(limit: 100_000)
            listing.append(octets.span.extracting(0..<cut))
            listing.append(octets.span.extracting(cut..<octets.count))
            listing.end()
            let known = (0...9).map { listing[$0] ?? "-" }
            #expect(known == ["-", "abc", "~!x", Self.longest, "-", "-", "-", "a", "c", "end"], "cut at \(cut)")
        }
    }

    /// What a part of a line of more than 128 octets began with once passed for the unique-id, where a read ended in the line.
    @Test func theBeginningOfATooLongLineIsNoUIDL() {
        let octets = Array("1 abc\r\n2\(String(repeating: " ", count: 124))defghi\r\n3 jkl\r\n".utf8)
        for cut in octets.indices {
            var listing = UIDLListing(limit: 100_000)
            listing.append(octets.span.extracting(0..<cut))
            listing.append(octets.span.extracting(cut..<octets.count))
            #expect((1...3).map { listing[$0] ?? "-" } == ["abc", "-", "jkl"], "cut at \(cut)")
        }
    }

    @Test func anUnfinishedLineIsNone() {
        var listing = UIDLListing(limit: 100_000)
        listing.append(Array("1 abc\r\n2 de".utf8).span)
        listing.end()
        listing.append(Array("f\r\n3 ghi\r\n".utf8).span)
        #expect(listing[1] == "abc" && listing[2] == nil && listing[3] == "ghi")
    }

    @Test func aLineWithoutEndTakesNoRoom() {
        var listing = UIDLListing(limit: 100_000)
        for _ in 0..<100 { listing.append([UInt8](repeating: 0x31, count: 1_000).span) }
        listing.append(Array("\r\n1 abc\r\n".utf8).span)
        #expect(listing[1] == "abc")
    }

    /// Clients that ask again and again in one session once filled the room, and what came new was not learnt.
    @Test func askingAgainTakesNoMoreRoom() {
        var listing = UIDLListing(limit: 1_000)
        for _ in 0..<1_000 { listing.append(Array("1 abc\r\n2 def\r\n".utf8).span) }
        listing.learn(line: Array("3 ghi".utf8).span)
        #expect(listing[3] == "ghi")
        listing.learn(line: Array("3 other".utf8).span)
        #expect(listing[3] == "other")
    }

    @Test func theRoomIsBounded() {
        var listing = UIDLListing(limit: 1_000)
        for number in 1...1_000 { listing.learn(line: Array("\(number) x".utf8).span) }
        // 70 octets must be left for the next one, and an entry of the table takes 12 besides its octets.
        #expect(listing[72] == "x")
        #expect(listing[73] == nil)
        #expect((1...1_000).filter { listing[MessageNumber($0)] != nil }.count == 72)
    }

    @Test(arguments: [
        ("", ""), (".", ".."), (".\r\n", "..\r\n"), ("a\r\n.\r\n", "a\r\n..\r\n"), ("..\r\n", "...\r\n"),
        ("a.b\r\n", "a.b\r\n"),
        ("\r\n.", "\r\n.."), ("a\r\n.b\r\n.c\r\n", "a\r\n..b\r\n..c\r\n"), (" .\r\n", " .\r\n"), ("a\n.\n", "a\n..\n"),
    ])
    func dotStuffing(_ lines: String, _ stuffed: String) {
        #expect(Array(lines.utf8).dotStuffed == Array(stuffed.utf8))
    }
}
