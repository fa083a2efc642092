// Message files with line ends of every kind, as the relay would see them.

import Testing

@testable import popsieve

@Suite struct NetworkMessageTests {
    /// Rules never saw these defects, in the relay and in `try`.
    @Test(
        arguments: [
            ("A: b\r\n\r\nx\r\n", [], []),
            ("A: b\n\nx\n", [], []),
            ("A: b\nC: d\r\n\r\nx\r\n", ["bare-lf"], []),
            ("A: b\rC: d\r\n\r\nx\r\n", ["bare-cr"], []),
            ("A: b\r\n\r\nx\ny\r", [], ["bare-lf", "bare-cr"]),
            ("A: b\r\r\n\nx", ["bare-cr"], ["bare-lf"]),
            ("A: b\rC: d\n\nx\n", ["bare-cr"], []),
            ("", [], []),
        ] as [(String, [String], [String])]
    )
    func defects(_ file: String, _ header: [String], _ body: [String]) {
        let message = NetworkMessage(file: Array(file.utf8))
        #expect(message.headerDefects == header)
        #expect(message.bodyDefects == body)
        #expect(!message.octets.contains { $0 == 0x0D || $0 == 0x0A } || message.octets.count >= file.utf8.count)
        #expect(NetworkMessage(file: message.octets).octets == message.octets)
        #expect(NetworkMessage(file: message.octets).headerDefects == [])
    }

    /// Each line was compared with all that came before it: this would take half an hour.
    @Test func aLongHeaderTakesNoLongerThanItIsLong() {
        let header = String(repeating: "A: b\r\n", count: 100_000) + "\r\n"
        #expect(NetworkMessage(file: Array((header + "x\r\n").utf8)).header.count == header.utf8.count)
    }

    @Test func theHeaderEndsWithItsEmptyLine() {
        #expect(NetworkMessage(file: Array("A: b\n\nx\n".utf8)).header == Array("A: b\r\n\r\n".utf8))
        #expect(NetworkMessage(file: Array("\nx\n".utf8)).header == Array("\r\n".utf8))
        #expect(NetworkMessage(file: Array("A: b".utf8)).header == Array("A: b".utf8))
    }
}
