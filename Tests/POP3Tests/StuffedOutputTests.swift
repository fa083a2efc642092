// Dot-stuffing of a message that is sent from where it was held, whole and cut at every octet.
// Must not share code with what it tests.

import Testing

@testable import POP3

struct StuffedOutputTests {
    /// What is held, how many lines are wanted, and what goes to the client.
    private static let cases: [(held: String, lines: UInt64?, sent: String)] = [
        ("", nil, ""), ("a\r\n", nil, "a\r\n"), (".\r\n", nil, "..\r\n"), ("..\r\n.a\r\n", nil, "...\r\n..a\r\n"),
        ("a.b\r\n\r\n.\r\n", nil, "a.b\r\n\r\n..\r\n"), ("a\n.b\r.c\r\n", nil, "a\n..b\r.c\r\n"),
        ("a\r\nb\r\nc\r\n", 0, ""), ("a\r\n.b\r\nc\r\n", 1, "a\r\n"), ("a\r\n.b\r\nc\r\n", 2, "a\r\n..b\r\n"),
        ("a\r\nb\r\n", 2, "a\r\nb\r\n"), ("a\r\nb", 9, "a\r\nb"),
    ]

    @Test(arguments: cases.indices)
    func stuffed(index: Int) {
        let (held, lines, sent) = Self.cases[index]
        let octets = Array(held.utf8)
        for cut in 0...octets.count {
            var output = StuffedOutput(lines: lines)
            let got = walk(octets[..<cut], &output) + walk(octets[cut...], &output)
            #expect(String(decoding: got, as: UTF8.self) == sent, "cut at \(cut)")
        }
    }

    @Test func keptLineFeedsEndNoLine() {
        var output = StuffedOutput(lines: 2, endsAtBareLineFeed: false)
        let got = walk(Array("a\n.b\r\n.c\r\nd\r\n".utf8)[...], &output)
        #expect(String(decoding: got, as: UTF8.self) == "a\n.b\r\n..c\r\n")
        #expect(output.isOver)
    }

    private func walk(_ chunk: ArraySlice<UInt8>, _ output: inout StuffedOutput) -> [UInt8] {
        let chunk = Array(chunk)
        var offset = 0
        var got: [UInt8] = []
        while let part = output.next(in: chunk.span, at: &offset) {
            switch part {
            case .octets(let range): got += chunk[range]
            case .dot: got.append(0x2E)
            }
        }
        return got
    }
}
