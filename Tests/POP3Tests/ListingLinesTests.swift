// Listings cut anywhere: nothing is lost or changed, and only whole lines are handed over as lines.

import Testing

@testable import POP3

@Suite struct ListingLinesTests {
    static let longest = String(repeating: "x", count: 127)

    /// The start of a line of more than 128 octets once went to the client in place of the line, without its CR.
    @Test(arguments: [longest + "\r\n3 4\r\n", longest + "y\r\n3 4\r\n", longest + longest + longest + "\n\n5"])
    func nothingIsLost(_ text: String) {
        let octets = Array("1 2\r\n\(text)".utf8)
        let lines = octets.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
        for cut in octets.indices {
            var listing = ListingLines()
            var read: [UInt8] = []
            var whole: [[UInt8]] = []
            for part in [octets[..<cut], octets[cut...]] {
                listing.append(Array(part).span) { line in
                    whole.append([UInt8](copying: line))
                    read += [UInt8](copying: line) + [0x0A]
                } piece: { piece in
                    read += [UInt8](copying: piece)
                }
            }
            #expect(octets.starts(with: read) && octets.count - read.count < 128, "cut at \(cut)")
            #expect(whole == lines.filter { $0.count <= 128 }, "cut at \(cut)")
        }
    }
}
